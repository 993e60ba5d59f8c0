use std::collections::BTreeMap;

use crate::{
    Failure,
    data::Data,
    figure::{mean, whole},
};

/// What the paper says, and whether it holds here.
#[derive(Debug)]
pub struct Statement {
    pub paper: &'static str,
    pub verdict: &'static str,
    pub why: String,
    pub figure: &'static str,
}

const HEIGHT: &str = "[one value](#one-value-by-its-height-figure-4a)";
const VALUES: &str = "[many values](#many-values-in-one-sync-figure-4b)";
const TIME: &str = "[time](#time)";

/// The statements of section IV. Fails where what was measured says otherwise than what is said here.
pub fn statements(data: &Data) -> Result<Vec<Statement>, Failure> {
    Ok(vec![
        height(data)?,
        sizes(data)?,
        extensions(data)?,
        per_value(data)?,
        smaller(data)?,
        jitter(data)?,
        latency_of_one(data)?,
        latency_of_many(data)?,
        block_times(data)?,
        root_source(),
    ])
}

fn holds(condition: bool, statement: &Statement) -> Result<(), Failure> {
    if condition {
        Ok(())
    } else {
        Err(format!("measured otherwise: {}: {}", statement.paper, statement.why).into())
    }
}

fn gas_at(data: &Data, height: f64) -> Option<f64> {
    let gas: Vec<f64> = data
        .height
        .rows()
        .filter(|row| row.number("height") == height)
        .map(|row| row.number("gas"))
        .collect();
    (!gas.is_empty()).then(|| mean(gas))
}

fn height(data: &Data) -> Result<Statement, Failure> {
    let prototype = |height: usize| {
        mean(
            data.prototype_rows("a-change-one")
                .filter(|row| row.text("path").len() == height)
                .map(|row| row.number("gas")),
        )
    };
    let (Some(low), Some(high)) = (gas_at(data, 1.0), gas_at(data, 6.0)) else {
        return Err("no values of heights 1 and 6".into());
    };
    let statement = Statement {
        paper: "Updating one value costs more the higher it lies, since its proof has more nodes",
        verdict: "holds",
        why: format!(
            "but flatter. From height 1 to 6 a sync goes from {} to {} gas ({:.2} times), the prototype from {} to {} ({:.1} times); the writing, the account proof and the rest stay",
            whole(low),
            whole(high),
            high / low,
            whole(prototype(1)),
            whole(prototype(6)),
            prototype(6) / prototype(1)
        ),
        figure: HEIGHT,
    };
    holds(
        high > low && high / low < prototype(6) / prototype(1),
        &statement,
    )?;
    Ok(statement)
}

fn sizes(data: &Data) -> Result<Statement, Failure> {
    let mut by_size: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in data
        .values
        .rows()
        .filter(|row| row.number("changed") == 1.0)
    {
        let gas = by_size.entry(row.number("slots") as u64).or_default();
        gas.push(row.number("gas"));
    }
    let means: Vec<(u64, f64)> = by_size
        .into_iter()
        .map(|(slots, gas)| (slots, mean(gas)))
        .collect();
    let (Some(small), Some(large)) = (means.first(), means.last()) else {
        return Err("no sync of one value".into());
    };
    let statement = Statement {
        paper: "Large contracts have deeper tries, which drives the cost",
        verdict: "holds",
        why: format!(
            "by some {} gas for each tenfold: {} gas with {} slot, {} with {}. What grows is the hashes beside the way, not the nodes on it",
            whole((large.1 - small.1) / (large.0 as f64 / small.0 as f64).log10()),
            whole(small.1),
            whole(small.0 as f64),
            whole(large.1),
            whole(large.0 as f64)
        ),
        figure: "[large mirrors](#large-mirrors)",
    };
    holds(large.1 > small.1, &statement)?;
    Ok(statement)
}

fn extensions(data: &Data) -> Result<Statement, Failure> {
    // By size and height: gas of paths of branches only, and of those with an extension.
    let mut groups: BTreeMap<(u64, u64), [Vec<f64>; 2]> = BTreeMap::new();
    for row in data.height.rows() {
        let group = (row.number("slots") as u64, row.number("height") as u64);
        let extension = usize::from(row.text("path").contains('E'));
        groups.entry(group).or_default()[extension].push(row.number("gas"));
    }
    let pairs: Vec<(f64, f64)> = groups
        .into_values()
        .filter(|[branches, extensions]| !branches.is_empty() && !extensions.is_empty())
        .map(|[branches, extensions]| (mean(branches), mean(extensions)))
        .collect();
    let cheaper = pairs
        .iter()
        .filter(|(branches, with)| with < branches)
        .count();
    let saved = mean(pairs.iter().map(|(branches, with)| branches - with));
    let statement = Statement {
        paper: "At one height, proofs with more extensions are cheaper than those with branches, since a branch has up to 17 elements",
        verdict: "holds for another reason",
        why: format!(
            "no node is sent at all. A branch costs the hashes of its other children, deep down mostly one; an extension costs its nibbles. In {cheaper} of {} pairs of one size and height the extension is cheaper, by {} gas on average",
            pairs.len(),
            whole(saved)
        ),
        figure: HEIGHT,
    };
    holds(saved > 0.0, &statement)?;
    Ok(statement)
}

