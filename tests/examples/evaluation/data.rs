use std::{collections::BTreeMap, io, path::Path};

use smartsync_estimate::{ContractKind, Estimate, EstimateError, Prices, Workload, estimate};

use crate::{
    figure::mean,
    table::{Row, Table},
};

/// Gas of a transaction that the prototype did not finish: all that it was given.
const OUT_OF_GAS: f64 = 7.9e9;

/// What was measured, and what is set beside it.
#[derive(Debug)]
pub struct Data {
    pub height: Table,
    pub values: Table,
    pub kinds: Table,
    pub migration: Table,
    pub reads: Table,
    pub latency: Table,
    pub comparison: Table,
    pub prototype: Table,
    pub days: Vec<(ContractKind, Estimate)>,
    /// The token, by interval.
    pub intervals: Vec<Estimate>,
    pub prices: Prices,
}

/// A kind of update, here and in the prototype.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// Runs here, all accepted.
    pub runs: usize,
    /// Mean gas of those on 1,000 slots.
    pub gas: f64,
    pub prototype_runs: usize,
    pub prototype_refused: usize,
    /// The same of those that the prototype accepts.
    pub prototype_gas: f64,
    /// Of the refused ones, those that took all gas.
    pub prototype_out_of_gas: usize,
}

impl Kind {
    pub fn refused_share(&self) -> f64 {
        self.prototype_refused as f64 / self.prototype_runs as f64
    }
}

/// What an ether is taken to cost, to turn the days into money.
const ETHER_PRICE: f64 = 3_000.0;
/// A minute, five, an hour, a day.
const INTERVALS: [u64; 4] = [60, 300, 3_600, 86_400];

impl Data {
    /// Reads what was measured from one directory, and what is given from another.
    pub fn read(measured: &Path, given: &Path) -> Result<Self, crate::Failure> {
        let table = |name| Table::read(measured, name);
        let prices = Prices {
            ether_price: Some(ETHER_PRICE),
            ..Prices::default()
        };
        Ok(Self {
            height: table("height")?,
            values: table("values")?,
            kinds: table("kinds")?,
            migration: table("migration")?,
            reads: table("reads")?,
            latency: table("latency")?,
            comparison: Table::read(given, "comparison")?,
            prototype: Table::read(given, "prototype")?,
            days: days(&prices)?,
            intervals: intervals(&prices)?,
            prices,
        })
    }

