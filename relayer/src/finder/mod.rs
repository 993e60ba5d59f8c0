//! Finding which slots of a contract changed between two source blocks.
//!
//! A way may list slots that did not change, but must not leave one out. Whether it did is seen by the storage roots
//! when the multi-proof is built, so a way need not be trusted.

mod block_trace;
mod intervals;
mod listing;
mod prestate;
mod replay;
mod struct_log;
mod transaction_trace;

use std::{collections::BTreeSet, fmt};

use alloy_primitives::{Address, U256};
use futures::future::BoxFuture;

pub use block_trace::BlockTraces;
pub use intervals::changed_blocks;
pub use listing::{Listing, list_storage};
pub use replay::LocalReplay;
pub use struct_log::StructLogs;
pub use transaction_trace::TransactionTraces;

use crate::{chain::Chain, error::Error};

/// What to find: the slots of a contract that differ between the ends of two source blocks.
#[derive(Clone, Debug)]
pub struct Query {
    /// The source chain.
    pub source: Chain,
    /// The contract on it.
    pub contract: Address,
    /// Source block of the known state, or `None` when it is the empty storage.
    pub from: Option<u64>,
    /// Source block of the wanted state.
    pub to: u64,
    /// The target chain.
    pub target: Chain,
    /// The mirror on it, which holds the known state.
    pub proxy: Address,
    /// Target block to read the mirror at.
    pub target_block: u64,
}

/// A way of finding changed slots.
pub trait ChangeFinder: fmt::Debug + Send + Sync {
    /// Its name, for messages.
    fn name(&self) -> &'static str;
    /// Finds the changed slots, and perhaps others.
    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>>;
}

/// The ways, in the order in which they are tried: from the one that costs the node least.
pub fn all() -> Vec<Box<dyn ChangeFinder>> {
    vec![
        Box::new(BlockTraces),
        Box::new(TransactionTraces),
        Box::new(StructLogs),
        Box::new(LocalReplay),
        Box::new(Listing),
    ]
}
