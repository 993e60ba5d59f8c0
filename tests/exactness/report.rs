//! The table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What came of calls.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The source's bytes.
    pub equal: usize,
    /// Typed errors that are right, by name.
    pub errors: BTreeMap<String, usize>,
    /// Anything else.
    pub others: Vec<String>,
}

/// One contract.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Those that it stands with.
    pub scene: &'static str,
    /// What it is.
    pub contract: String,
    /// Where it comes from.
    pub package: &'static str,
    /// View functions, and others that were asked.
    pub functions: usize,
    /// Calls.
    pub calls: usize,
    /// With nothing but mirrors of the contracts that are asked.
    pub alone: Tally,
    /// With all that can be proven.
    pub complete: Tally,
    /// By proven calls.
    pub proven: Tally,
    /// Functions that the source answers to none of the calls.
    pub reverting: Vec<String>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a scene.
    pub fn add(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
    }

    /// Answers that are neither equal nor a typed error that is right.
    pub fn others(&self) -> Vec<String> {
        let others = |row: &Row| {
            let tallies = [&row.alone, &row.complete, &row.proven];
            let all = tallies.into_iter().flat_map(|tally| &tally.others);
            all.map(|other| format!("{}, {}: {other}", row.scene, row.contract))
                .collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(others).collect()
    }

    /// How many contracts.
    pub fn contracts(&self) -> usize {
        self.rows.len()
    }

    /// In a line.
    pub fn summary(&self) -> String {
        let of = |tally: fn(&Row) -> &Tally| {
            let equal: usize = self.rows.iter().map(|row| tally(row).equal).sum();
            let mut errors = BTreeMap::new();
            for row in &self.rows {
                for (name, count) in &tally(row).errors {
                    *errors.entry(name.clone()).or_default() += count;
                }
            }
            (equal, errors)
        };
        let (functions, calls) = self.rows.iter().fold((0, 0), |(functions, calls), row| {
            (functions + row.functions, calls + row.calls)
        });
        let packages: BTreeSet<&str> = self.rows.iter().map(|row| row.package).collect();
        let (alone, alone_errors) = of(|row| &row.alone);
        let (complete, complete_errors) = of(|row| &row.complete);
        let (proven, proven_errors) = of(|row| &row.proven);
        format!(
            "{} contracts of {} packages, {functions} functions, {calls} calls. With mirrors of the contracts alone: {alone} equal; {}. \
             With all that can be proven: {complete} equal; {}. By proven calls: {proven} equal; {}. Others: {}.",
            self.rows.len(),
            packages.len(),
            listed(&alone_errors),
            listed(&complete_errors),
            listed(&proven_errors),
            self.others().len(),
        )
    }
}

fn listed(errors: &BTreeMap<String, usize>) -> String {
    if errors.is_empty() {
        return "no error".into();
    }
    let each: Vec<String> = errors
        .iter()
        .map(|(name, count)| format!("{count} `{name}`"))
        .collect();
    each.join(", ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Exactness: what views answer through mirrors and by proven calls\n"
        )?;
        writeln!(
            f,
            "Written by `SMARTSYNC_WRITE_REPORT=1 cargo test --test exactness`, and checked by `cargo test`. Every view function of contracts from pinned npm packages, set up as they\n\
             are used (`tests/src/packages`), is asked through its mirror, on WASM on the dev chain, with arguments that occur and some that do not. The answer is compared with\n\
             that of a STATICCALL on the source at the same block. First only the contracts themselves are mirrored, then all that the calls come to is mirrored or proven, and each is asked\n\
             by STATICCALL and by CALL of a contract and by `eth_call` of two accounts. Last they are asked without mirrors, by proven calls on witnesses that the relayer's library builds.\n\
             Whether an error names the right instruction and account is judged by the source node's trace.\n\
             `GAS`: the answer says how much gas was used, and `GAS` is a constant here.\n"
        )?;
        writeln!(f, "{}\n", self.summary())?;
        writeln!(
            f,
            "| scene | contract | package | functions | calls | mirrors alone | all proven | proven calls |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for row in &self.rows {
            let cell = |tally: &Tally| match tally.errors.is_empty() {
                true => format!("{} equal", tally.equal),
                false => format!("{} equal; {}", tally.equal, listed(&tally.errors)),
            };
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                row.scene,
                row.contract,
                row.package,
                row.functions,
                row.calls,
                cell(&row.alone),
                cell(&row.complete),
                cell(&row.proven),
            )?;
        }
        writeln!(
            f,
            "\n## Functions that only revert\nThe source answers none of the calls made of them; mirror and prover revert with the same bytes.\n"
        )?;
        for row in self.rows.iter().filter(|row| !row.reverting.is_empty()) {
            let functions: Vec<String> = row
                .reverting
                .iter()
                .map(|each| format!("`{each}`"))
                .collect();
            writeln!(f, "- {}: {}", row.contract, functions.join(", "))?;
        }
        Ok(())
    }
}
