use std::collections::BTreeSet;

use alloy_primitives::{Address, U64, U256};
use futures::future::BoxFuture;
use serde::Deserialize;
use smartsync_chain::{AnswerProblem, Chain};

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
    prestate,
};

/// `debug_traceBlockByNumber` with the `prestateTracer` in diff mode: one request a block.
#[derive(Debug)]
pub struct BlockTraces;

#[derive(Debug, Deserialize)]
struct Traced {
    result: Option<prestate::Diff>,
}

impl ChangeFinder for BlockTraces {
    fn name(&self) -> &'static str {
        "block traces"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |source, contract, block| {
            Box::pin(slots_of_block(source, contract, block))
        }))
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            slots_of_block(&probe.source, probe.contract, probe.block)
                .await
                .map(drop)
        })
    }
}

async fn slots_of_block(source: &Chain, contract: Address, block: u64) -> Result<Vec<U256>, Error> {
    const METHOD: &str = "debug_traceBlockByNumber";
    let traces: Vec<Traced> = source
        .request(METHOD, (U64::from(block), prestate::options()))
        .await?;
    let mut slots = Vec::new();
    for trace in traces {
        let diff = trace.result.ok_or_else(|| {
            source.bad_answer(
                METHOD,
                AnswerProblem::Shape("a transaction of the block could not be traced"),
            )
        })?;
        slots.extend(diff.slots(contract));
    }
    Ok(slots)
}
