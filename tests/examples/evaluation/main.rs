//! The evaluation: `evaluation measure DIRECTORY` measures on the dev chains and writes CSV, `evaluation draw DIRECTORY GIVEN PAGE`
//! draws pictures of it, beside what `GIVEN` holds of others, and writes the page. `--small` measures little, in seconds. `scripts/evaluation.sh` runs both.

mod bars;
mod canvas;
mod data;
mod figure;
mod ink;
mod latency;
mod measure;
mod page;
mod picture;
mod pictures;
mod statements;
mod table;

use std::{path::Path, process::ExitCode};

type Failure = Box<dyn std::error::Error>;

/// How much is measured.
#[derive(Debug)]
struct Plan {
    /// Slots of the contracts.
    slots: Vec<usize>,
    /// Changed values of one sync.
    changed: Vec<usize>,
    /// Slots of the contract that is put into both chains by fiat; none without.
    by_fiat: usize,
    /// Runs of each kind of change.
    runs: usize,
    /// Slots of the contracts that are migrated by each way.
    migrated: Vec<usize>,
}

impl Plan {
    fn whole() -> Self {
        Self {
            slots: vec![1, 10, 100, 1_000, 10_000, 100_000],
            changed: vec![1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
            by_fiat: 1_000_000,
            runs: 30,
            migrated: vec![1_000, 10_000, 100_000],
        }
    }

    fn small() -> Self {
        Self {
            slots: vec![1, 10, 1_000],
            changed: vec![1, 10, 1_000],
            by_fiat: 2_000,
            runs: 1,
            migrated: vec![1_000],
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<(), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["measure", directory, rest @ ..] => {
            let plan = match rest {
                [] => Plan::whole(),
                ["--small"] => Plan::small(),
                _ => return Err(USAGE.into()),
            };
            let directory = Path::new(directory);
            measure::gas(&plan, directory).await?;
            latency::latency(&plan, directory).await
        }
        ["draw", measured, given, page] => {
            let directory = Path::new(measured);
            let data = data::Data::read(directory, Path::new(given))?;
            data.write_days(directory)?;
            pictures::draw(&data, directory)?;
            page::write(&data, Path::new(page))
        }
        _ => Err(USAGE.into()),
    }
}

const USAGE: &str =
    "usage: evaluation measure DIRECTORY [--small] | evaluation draw DIRECTORY GIVEN PAGE";
