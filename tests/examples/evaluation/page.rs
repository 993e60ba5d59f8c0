use std::{
    fmt::{self, Write as _},
    fs,
    path::Path,
};

use crate::{
    Failure,
    data::Data,
    figure::{mean, whole},
    pictures::SIZES,
    statements::statements,
};

/// Gas of a slot written from zero (EIP-2929, EIP-2200), below which no first copy is.
const FLOOR_PER_SLOT: f64 = 22_100.0;

/// Writes the page.
pub fn write(data: &Data, path: &Path) -> Result<(), Failure> {
    let mut page = String::from(INTRODUCTION);
    one_value(data, &mut page)?;
    many_values(data, &mut page)?;
    bytes(data, &mut page)?;
    latency(data, &mut page)?;
    kinds(data, &mut page)?;
    first_copies(data, &mut page)?;
    reads(data, &mut page)?;
    large(data, &mut page)?;
    day(data, &mut page)?;
    comparison(data, &mut page)?;
    page += "## Section IV, statement by statement\n\n| the paper | here | shown by |\n| --- | --- | --- |\n";
    for statement in statements(data)? {
        writeln!(
            page,
            "| {} | **{}**: {} | {} |",
            statement.paper, statement.verdict, statement.why, statement.figure
        )?;
    }
    page += DATA;
    fs::write(path, page)?;
    Ok(())
}

const INTRODUCTION: &str = "# Evaluation

Section IV of the [paper](../README.md) again, on this implementation, and what the paper could not show. Made by `scripts/evaluation.sh`: the programs as WASM on
the dev chain ([devchain.md](devchain.md)), cached, the header known, random keys of a mapping, values under 10^6. Run twice it gives
the same gas to the unit: a zero byte of a header or an account proof is counted as 16 gas, not 4, since which of their hashes
have one depends on the clock (about 12 gas for each 256 bytes). Times are those of one machine. The points of the *prototype*, the paper's own implementation in Solidity, are
[measured runs](evaluation/README.md) of it.

";

fn one_value(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## One value by its height (Figure 4a)

![gas of a sync of one value, by height](evaluation/height.svg)
![the same for SmartSync alone, by size](evaluation/height-detail.svg)

| slots | heights seen | gas, mean | lowest | highest | prototype, mean |
| --- | --- | --- | --- | --- | --- |
";
    for (slots, _) in SIZES {
        let rows: Vec<_> = data
            .height
            .rows()
            .filter(|row| row.number("slots") == slots)
            .collect();
        let heights = rows.iter().map(|row| row.number("height"));
        let (low, high) = ends(heights);
        let gas: Vec<f64> = rows.iter().map(|row| row.number("gas")).collect();
        if gas.is_empty() {
            continue;
        }
        let (least, most) = ends(gas.iter().copied());
        let prototype: Vec<f64> = data
            .prototype_rows("a-change-one")
            .filter(|row| row.number("slots") == slots)
            .map(|row| row.number("gas"))
            .collect();
        writeln!(
            page,
            "| {} | {low} to {high} | {} | {} | {} | {} |",
            whole(slots),
            whole(mean(gas)),
            whole(least),
            whole(most),
            or_nothing(prototype)
        )?;
    }
    *page += "\nUp to three values of each shape of path that 1,000 of the slots have. An *extension* is a node that skips nibbles that all slots below it share.\n\n";
    Ok(())
}

