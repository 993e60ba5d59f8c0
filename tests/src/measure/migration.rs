use super::{by_hash, fill, in_parts, mirror_of, settled_gas};
use crate::{Error, Stage, Workload};

/// What the first copy of a contract took.
#[derive(Clone, Debug)]
pub struct Migration {
    /// How.
    pub way: &'static str,
    /// Slots of the contract.
    pub slots: usize,
    /// Transactions, `deployCode` and `create` not counted.
    pub transactions: usize,
    /// Their gas.
    pub gas: u64,
}

/// Most slots that one sync takes from the empty state.
const ONE_SYNC: usize = 1_000;

/// Migrations by each way: one sync from the empty state of `ONE_SYNC` slots at most, loads and parts of all of them.
pub async fn migrations(
    stage: &Stage,
    workload: &mut Workload,
    slots: usize,
) -> Result<Vec<Migration>, Error> {
    let one = slots.min(ONE_SYNC);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &workload.state(one)).await?;
    let mirror = stage.create(table).await?;
    let block = stage.submit_head().await?;
    let all = stage.slots(mirror).await?;
    let call = stage.proven_sync(mirror, block, &all).await?;
    let receipt = stage.target.send(stage.registry, call.clone()).await?;
    let mut measured = vec![Migration {
        way: "one sync from the empty state",
        slots: one,
        transactions: 1,
        gas: settled_gas(&receipt, &call.accountProof),
    }];

    let (_, gas) = mirror_of(stage, &workload.state(slots)).await?;
    measured.push(Migration {
        way: "load, complete",
        slots,
        transactions: slots.div_ceil(1_000) + 1,
        gas,
    });

    let state = workload.state(slots);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &state).await?;
    let mirror = stage.create(table).await?;
    let block = stage.source.block_number().await?;
    let parts = in_parts(stage, mirror, block, &by_hash(state.into_keys()), 1_000).await?;
    measured.push(Migration {
        way: "parts, complete",
        slots,
        transactions: parts.count + 1,
        gas: parts.gas,
    });
    Ok(measured)
}
