//! Measures how long a sync takes, from a source block to a confirmed sync, on two dev chains in this process, and prints
//! Markdown: `scripts/speed.sh`.
//!
//! A contract of 1,000 random slots with 32-byte values. Each run changes 1, 10 or 1,000 of them in one transaction on
//! the source and then syncs the mirror; the clock starts when the source block is there.

use std::{error::Error, path::Path};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use devchain::{Config, DevChain, Kind, dev_accounts};
use relayer::{
    Chain, DeployOptions, Elapsed, MigrateOptions, Relayer, Side, Submitter, Transaction, deploy,
    migrate, sync,
};

sol! {
    function write(uint256[] calldata slots, uint256[] calldata values) external;
}

const SLOT_TABLE: &str = include_str!("../../tests/fixtures/artifacts/SlotTable.json");
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
    let source = Submitter::new(
        Chain::connect(Side::Source, &source_chain.url()).await?,
        key(1)?,
    );
    let target = Submitter::new(
        Chain::connect(Side::Target, &target_chain.url()).await?,
        key(0)?,
    );
    let options = DeployOptions::new(source.chain().chain_id());
    let deployment = deploy(&target, None, &options).await?.deployment;
    let relayer = Relayer::new(
        source.chain().clone(),
        target,
        vec![key(0)?],
        &deployment,
        Path::new("speed"),
    )?;
    let table = create_table(&source).await?;
    for from in (0..SLOTS).step_by(500) {
        write(&source, table, from..from + 500, 0).await?;
    }
    migrate(&relayer, table, &MigrateOptions::default()).await?;

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
            write(&source, table, from..from + changed, seed).await?;
            let before = processor_ms()?;
            let report = sync(&relayer, table, &Default::default()).await?;
            let used = processor_ms()? - before;
            assert_eq!(report.changes as u64, changed, "a sync of other changes");
            if run > 0 {
                measured.push(report.elapsed_ms);
                processor.push(used);
            }
        }
        processor.sort_unstable_by(f64::total_cmp);
        for (name, rank) in [("minimum", 0), ("median", measured.len() / 2)] {
            let cells = STEPS.map(|(_, of)| {
                let mut times: Vec<f64> = measured.iter().map(of).collect();
                times.sort_unstable_by(f64::total_cmp);
                format!("{:.1}", times.get(rank).copied().unwrap_or(f64::NAN))
            });
            println!(
                "| {changed} | {target} | {name} | {} | {:.1} |",
                cells.join(" | "),
                processor.get(rank).copied().unwrap_or(f64::NAN)
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

fn key(index: usize) -> Result<PrivateKeySigner, Box<dyn Error>> {
    let accounts = dev_accounts();
    let account = accounts.get(index).ok_or("no such dev account")?;
    Ok(PrivateKeySigner::from_bytes(&account.private_key)?)
}

async fn create_table(submitter: &Submitter) -> Result<Address, Box<dyn Error>> {
    let artifact: serde_json::Value = serde_json::from_str(SLOT_TABLE)?;
    let data: Bytes = serde_json::from_value(artifact["bytecode"].clone())?;
    let creation = Transaction {
        call: "deployment",
        to: None,
        value: U256::ZERO,
        data,
    };
    let receipt = submitter.send(creation).await?;
    Ok(receipt.contract_address.ok_or("nothing was created")?)
}

/// Sets some of the slots to 32-byte values that depend on `seed`, in one transaction.
async fn write(
    submitter: &Submitter,
    table: Address,
    places: std::ops::Range<u64>,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    let slots = places.clone().map(|place| word(&[place])).collect();
    let values = places.map(|place| word(&[place, seed])).collect();
    let call = writeCall { slots, values };
    let transaction = Transaction {
        call: writeCall::SIGNATURE,
        to: Some(table),
        value: U256::ZERO,
        data: call.abi_encode().into(),
    };
    submitter.send(transaction).await?;
    Ok(())
}

/// A random-looking word.
fn word(numbers: &[u64]) -> U256 {
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect();
    keccak256(bytes).into()
}
