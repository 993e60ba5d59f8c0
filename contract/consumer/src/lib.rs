//! A Stylus contract that reads a mirror, takes a feed and takes a proven call: what `docs/consumers.md` shows.
#![cfg_attr(target_arch = "wasm32", no_std)]
// What the macro makes of the prover's `call` takes the host and the context as well.
#![allow(clippy::too_many_arguments)]

#[macro_use]
extern crate alloc;

// begin of the example
use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};
use stylus_sdk::{abi::Bytes, prelude::*};

sol! {
    function quote(uint8 asset_in, uint256 amount_in) external view returns (uint256);
}

sol_interface! {
    interface ISmartSync {
        function requireFresh(address proxy, uint64 max_age_seconds, uint64 max_blocks_behind) external view;
    }

    interface IExchangePair {
        function quote(uint8 asset_in, uint256 amount_in) external view returns (uint256);
    }

    interface IAggregatorV3 {
        function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
    }

    interface IRootSource {
        function stateRoot(uint64 block_number) external view returns (bytes32, uint64);
    }

    interface IProver {
        function call(uint64 source_block, address from, address to, bytes calldata data, bytes calldata witness)
            external view returns (bool, bytes memory);
    }
}

sol_storage! {
    #[entrypoint]
    pub struct Consumer {
        address registry;
        /// The mirror.
        address pair;
        address feed;
        address prover;
        /// The prover's.
        address root_source;
        /// On the source chain.
        address source_pair;
        uint256 price;
    }
}

#[public]
impl Consumer {
    #[constructor]
    pub fn constructor(
        &mut self,
        registry: Address,
        pair: Address,
        feed: Address,
        prover: Address,
        root_source: Address,
        source_pair: Address,
    ) {
        self.registry.set(registry);
        self.pair.set(pair);
        self.feed.set(feed);
        self.prover.set(prover);
        self.root_source.set(root_source);
        self.source_pair.set(source_pair);
    }

    /// What the source's pair would pay for an amount of asset 0, by a state at most ten minutes old and 50 blocks behind.
    pub fn quote(&self, amount_in: U256) -> Result<U256, Vec<u8>> {
        let pair = self.pair.get();
        let registry = ISmartSync::new(self.registry.get());
        registry.require_fresh(self.vm(), Call::new(), pair, 600, 50)?;
        Ok(IExchangePair::new(pair).quote(self.vm(), Call::new(), 0, amount_in)?)
    }

    /// The rate, at most an hour old, with the feed's decimals.
    pub fn rate(&self) -> Result<U256, Vec<u8>> {
        let feed = IAggregatorV3::new(self.feed.get());
        let (_, answer, _, updated_at, _) = feed.latest_round_data(self.vm(), Call::new())?;
        let now = U256::from(self.vm().block_timestamp());
        if !answer.is_positive() || now > updated_at + U256::from(3_600) {
            return Err(b"no fresh rate".to_vec());
        }
        Ok(answer.into_raw())
    }

    /// Takes what the source's pair would pay for one ether of asset 0, at a block at most ten minutes old.
    pub fn update(&mut self, source_block: u64, witness: Bytes) -> Result<(), Vec<u8>> {
        let root_source = IRootSource::new(self.root_source.get());
        let (_, timestamp) = root_source.state_root(self.vm(), Call::new(), source_block)?;
        if self.vm().block_timestamp() > timestamp + 600 {
            return Err(b"too old".to_vec());
        }
        let data = quoteCall {
            asset_in: 0,
            amount_in: U256::from(1_000_000_000_000_000_000_u64),
        }
        .abi_encode();
        let (prover, pair) = (IProver::new(self.prover.get()), self.source_pair.get());
        let (success, answer) = prover.call(
            self.vm(),
            Call::new(),
            source_block,
            Address::ZERO,
            pair,
            data.into(),
            witness,
        )?;
        match quoteCall::abi_decode_returns_validate(&answer) {
            Ok(price) if success && answer.len() == 32 => self.price.set(price),
            _ => return Err(b"no price".to_vec()),
        }
        Ok(())
    }

    /// What `update` took.
    pub fn price(&self) -> U256 {
        self.price.get()
    }
}
// end of the example
