use std::{collections::BTreeSet, fmt};

use alloy_primitives::{Address, B256, TxHash, U256};
use futures::future::BoxFuture;
use smartsync_chain::{AnswerProblem, Chain};

use crate::error::Error;

/// The source blocks to look at: those after `from` up to `to`.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Source block of the known state, or `None` when it is the empty storage.
    pub from: Option<u64>,
    /// The contract's storage root at its end, where it is known.
    pub from_root: Option<B256>,
    /// Source block of the wanted state.
    pub to: u64,
    /// The contract's storage root at its end, where it is known.
    pub to_root: Option<B256>,
}

/// What to find: the slots of a contract that differ between the ends of two source blocks.
#[derive(Clone, Debug)]
pub struct Query {
    /// The source chain.
    pub source: Chain,
    /// The contract on it.
    pub contract: Address,
    /// The source blocks.
    pub span: Span,
    /// The target chain.
    pub target: Chain,
    /// The mirror on it, which holds the known state.
    pub proxy: Address,
    /// Target block to read the mirror at.
    pub target_block: u64,
}

/// What a source node is tried with.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The source chain.
    pub source: Chain,
    /// A contract on it.
    pub contract: Address,
    /// A recent block, with transactions if there are any.
    pub block: u64,
    /// Its transactions.
    pub transactions: Vec<TxHash>,
}

impl Probe {
    /// A transaction to trace.
    pub(crate) fn transaction(&self) -> Result<TxHash, Error> {
        self.transactions.first().copied().ok_or_else(|| {
            self.source
                .bad_answer(
                    "eth_getBlockByNumber",
                    AnswerProblem::Shape("no recent block has a transaction to try this with"),
                )
                .into()
        })
    }
}

/// A way of finding changed slots.
pub trait ChangeFinder: fmt::Debug + Send + Sync {
    /// Its name, for messages.
    fn name(&self) -> &'static str;
    /// Finds the changed slots, and perhaps others.
    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>>;
    /// Tries, with few requests, whether the node offers this way.
    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>>;
}
