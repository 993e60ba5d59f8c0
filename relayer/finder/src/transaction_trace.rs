use std::collections::BTreeSet;

use alloy_primitives::{Address, TxHash, U256};
use futures::future::BoxFuture;
use smartsync_chain::Chain;

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
    prestate,
};

/// `debug_traceTransaction` with the `prestateTracer` in diff mode: for nodes that trace no whole blocks.
#[derive(Debug)]
pub struct TransactionTraces;

impl ChangeFinder for TransactionTraces {
    fn name(&self) -> &'static str {
        "transaction traces"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |source, contract, block| {
            Box::pin(slots_of_block(source, contract, block))
        }))
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async { trace(&probe.source, probe.transaction()?).await.map(drop) })
    }
}

async fn slots_of_block(source: &Chain, contract: Address, block: u64) -> Result<Vec<U256>, Error> {
    let mut slots = Vec::new();
    for transaction in source.block(block).await?.transactions {
        slots.extend(trace(source, transaction).await?.slots(contract));
    }
    Ok(slots)
}

async fn trace(source: &Chain, transaction: TxHash) -> Result<prestate::Diff, Error> {
    Ok(source
        .request("debug_traceTransaction", (transaction, prestate::options()))
        .await?)
}
