//! A counter that a constructor sets, and that never goes back.

#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::sol;
use stylus_sdk::prelude::*;

sol! {
    event Set(uint256 number);

    error Backwards(uint256 number, uint256 wanted);
}

#[derive(SolidityError)]
pub enum CounterError {
    Backwards(Backwards),
}

sol_storage! {
    #[entrypoint]
    pub struct Counter {
        uint256 number;
    }
}

#[public]
impl Counter {
    /// Sets the first number; takes value, which stays in the contract.
    #[constructor]
    #[payable]
    pub fn constructor(&mut self, first: U256) {
        self.number.set(first);
    }

    /// The number.
    pub fn number(&self) -> U256 {
        self.number.get()
    }

    /// Moves on to a larger number.
    pub fn advance(&mut self, wanted: U256) -> Result<(), CounterError> {
        let number = self.number.get();
        if wanted <= number {
            return Err(CounterError::Backwards(Backwards { number, wanted }));
        }
        self.number.set(wanted);
        self.vm().log(Set { number: wanted });
        Ok(())
    }
}