fn per_value(data: &Data) -> Result<Statement, Failure> {
    let ours = data.per_value(1_000.0, |row| row.number("gas_per_value"));
    let floor = data.per_value(1_000.0, Data::floor_gas_per_value);
    let prototype = data.prototype_per_value(1_000.0);
    let ends = |line: &[(f64, f64)]| match (line.first(), line.last()) {
        (Some(first), Some(last)) => Ok::<_, Failure>((first.1, last.1)),
        _ => Err("no syncs of 1,000 slots".into()),
    };
    let (one, all) = ends(&ours)?;
    let (their_one, their_all) = ends(&prototype)?;
    let (_, floor) = ends(&floor)?;
    let statement = Statement {
        paper: "The cost per value falls with their number: gas grows less than linearly",
        verdict: "holds",
        why: format!(
            "and falls further: of 1,000 slots, {} gas for one and {} for each of 1,000 ({:.0} times less; the floor is {}), where the prototype goes from {} to {} ({:.1} times)",
            whole(one),
            whole(all),
            one / all,
            whole(floor),
            whole(their_one),
            whole(their_all),
            their_one / their_all
        ),
        figure: VALUES,
    };
    holds(
        ours.windows(2).all(|pair| pair[1].1 < pair[0].1) && all >= floor,
        &statement,
    )?;
    Ok(statement)
}

fn smaller(data: &Data) -> Result<Statement, Failure> {
    let by_size: Vec<f64> = [10.0, 1_000.0, 100_000.0]
        .into_iter()
        .filter_map(|slots| {
            let line = data.per_value(slots, |row| row.number("gas_per_value"));
            line.into_iter().find(|(changed, _)| *changed == 10.0)
        })
        .map(|(_, gas)| gas)
        .collect();
    let figures: Vec<String> = by_size.iter().map(|gas| whole(*gas)).collect();
    let statement = Statement {
        paper: "Updates of many values, too, cost less in smaller contracts",
        verdict: "holds",
        why: format!(
            "ten values take {} gas each in contracts of 10, 1,000 and 100,000 slots",
            figures.join(", ")
        ),
        figure: VALUES,
    };
    holds(by_size.windows(2).all(|pair| pair[0] < pair[1]), &statement)?;
    Ok(statement)
}

fn jitter(data: &Data) -> Result<Statement, Failure> {
    let draws: Vec<(f64, f64)> = data
        .values
        .rows()
        .filter(|row| row.number("slots") == 1_000.0 && row.number("changed") == 10.0)
        .map(|row| (row.number("multi_proof_bytes"), row.number("gas")))
        .collect();
    let (bytes, gas) = (
        mean(draws.iter().map(|draw| draw.0)),
        mean(draws.iter().map(|draw| draw.1)),
    );
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| draws.iter().map(of).sum::<f64>();
    let both = sum(&|draw| (draw.0 - bytes) * (draw.1 - gas));
    let explained =
        both * both / (sum(&|draw| (draw.0 - bytes).powi(2)) * sum(&|draw| (draw.1 - gas).powi(2)));
    let (low, high) = draws
        .iter()
        .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), draw| {
            (low.min(draw.1), high.max(draw.1))
        });
    let statement = Statement {
        paper: "The more nodes the values share, the less is sent, which shows as jitter",
        verdict: "holds",
        why: format!(
            "ten of 1,000 slots take {} to {} gas by which ten they are, and {:.1} % of that spread is the length of the multi-proof",
            whole(low),
            whole(high),
            explained * 100.0
        ),
        figure: VALUES,
    };
    holds(high > low && explained > 0.9, &statement)?;
    Ok(statement)
}

fn total(data: &Data, slots: f64, changed: f64) -> Result<f64, Failure> {
    data.latency_rows(slots)
        .find(|row| row.number("changed") == changed)
        .map(|row| row.number("total_ms"))
        .ok_or_else(|| format!("no time of {changed} of {slots}").into())
}

fn latency_of_one(data: &Data) -> Result<Statement, Failure> {
    let totals: Vec<f64> = data
        .latency
        .rows()
        .filter(|row| row.text("figure") == "median" && row.number("changed") == 1.0)
        .map(|row| row.number("total_ms"))
        .collect();
    let (low, high) = totals
        .iter()
        .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), total| {
            (low.min(*total), high.max(*total))
        });
    Ok(Statement {
        paper: "One value takes 91 to 475 ms, by the depth of the trie",
        verdict: "holds no more",
        why: format!(
            "{low:.0} to {high:.0} ms, whatever the depth: nearly all of it is requests, whose number does not depend on it (another machine, another node)"
        ),
        figure: TIME,
    })
}

fn latency_of_many(data: &Data) -> Result<Statement, Failure> {
    let (one, ten, all) = (
        total(data, 1_000.0, 1.0)?,
        total(data, 1_000.0, 10.0)?,
        total(data, 1_000.0, 1_000.0)?,
    );
    Ok(Statement {
        paper: "Time grows linearly in the number of values, from 119 ms for 10 to 1,879 ms for 1,000",
        verdict: "holds",
        why: format!(
            "above a constant: {one:.0} ms for one, {ten:.0} for 10, {all:.0} for 1,000, so {:.2} ms for each value",
            (all - one) / 999.0
        ),
        figure: TIME,
    })
}

fn block_times(data: &Data) -> Result<Statement, Failure> {
    let all = total(data, 1_000.0, 1_000.0)?;
    let statement = Statement {
        paper: "That is well within the block times of most chains",
        verdict: "holds",
        why: format!(
            "{all:.0} ms for 1,000 values, of the 12 s of an Ethereum block and the 250 ms of an Arbitrum block. What a sync waits for is finality, not computation"
        ),
        figure: TIME,
    };
    holds(all < 12_000.0, &statement)?;
    Ok(statement)
}

fn root_source() -> Statement {
    Statement {
        paper: "SmartSync does not care where state roots come from, so their cost is left out",
        verdict: "holds no more",
        why: "root sources are part of this implementation and of what a day costs".to_owned(),
        figure: "[a day](#what-does-it-cost-a-day), [costs](costs.md#other-calls)",
    }
}
