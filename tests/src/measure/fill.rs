use alloy_primitives::Address;
use serde_json::json;

use crate::{Error, Mirror, Stage, State};

/// Slots of one transaction that fills a table or loads a mirror.
const CHUNK: usize = 1_000;
/// Slots that one request puts into a chain by fiat.
const FIAT_CHUNK: usize = 100_000;

/// Fills a table on the source, in as many transactions as it takes.
pub async fn fill(stage: &Stage, table: Address, state: &State) -> Result<(), Error> {
    let entries: Vec<_> = state.iter().map(|(slot, value)| (*slot, *value)).collect();
    for chunk in entries.chunks(CHUNK) {
        stage.write(table, chunk.to_vec()).await?;
    }
    Ok(())
}

/// A mirror of a table of these slots, loaded and completed, and the gas that it took from `create` on.
pub async fn mirror_of(stage: &Stage, state: &State) -> Result<(Mirror, u64), Error> {
    let table = stage.slot_table([]).await?;
    fill(stage, table, state).await?;
    let mirror = stage.create(table).await?;
    let block = stage.source.block_number().await?;
    let mut gas = 0;
    let entries: Vec<_> = state.iter().collect();
    for chunk in entries.chunks(CHUNK) {
        let call = stage.load_call(mirror, chunk.iter().copied());
        gas += stage.target.send(stage.registry, call).await?.gas_used;
    }
    gas += stage.completed_gas(mirror, block).await?;
    Ok((mirror, gas))
}

/// The same for a table that would take too long to send: the slots are put into both chains by fiat. The registry verifies the
/// mirror as it would any other, by the proof that its whole storage is the source's.
pub async fn mirror_by_fiat(stage: &Stage, state: &State) -> Result<Mirror, Error> {
    let table = stage.slot_table([]).await?;
    let mirror = stage.create(table).await?;
    // One slot opens the migration.
    let call = stage.load_call(mirror, state.iter().take(1));
    stage.target.send(stage.registry, call).await?;
    let entries: Vec<_> = state.iter().collect();
    for chunk in entries.chunks(FIAT_CHUNK) {
        let chunk: State = chunk.iter().map(|entry| (*entry.0, *entry.1)).collect();
        for (chain, account) in [(&stage.source, table), (&stage.target, mirror.proxy)] {
            chain
                .rpc("smartsync_setStorage", json!([account, chunk]))
                .await?;
        }
    }
    let block = stage.submit_head().await?;
    stage.complete(mirror, block).await?;
    Ok(mirror)
}
