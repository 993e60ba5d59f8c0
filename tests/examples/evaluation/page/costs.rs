use std::fmt::Write as _;

use crate::{Failure, data::Data, figure::whole};

/// Gas of a slot written from zero (EIP-2929, EIP-2200), below which no first copy is.
const FLOOR_PER_SLOT: f64 = 22_100.0;

pub fn first_copies(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## First copies

All transactions but `deployCode` and `create`.

| way | slots | transactions | gas | gas a slot | above 22,100, the write alone |
| --- | --- | --- | --- | --- | --- |
";
    for row in data.migration.rows() {
        let per_slot = row.number("gas") / row.number("slots");
        writeln!(
            page,
            "| {} | {} | {} | {} | {} | {:.1} % |",
            row.text("way"),
            whole(row.number("slots")),
            row.text("transactions"),
            whole(row.number("gas")),
            whole(per_slot),
            (per_slot / FLOOR_PER_SLOT - 1.0) * 100.0
        )?;
    }
    page.push('\n');
    Ok(())
}

pub fn reads(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Reads

Gas above the same call of the logic itself (native lane, prototype) or of the source at home (exact lane). *Cold* is the first read in a
transaction, *warm* one after it.

| lane | read | cold | warm |
| --- | --- | --- | --- |
";
    for row in data.reads.rows() {
        let lane = match row.text("programs_cached") {
            "false" => format!("{}, no program cached", row.text("lane")),
            _ => row.text("lane").to_owned(),
        };
        writeln!(
            page,
            "| {lane} | {} | {} | {} |",
            row.text("read"),
            whole(row.number("first")),
            whole(row.number("repeated"))
        )?;
    }
    page.push('\n');
    Ok(())
}

pub fn day(data: &Data, page: &mut String) -> Result<(), Failure> {
    let prices = &data.prices;
    writeln!(
        page,
        "## What does it cost a day?

![ether a day by kind of contract](evaluation/day.svg)

At {} gwei for gas, {} gwei for a unit of data and {} for an ether; these three are assumptions, the rest follows from them.

| contract | changes an hour | slots | every | syncs a day | changed slots each | gas a day | bytes a day, compressed | gas, ether | data fee, ether | ether a day | money a day | first copy, gas |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        prices.gas_price,
        prices.data_price,
        whole(prices.ether_price.unwrap_or_default()),
    )?;
    for (kind, estimate) in &data.days {
        let (workload, day) = (&estimate.workload, &estimate.per_day);
        writeln!(
            page,
            "| {} | {} | {} | {} min | {:.0} | {:.1} | {} | {} | {:.5} | {:.5} | {:.5} | {:.2} | {} |",
            kind.name(),
            workload.changes_per_hour,
            whole(workload.slots as f64),
            workload.interval / 60,
            day.syncs,
            estimate.changed_slots,
            whole(day.gas),
            whole(day.compressed_bytes),
            day.execution_ether,
            day.data_ether,
            day.ether,
            day.price.unwrap_or_default(),
            whole(estimate.copy_gas as f64)
        )?;
    }
    *page += "
The token again, by how often it is synced. What a longer interval saves is headers, account proofs, and what the changes of one interval share:

| every | transactions a day | changed slots each | gas a day | bytes a day, compressed | ether a day |
| --- | --- | --- | --- | --- | --- |
";
    for estimate in &data.intervals {
        let day = &estimate.per_day;
        writeln!(
            page,
            "| {} min | {:.0} | {} | {} | {} | {:.5} |",
            whole(estimate.workload.interval as f64 / 60.0),
            day.transactions,
            whole(estimate.changed_slots),
            whole(day.gas),
            whole(day.compressed_bytes),
            day.ether
        )?;
    }
    *page += "
Each sync brings its header, to a notary of one signer; mirrors of the same source chain that are synced to the same block share it. The source chain is taken to
have 2^28 accounts, so that an account proof has some 3,700 bytes where the tables above have 600: that, and the header's full bloom filter, are most of
what a small sync costs on a real chain. An interval in which nothing changes has no sync; a slot that changes twice in one is one changed slot. What the
contracts do is assumed, too: [`ContractKind`](../estimate/src/contract_kind.rs).

The L1 data fee is [ArbOS'](https://docs.arbitrum.io/how-arbitrum-works/deep-dives/gas-and-fees): the signed transaction is compressed by brotli at level 1, each byte of the result is 16 units, and a unit costs what
`ArbGasInfo.getL1BaseFeeEstimate` (`0x6c`) says at the time. It is charged as gas at the base fee. Multi-proofs are hashes, which do not compress:
what the data costs is their length. [`smartsync-estimate`](../estimate) computes all this offline, from a real multi-proof of a contract of that size drawn at random; it links brotli in Rust, whose
lengths are tested against those of the C library that Nitro links.

";
    Ok(())
}

pub fn comparison(data: &Data, page: &mut String) -> Result<(), Failure> {
    let one = data.per_value(1_000.0, |row| row.number("gas"));
    let large = data.per_value(100_000.0, |row| row.number("gas"));
    let native = data.reads.rows().find(|row| row.text("lane") == "native");
    let (cold, warm) = native.map_or((0.0, 0.0), |row| {
        (row.number("first"), row.number("repeated"))
    });
    *page += "## Other ways to read another chain's state

Their own published figures, which nobody here has measured again.

| way | each read | must be trusted | how often | source |
| --- | --- | --- | --- | --- |
";
    let (Some(first), Some(last)) = (one.first(), large.first().or(one.last())) else {
        return Err("no sync of one value".into());
    };
    writeln!(
        page,
        "| a mirror by SmartSync | {} to {} gas above the call of a local contract, after a sync of {} gas (1,000 slots, one changed) to {} (100,000 slots) | the root source, the two chains | any number of reads for one sync, by any contract, in the middle of a call | this page |",
        whole(warm),
        whole(cold),
        whole(first.1),
        whole(last.1)
    )?;
    for row in data.comparison.rows() {
        writeln!(
            page,
            "| {} | {} | {} | {} | [source]({}) |",
            row.text("way"),
            row.text("each_read"),
            row.text("trust"),
            row.text("how_often"),
            row.text("source")
        )?;
    }
    *page += "\nA proof of one slot is the better way to read one value of a large contract once: it needs no first copy. A mirror is for what is read more often than it changes, or through a view function.\n\n";
    Ok(())
}