fn many_values(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Many values in one sync (Figure 4b)

![gas per value by number of values](evaluation/values.svg)

Gas per value, the mean of ten draws (of three from 200 values on). What one transaction of 90,000 bytes does not take goes in parts
and is marked *.

";
    let counts: Vec<f64> = data
        .per_value(1_000.0, |_| 0.0)
        .into_iter()
        .map(|(count, _)| count)
        .collect();
    let heads: Vec<String> = counts.iter().map(|count| whole(*count)).collect();
    writeln!(page, "| slots | {} |", heads.join(" | "))?;
    writeln!(page, "| --- |{}", " --- |".repeat(heads.len()))?;
    for (slots, _) in SIZES {
        let means = data.per_value(slots, |row| row.number("gas_per_value"));
        if means.is_empty() || slots == 1.0 {
            continue;
        }
        let cells = counts.iter().map(|count| {
            let at = means.iter().position(|(changed, _)| changed == count);
            at.map_or_else(String::new, |at| {
                whole(means[at].1) + star(data, slots, *count)
            })
        });
        let cells: Vec<String> = cells.collect();
        writeln!(page, "| {} | {} |", whole(slots), cells.join(" | "))?;
    }
    for (name, line) in [
        (
            "floor, 1,000",
            data.per_value(1_000.0, Data::floor_gas_per_value),
        ),
        ("prototype, 1,000", data.prototype_per_value(1_000.0)),
    ] {
        let cells: Vec<String> = counts
            .iter()
            .map(|count| {
                let found = line.iter().find(|(changed, _)| changed == count);
                found.map_or_else(String::new, |(_, gas)| whole(*gas))
            })
            .collect();
        writeln!(page, "| {name} | {} |", cells.join(" | "))?;
    }
    *page += "\nThe floor is what no proof of the transition can go below: 21,000, 5,000 for each slot read and written, and 16 for each byte that cannot be left out (32 for each
sibling hash, the slots and the values).\n\n";
    Ok(())
}

fn bytes(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Bytes

![proof bytes per value by number of values](evaluation/bytes.svg)

Bytes for each changed value of a contract of 1,000 slots. EIP-1186 proofs show one state only, the multi-proof shows both.

| values | floor | multi-proof | EIP-1186, each node once | EIP-1186 |
| --- | --- | --- | --- | --- |
";
    let column = |name: &'static str| {
        data.per_value(1_000.0, move |row| row.number(name) / row.number("changed"))
    };
    let columns = [
        "floor_bytes",
        "multi_proof_bytes",
        "eip1186_distinct_bytes",
        "eip1186_bytes",
    ]
    .map(column);
    for at in 0..columns[0].len() {
        let cells: Vec<String> = columns.iter().map(|line| whole(line[at].1)).collect();
        writeln!(
            page,
            "| {} | {} |",
            whole(columns[0][at].0),
            cells.join(" | ")
        )?;
    }
    page.push('\n');
    Ok(())
}

fn latency(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Time

![time of a sync by number of values](evaluation/latency.svg)
![time of a sync of one value by size](evaluation/latency-by-size.svg)

From the source block to the receipt, relayer and both chains in one process of the dev profile. *find*: the mirror's record, the header, the changed slots; *prove*: proofs from both
chains; *build*: the multi-proof; *send*: simulation, signature, receipt. The medians of nine runs, and the least total. The paper's
figures are of another machine, on which it took 91 to 475 ms for one value, 119 ms for 10 and 1,879 ms for 1,000.

| slots | values | find | prove | build | send | total, ms | least, ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
";
    let least = |slots: &str, changed: &str| {
        data.latency
            .rows()
            .find(|row| {
                row.text("figure") == "minimum"
                    && row.text("slots") == slots
                    && row.text("changed") == changed
            })
            .map_or("", |row| row.text("total_ms"))
    };
    for row in data.latency.rows() {
        if row.text("figure") == "median" {
            writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                whole(row.number("slots")),
                whole(row.number("changed")),
                row.text("find_ms"),
                row.text("prove_ms"),
                row.text("build_ms"),
                row.text("send_ms"),
                row.text("total_ms"),
                least(row.text("slots"), row.text("changed"))
            )?;
        }
    }
    page.push('\n');
    Ok(())
}

fn kinds(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Adds and deletes

![share of true updates that the prototype refuses](evaluation/refused.svg)

Random updates of contracts of 1 to 1,000 slots, each begun with the same contract. All of them are true; all of them were accepted here.

| update | runs | refused | gas at 1,000 slots, mean | prototype: runs | refused | of these, took all gas | gas at 1,000 slots, mean of the accepted |
| --- | --- | --- | --- | --- | --- | --- | --- |
";
    for kind in data.kinds() {
        writeln!(
            page,
            "| {} | {} | 0 | {} | {} | {} ({:.0} %) | {} | {} |",
            kind.name,
            kind.runs,
            whole((kind.gas / 100.0).round() * 100.0),
            kind.prototype_runs,
            kind.prototype_refused,
            kind.refused_share() * 100.0,
            kind.prototype_out_of_gas,
            whole((kind.prototype_gas / 100.0).round() * 100.0)
        )?;
    }
    page.push('\n');
    Ok(())
}

