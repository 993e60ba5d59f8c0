use alloy_primitives::Address;
use smartsync_tests::{Error, Stage, Workload};

use crate::{by_hash, cached, fill, in_parts, mirror_of};

/// Prints the table of migrations, by either way.
pub async fn report(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    cached(stage, programs, true).await?;
    let mut workload = Workload::default();
    println!("## Migration\n");
    println!(
        "Gas for each slot, all transactions but `deployCode` and `create` counted; writing a slot alone is 22,100.\n"
    );
    println!("| way | slots | gas | gas a slot |");
    println!("| --- | --- | --- | --- |");
    let state = workload.state(1_000);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &state).await?;
    let mirror = stage.create(table).await?;
    let (_, receipt) = stage.sync_all(mirror).await?;
    row("one sync from the empty state", 1_000, receipt.gas_used);
    let (_, gas) = mirror_of(stage, &workload.state(2_000)).await?;
    row("load, complete", 2_000, gas);

    let state = workload.state(2_000);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &state).await?;
    let mirror = stage.create(table).await?;
    let block = stage.source.block_number().await?;
    let slots = by_hash(state.into_keys());
    let parts = in_parts(stage, mirror, block, &slots, 1_000).await?;
    row("parts, complete", 2_000, parts.gas);
    println!();
    Ok(())
}

fn row(way: &str, slots: u64, gas: u64) {
    println!("| {way} | {slots} | {gas} | {} |", gas / slots);
}
