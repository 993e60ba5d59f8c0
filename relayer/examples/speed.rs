//! Measures how long a sync takes, from a source block to a confirmed sync, on two dev chains in this process, and prints
//! Markdown: `scripts/speed.sh`.
//!
//! A contract of 1,000 random slots with 32-byte values. Each run changes 1, 10 or 1,000 of them in one transaction on
//! the source and then syncs the mirror; the clock starts when the source block is there.

mod stage;

use std::error::Error;

use devchain::{Config, DevChain, Kind};
use relayer::{Elapsed, MigrateOptions, migrate, sync};
use stage::{Stage, minimum_and_median};

const SLOTS: u64 = 1_000;
/// Slots that a run changes, and the target in milliseconds.
const TARGETS: [(u64, f64); 3] = [(1, 20.0), (10, 60.0), (1_000, 250.0)];

/// A step's name and its time.
type Step = (&'static str, fn(&Elapsed) -> f64);

const STEPS: [Step; 7] = [
    ("look up", |elapsed| elapsed.look_up),
    ("find", |elapsed| elapsed.find),
    ("fetch", |elapsed| elapsed.fetch),
    ("build", |elapsed| elapsed.build),
    ("simulate", |elapsed| elapsed.simulate),
    ("submit", |elapsed| elapsed.submit),
    ("total", |elapsed| elapsed.total),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let runs: u64 = arguments.next().map_or(Ok(30), |runs| runs.parse())?;
    let only: Vec<u64> = arguments
        .map(|changed| changed.parse())
        .collect::<Result<_, _>>()?;
    let source_chain = DevChain::spawn(Config::new(Kind::Evm)).await?;
    let target_chain = DevChain::spawn(Config::new(Kind::Stylus)).await?;
    let (stage, _) = Stage::over(&source_chain.url(), &target_chain.url()).await?;
    let table = stage.create_table().await?;
    for from in (0..SLOTS).step_by(500) {
        stage.write(table, from..from + 500, 0).await?;
    }
    migrate(&stage.relayer, table, &MigrateOptions::default()).await?;

    println!(
        "| changed slots | target | | {} | processor |",
        STEPS.map(|(name, _)| name).join(" | ")
    );
    println!("| --- | --- | --- |{} --- |", " --- |".repeat(STEPS.len()));
    let mut seed = 0;
    for (changed, target) in TARGETS {
        if !only.is_empty() && !only.contains(&changed) {
            continue;
        }
        let mut measured = Vec::new();
        let mut processor = Vec::new();
        // The first run warms caches and is not counted.
        for run in 0..=runs {
            seed += 1;
            let from = seed * 7 % (SLOTS - changed + 1);
            stage.write(table, from..from + changed, seed).await?;
            let before = processor_ms()?;
            let report = sync(&stage.relayer, table, &Default::default()).await?;
            let used = processor_ms()? - before;
            assert_eq!(report.changes as u64, changed, "a sync of other changes");
            if run > 0 {
                measured.push(report.elapsed_ms);
                processor.push(used);
            }
        }
        let steps = STEPS.map(|(_, of)| minimum_and_median(measured.iter().map(of).collect()));
        let processor = minimum_and_median(processor);
        for (place, name) in ["minimum", "median"].into_iter().enumerate() {
            let cells = steps.map(|figures| format!("{:.1}", figures[place]));
            println!(
                "| {changed} | {target} | {name} | {} | {:.1} |",
                cells.join(" | "),
                processor[place]
            );
        }
    }
    source_chain.stop().await;
    target_chain.stop().await;
    Ok(())
}

/// Time that this process, with both chains in it, has spent on processors, in milliseconds.
fn processor_ms() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let schedule = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let on_processor = schedule.split_whitespace().next().ok_or("no schedstat")?;
        nanoseconds += on_processor.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e6)
}