fn first_copies(data: &Data, page: &mut String) -> Result<(), Failure> {
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

fn reads(data: &Data, page: &mut String) -> Result<(), Failure> {
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

fn large(data: &Data, page: &mut String) -> Result<(), Failure> {
    *page += "## Large mirrors

![gas of a sync by size of the contract](evaluation/sizes.svg)

| slots | sync of 1 | of 10 | of 100 | first copy in parts |
| --- | --- | --- | --- | --- |
";
    let per_slot = |slots: f64| {
        data.migration
            .rows()
            .find(|row| row.text("way").starts_with("parts") && row.number("slots") == slots)
            .map(|row| row.number("gas"))
    };
    let largest = data
        .migration
        .rows()
        .map(|row| row.number("slots"))
        .fold(0.0, f64::max);
    for (slots, _) in SIZES.into_iter().filter(|(slots, _)| *slots >= 1_000.0) {
        let gas = |changed: f64| {
            let means = data.per_value(slots, |row| row.number("gas"));
            means
                .into_iter()
                .find(|(count, _)| *count == changed)
                .map(|(_, gas)| whole(gas) + star(data, slots, changed))
        };
        let Some(one) = gas(1.0) else { continue };
        let copy = match per_slot(slots) {
            Some(gas) => format!("{} gas", whole(gas)),
            None => {
                let gas = per_slot(largest).unwrap_or_default() / largest * slots;
                format!("about {} gas", whole((gas / 1e6).round() * 1e6))
            }
        };
        writeln!(
            page,
            "| {} | {one} | {} | {} | {copy} |",
            whole(slots),
            gas(10.0).unwrap_or_default(),
            gas(100.0).unwrap_or_default()
        )?;
    }
    *page += "\nMirrors up to 100,000 slots were filled by transactions, all counted. At 1,000,000 slots the syncs are real transactions too, but the slots were put into both chains by
fiat before (the registry then proved the mirror complete, as always), and the first copy is that of 100,000 slots times ten: it costs the same for each slot.\n\n";
    Ok(())
}

/// A star where it went in parts.
fn star(data: &Data, slots: f64, changed: f64) -> &'static str {
    let sent = data.per_value(slots, |row| row.number("transactions"));
    match sent.into_iter().find(|(count, _)| *count == changed) {
        Some((_, transactions)) if transactions > 1.0 => "*",
        _ => "",
    }
}

fn day(data: &Data, page: &mut String) -> Result<(), Failure> {
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
Each sync brings its header, to a notary of one signer; mirrors of the same source chain that are synced to the same block share it. The source chain is taken to
have 2^28 accounts, so that an account proof has some 5,000 bytes where the tables above have 600: that, and the header's full bloom filter, are most of
what a small sync costs on a real chain. An interval in which nothing changes has no sync; a slot that changes twice in one is one changed slot. What the
contracts do is assumed, too: [`ContractKind`](../estimate/src/contract_kind.rs).

The L1 data fee is ArbOS': the signed transaction is compressed by brotli at level 1, each byte of the result is 16 units, and a unit costs what
`ArbGasInfo.getL1BaseFeeEstimate` (`0x6c`) says at the time. It is charged as gas at the base fee. Multi-proofs are hashes, which do not compress:
what the data costs is their length. [`smartsync-estimate`](../estimate) computes all this offline, from a real multi-proof of a contract of that size drawn at random; it links brotli in Rust, whose
lengths are tested against those of the C library that Nitro links.

";
    Ok(())
}

fn comparison(data: &Data, page: &mut String) -> Result<(), Failure> {
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

const DATA: &str = "
## Data

The pictures are drawn from [the tables](evaluation) alone, by `evaluation draw`; [what their columns are](evaluation/README.md).
";

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

fn or_nothing(values: Vec<f64>) -> impl fmt::Display {
    if values.is_empty() {
        String::new()
    } else {
        whole(mean(values))
    }
}
