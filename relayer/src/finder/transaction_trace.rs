use std::collections::BTreeSet;

use alloy_primitives::U256;
use futures::future::BoxFuture;

use crate::{
    error::Error,
    finder::{ChangeFinder, Query, intervals::read_changed_blocks, prestate},
};

/// `debug_traceTransaction` with the `prestateTracer` in diff mode: for nodes that trace no whole blocks.
#[derive(Debug)]
pub struct TransactionTraces;

impl ChangeFinder for TransactionTraces {
    fn name(&self) -> &'static str {
        "transaction traces"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |query, block| {
            Box::pin(slots_of_block(query, block))
        }))
    }
}

async fn slots_of_block(query: &Query, block: u64) -> Result<Vec<U256>, Error> {
    let mut slots = Vec::new();
    for transaction in query.source.block(block).await?.transactions {
        let diff: prestate::Diff = query
            .source
            .request("debug_traceTransaction", (transaction, prestate::options()))
            .await?;
        slots.extend(diff.slots(query.contract));
    }
    Ok(slots)
}
