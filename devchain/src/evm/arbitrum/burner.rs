//! Gas of a precompiled contract, and the ways it fails.

use alloy_primitives::Bytes;
use alloy_sol_types::{Revert, SolError};

/// Gas that is left.
#[derive(Debug)]
pub struct Burner {
    left: u64,
}

/// Why a precompiled contract fails.
#[derive(Debug)]
pub enum Fault {
    /// It reverts with data and keeps the rest of the gas.
    Revert(Bytes),
    /// It reverts with a text that Nitro does not give, and keeps the rest of the gas.
    Reason(Bytes),
    /// It reverts without data and keeps the rest of the gas.
    Failed(&'static str),
    /// It reverts with data, and all gas is gone.
    BurnedOut(Bytes),
    /// The gas is used up.
    OutOfGas,
    /// It fails without data, and all gas is gone.
    Refused(&'static str),
}

impl Fault {
    /// Reverts with a message, and keeps the rest of the gas.
    pub fn reason(message: impl Into<String>) -> Self {
        let reason = message.into();
        Self::Reason(Revert { reason }.abi_encode().into())
    }

    /// Reverts with a typed error.
    pub fn typed(error: &impl SolError) -> Self {
        Self::Revert(error.abi_encode().into())
    }

    /// Reverts with a message, and all gas is gone.
    pub fn message(message: impl Into<String>) -> Self {
        Self::BurnedOut(
            Revert {
                reason: message.into(),
            }
            .abi_encode()
            .into(),
        )
    }
}

impl Burner {
    /// All gas is left.
    pub fn new(gas: u64) -> Self {
        Self { left: gas }
    }

    /// Takes some gas.
    ///
    /// # Errors
    /// [`Fault::OutOfGas`] if there is not so much left.
    pub fn burn(&mut self, gas: u64) -> Result<(), Fault> {
        self.left = self.left.checked_sub(gas).ok_or(Fault::OutOfGas)?;
        Ok(())
    }

    /// Takes all gas.
    pub fn burn_out(&mut self) {
        self.left = 0;
    }

    /// Gas that is left.
    pub fn left(&self) -> u64 {
        self.left
    }
}
