//! The table: a line a contract, those of a scene together.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fmt, fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// What stands before the first contract's line.
const HEAD: &str = "\
| scene | contract | package | functions | calls | mirrors alone | all proven | proven calls | only revert |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
";

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

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} equal", self.equal)?;
        for (name, count) in &self.errors {
            write!(f, "; {count} `{name}`")?;
        }
        Ok(())
    }
}

impl Tally {
    /// Adds what a cell of the table says.
    fn add(&mut self, cell: &str) {
        for counted in cell.split("; ") {
            let (count, what) = counted.split_once(' ').unwrap();
            let count: usize = count.parse().unwrap();
            match what {
                "equal" => self.equal += count,
                error => *self.errors.entry(error.replace('`', "")).or_default() += count,
            }
        }
    }
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

impl Row {
    /// Answers that are neither equal nor a typed error that is right.
    pub fn others(&self) -> impl Iterator<Item = String> {
        let others = [&self.alone, &self.complete, &self.proven]
            .into_iter()
            .flat_map(|tally| &tally.others);
        others.map(|other| format!("{}: {other}", self.contract))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reverting: Vec<String> = self
            .reverting
            .iter()
            .map(|each| format!("`{each}`"))
            .collect();
        write!(
            f,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            self.scene,
            self.contract,
            self.package,
            self.functions,
            self.calls,
            self.alone,
            self.complete,
            self.proven,
            reverting.join(", "),
        )
    }
}

/// The whole table in a few lines.
fn totals<'a>(rows: impl Iterator<Item = &'a str>) -> String {
    let (mut contracts, mut functions, mut calls) = (0, 0, 0);
    let mut packages = BTreeSet::new();
    let [mut alone, mut complete, mut proven] =
        [Tally::default(), Tally::default(), Tally::default()];
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        contracts += 1;
        packages.insert(cells[2]);
        functions += cells[3].parse::<usize>().unwrap();
        calls += cells[4].parse::<usize>().unwrap();
        alone.add(cells[5]);
        complete.add(cells[6]);
        proven.add(cells[7]);
    }
    let packages = packages.len();
    format!(
        "{contracts} contracts of {packages} packages, {functions} functions, {calls} calls.\n\n\
         - With mirrors of the contracts alone: {alone}.\n\
         - With all that can be proven: {complete}.\n\
         - By proven calls: {proven}.\n"
    )
}

fn render(rows: &[String]) -> String {
    let totals = totals(rows.iter().map(String::as_str));
    let rows = rows.join("\n");
    format!(
        "# Exactness: what views answer through mirrors and by proven calls\n\n\
         Written by `SMARTSYNC_WRITE_REPORT=1 cargo test --test exactness`, and checked by `cargo test`. Every view function of contracts from pinned npm packages, set up as they\n\
         are used (`tests/src/packages`), is asked through its mirror, on WASM on the dev chain, with arguments that occur and some that do not. The answer is compared with\n\
         that of a STATICCALL on the source at the same block. First only the contracts themselves are mirrored, then all that the calls come to is mirrored or proven, and each is asked\n\
         by STATICCALL and by CALL of a contract and by `eth_call` of two accounts. Last they are asked without mirrors, by proven calls on witnesses that the relayer's library builds.\n\
         Whether an error names the right instruction and account is judged by the source node's trace; the test fails at any other answer.\n\
         `GAS`: the answer says how much gas was used, and `GAS` is a constant here.\n\n\
         {totals}\n\
         The functions of the last column only revert: the source answers none of the calls made of them, and mirror and prover revert with the same bytes.\n\n\
         {HEAD}{rows}\n"
    )
}

/// Tests of scenes run side by side, and there is one report.
static REPORT: Mutex<()> = Mutex::new(());

/// Checks that the report says what was found of a scene, and writes it first where that is asked for. The scenes stand in the order of `scenes`.
pub fn check(scenes: &[&str], scene: &str, found: &[Row]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/reports/exactness.md");
    let _one_at_a_time = REPORT.lock().unwrap_or_else(PoisonError::into_inner);
    let written = fs::read_to_string(&path).unwrap_or_default();
    let rows = written.split_once(HEAD).map_or("", |(_, rows)| rows);
    let mut expected = Vec::new();
    for each in scenes {
        if *each == scene {
            expected.extend(found.iter().map(Row::to_string));
        } else {
            let begin = format!("| {each} | ");
            let rows = rows.lines().filter(|row| row.starts_with(&begin));
            expected.extend(rows.map(str::to_owned));
        }
    }
    let expected = render(&expected);
    if env::var_os("SMARTSYNC_WRITE_REPORT").is_some() {
        fs::write(&path, expected).unwrap();
        return;
    }
    assert!(
        written == expected,
        "{} is not what was found; SMARTSYNC_WRITE_REPORT=1 writes it",
        path.display()
    );
}
