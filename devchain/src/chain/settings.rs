//! What tests set about the blocks to come.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256};

/// What headers to come have other than usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Gas that each block may use.
    pub gas_limit: Option<u64>,
    /// Who is credited with each block.
    pub coinbase: Option<Address>,
    /// Base fee of the next block in wei per gas; those after it follow from it.
    pub base_fee: Option<u64>,
    /// Randomness of the next block.
    pub prev_randao: Option<B256>,
}

impl Settings {
    /// Puts them into a header.
    pub fn apply(&self, header: &mut Header) {
        if let Some(limit) = self.gas_limit {
            header.gas_limit = limit;
        }
        if let Some(coinbase) = self.coinbase {
            header.beneficiary = coinbase;
        }
        if let Some(fee) = self.base_fee {
            header.base_fee_per_gas = Some(fee);
        }
        if let Some(random) = self.prev_randao {
            header.mix_hash = random;
        }
    }

    /// Forgets what is for one block only.
    pub fn sealed(&mut self) {
        self.base_fee = None;
        self.prev_randao = None;
    }
}
