//! A Stylus contract that reads a mirror: what `docs/consumers.md` shows.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[macro_use]
extern crate alloc;

// begin of the example
use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use stylus_sdk::prelude::*;

sol_interface! {
    interface ISmartSync {
        function requireFresh(address proxy, uint64 max_age_seconds, uint64 max_blocks_behind) external view;
    }

    interface IExchangePair {
        function quote(uint8 asset_in, uint256 amount_in) external view returns (uint256);
    }
}

sol_storage! {
    #[entrypoint]
    pub struct Consumer {
        address registry;
        /// The mirror.
        address pair;
    }
}

#[public]
impl Consumer {
    #[constructor]
    pub fn constructor(&mut self, registry: Address, pair: Address) {
        self.registry.set(registry);
        self.pair.set(pair);
    }

    /// What the source's pair would pay for an amount of asset 0, by a state at most ten minutes old and 50 blocks behind.
    pub fn quote(&self, amount_in: U256) -> Result<U256, Vec<u8>> {
        let pair = self.pair.get();
        let registry = ISmartSync::new(self.registry.get());
        registry.require_fresh(self.vm(), Call::new(), pair, 600, 50)?;
        Ok(IExchangePair::new(pair).quote(self.vm(), Call::new(), 0, amount_in)?)
    }
}
// end of the example