    pub fn prototype_rows(&self, kind: &str) -> impl Iterator<Item = Row<'_>> {
        self.prototype
            .rows()
            .filter(move |row| row.text("kind") == kind && row.text("outcome") == "accepted")
    }

    /// Mean gas per value of the prototype, by number of values.
    pub fn prototype_per_value(&self, slots: f64) -> Vec<(f64, f64)> {
        means(
            self.prototype_rows("b-change-K")
                .filter(|row| row.number("slots") == slots)
                .map(|row| {
                    (
                        row.number("changed"),
                        row.number("gas") / row.number("changed"),
                    )
                }),
        )
    }

    /// Means of the draws, by number of values.
    pub fn per_value(&self, slots: f64, of: impl Fn(Row<'_>) -> f64) -> Vec<(f64, f64)> {
        means(
            self.values
                .rows()
                .filter(|row| row.number("slots") == slots)
                .map(|row| (row.number("changed"), of(row))),
        )
    }

    /// The floor of a sync: the transaction, each slot read and written, and the bytes that no proof leaves out, at 16 gas.
    pub fn floor_gas_per_value(row: Row<'_>) -> f64 {
        let changed = row.number("changed");
        (21_000.0 + 5_000.0 * changed + 16.0 * row.number("floor_bytes")) / changed
    }

    /// Medians of a contract's latency.
    pub fn latency_rows(&self, slots: f64) -> impl Iterator<Item = Row<'_>> {
        self.latency
            .rows()
            .filter(move |row| row.number("slots") == slots && row.text("figure") == "median")
    }

    /// Adds and deletes beside changes, over all sizes.
    pub fn kinds(&self) -> Vec<Kind> {
        [
            ("change one", "change-1", "a-change-one"),
            ("add one", "add-1", "c-add-1"),
            ("add five", "add-5", "c-add-5"),
            ("delete one", "delete-1", "c-delete-1"),
            ("delete five", "delete-5", "c-delete-5"),
            ("mixed, 2 to 6", "mixed", "c-mixed"),
        ]
        .into_iter()
        .map(|(name, ours, theirs)| {
            let gas: Vec<f64> = self
                .kinds
                .rows()
                .filter(|row| row.text("kind") == ours && row.number("slots") == 1_000.0)
                .map(|row| row.number("gas"))
                .collect();
            let prototype: Vec<Row<'_>> = self
                .prototype
                .rows()
                .filter(|row| row.text("kind") == theirs)
                .collect();
            let accepted = |row: &&Row<'_>| row.text("outcome") == "accepted";
            Kind {
                name,
                runs: self
                    .kinds
                    .rows()
                    .filter(|row| row.text("kind") == ours)
                    .count(),
                gas: mean(gas),
                prototype_runs: prototype.len(),
                prototype_refused: prototype.iter().filter(|row| !accepted(row)).count(),
                prototype_gas: mean(
                    prototype
                        .iter()
                        .filter(|row| accepted(row) && row.number("slots") == 1_000.0)
                        .map(|row| row.number("gas")),
                ),
                prototype_out_of_gas: prototype
                    .iter()
                    .filter(|row| !accepted(row) && row.number("gas") >= OUT_OF_GAS)
                    .count(),
            }
        })
        .collect()
    }

    /// Writes what a day costs.
    pub fn write_days(&self, directory: &Path) -> io::Result<()> {
        let mut table = Table::new(&[
            "contract",
            "changes_per_hour",
            "slots",
            "hot_slots",
            "added_share",
            "interval_s",
            "syncs",
            "changed_slots",
            "gas",
            "calldata_bytes",
            "compressed_bytes",
            "execution_ether",
            "data_ether",
            "ether",
            "price",
            "copy_gas",
        ]);
        for (kind, estimate) in &self.days {
            let (workload, day) = (&estimate.workload, &estimate.per_day);
            table.push(&[
                &kind.name(),
                &workload.changes_per_hour,
                &workload.slots,
                &workload.hot_slots.unwrap_or(workload.slots),
                &workload.added_share,
                &workload.interval,
                &format!("{:.1}", day.syncs),
                &format!("{:.2}", estimate.changed_slots),
                &format!("{:.0}", day.gas),
                &format!("{:.0}", day.calldata_bytes),
                &format!("{:.0}", day.compressed_bytes),
                &format!("{:.6}", day.execution_ether),
                &format!("{:.6}", day.data_ether),
                &format!("{:.6}", day.ether),
                &format!("{:.2}", day.price.unwrap_or_default()),
                &estimate.copy_gas,
            ]);
        }
        table.write(directory, "day")
    }
}

fn days(prices: &Prices) -> Result<Vec<(ContractKind, Estimate)>, EstimateError> {
    ContractKind::ALL
        .into_iter()
        .map(|kind| Ok((kind, estimate(&kind.workload(), prices)?)))
        .collect()
}

fn intervals(prices: &Prices) -> Result<Vec<Estimate>, EstimateError> {
    INTERVALS
        .into_iter()
        .map(|interval| {
            let workload = Workload {
                interval,
                ..ContractKind::Token.workload()
            };
            estimate(&workload, prices)
        })
        .collect()
}

fn means(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut groups: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (x, y) in points {
        groups.entry(x as u64).or_default().push(y);
    }
    groups
        .into_iter()
        .map(|(x, ys)| (x as f64, mean(ys)))
        .collect()
}
