//! A sealed block.

use alloy_consensus::{Header, ReceiptEnvelope};
use alloy_primitives::{Address, B256};

use super::transaction::Pooled;
use crate::{evm::Environment, state::State};

/// A sealed block, with the state after it.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// Hash of the header.
    pub hash: B256,
    /// Its transactions, in order.
    pub transactions: Vec<Mined>,
    /// The state after it.
    pub state: State,
    /// The state its first transaction found: its parent's, after what the protocol itself writes.
    pub opening: State,
    /// What its transactions saw of the chain.
    pub environment: Environment,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Mined {
    /// The transaction.
    pub transaction: Pooled,
    /// Its hash.
    pub hash: B256,
    /// Its consensus receipt.
    pub receipt: ReceiptEnvelope,
    /// Gas it used.
    pub gas_used: u64,
    /// What it paid, wei per gas.
    pub effective_gas_price: u128,
    /// The contract it created.
    pub contract_address: Option<Address>,
}
