use std::fmt::{self, Write as _};

use crate::{
    Failure,
    data::Data,
    figure::{mean, whole},
    pictures::SIZES,
};

pub fn one_value(data: &Data, page: &mut String) -> Result<(), Failure> {
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

pub fn many_values(data: &Data, page: &mut String) -> Result<(), Failure> {
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

pub fn bytes(data: &Data, page: &mut String) -> Result<(), Failure> {
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

pub fn latency(data: &Data, page: &mut String) -> Result<(), Failure> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    *page += &"## Time

![time of a sync by number of values](evaluation/latency.svg)
![time of a sync of one value by size](evaluation/latency-by-size.svg)

From the source block to the receipt, relayer and both chains in one process of the dev profile, on PROCESSORS processors. *find*: the mirror's record, the header, the changed slots; *prove*: proofs from both
chains; *build*: the multi-proof; *send*: simulation, signature, receipt. The medians of nine runs, and the least total. The paper's
figures are of another machine, on which it took 91 to 475 ms for one value, 119 ms for 10 and 1,879 ms for 1,000.

| slots | values | find | prove | build | send | total, ms | least, ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
"
    .replace("PROCESSORS", &processors.to_string());
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

pub fn kinds(data: &Data, page: &mut String) -> Result<(), Failure> {
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

pub fn large(data: &Data, page: &mut String) -> Result<(), Failure> {
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
