//! Measures a contract with a million slots, on two dev chains in this process, and prints Markdown: `scripts/speed.sh`.
//!
//! The slots are put into both chains by fiat, since sending them takes an hour; the registry then verifies the mirror
//! as it would any other: by the proof that its whole storage equals the source's.

use std::{error::Error, path::Path, time::Instant};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use devchain::{Config, DevChain, Kind, dev_accounts};
use relayer::{
    AccountProof, Chain, DeployOptions, MigrateOptions, RawHeader, Relayer, Side, Submitter,
    Transaction, deploy, diff, finder::Finders, migrate, sync,
};
use serde_json::{Map, Value, json};
use smartsync_abi::IRegistry;

sol! {
    function write(uint256[] calldata slots, uint256[] calldata values) external;
}

const SLOT_TABLE: &str = include_str!("../../tests/fixtures/artifacts/SlotTable.json");
const CHUNK: u64 = 100_000;
const CHANGED: u64 = 100;
const RUNS: u64 = 9;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let slots: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |slots| slots.parse())?;
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
    let mut relayer = Relayer::new(
        source.chain().clone(),
        target,
        vec![key(0)?],
        &deployment,
        Path::new("million_slots"),
    )?;
    // A mirror that was interrupted while it was loaded: its creator goes on with it.
    let table = create_table(&source).await?;
    let proxy = open_mirror(&relayer, &source, table).await?;
    for from in (0..slots).step_by(CHUNK as usize) {
        let entries = Value::Object(entries(from..slots.min(from + CHUNK)));
        for (chain, address) in [(source.chain(), table), (relayer.target(), proxy)] {
            let _block: Value = chain
                .request("smartsync_setStorage", json!([address, entries]))
                .await?;
        }
    }
    let options = MigrateOptions {
        load: true,
        ..MigrateOptions::default()
    };
    relayer.finders = Finders::only("full listing").ok_or("no listing")?;
    let before = peak_mib()?;
    let began = Instant::now();
    let migrated = migrate(&relayer, table, &options).await?;
    assert_eq!(migrated.proxy, proxy, "another mirror");
    println!(
        "- both listings compared and the mirror proven complete: {:.1} s",
        began.elapsed().as_secs_f64()
    );

    write(&source, table, 0..CHANGED, 1).await?;
    let began = Instant::now();
    let report = diff(&relayer, table, None).await?;
    assert_eq!(report.changes.len() as u64, CHANGED, "other changes");
    println!(
        "- `diff` of {CHANGED} changed slots by {}: {:.1} s",
        report.found_by.unwrap_or("nothing"),
        began.elapsed().as_secs_f64()
    );
    println!(
        "- memory of the process, with both chains and their {} slots: {before} MiB before, at most {} MiB in both",
        2 * slots,
        peak_mib()?
    );

    relayer.finders = Finders::default();
    let mut times = Vec::new();
    for run in 0..=RUNS {
        let from = 1_000 * (run + 1);
        write(&source, table, from..from + CHANGED, run + 2).await?;
        let report = sync(&relayer, table, &Default::default()).await?;
        if run > 0 {
            assert_eq!(report.changes as u64, CHANGED, "other changes");
            times.push(report.elapsed_ms.total);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    println!(
        "- a sync of {CHANGED} changed slots: minimum {:.0} ms, median {:.0} ms of {RUNS}",
        times.first().copied().unwrap_or(f64::NAN),
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    );
    source_chain.stop().await;
    target_chain.stop().await;
    Ok(())
}

/// A mirror that is created, and loaded with one slot.
async fn open_mirror(
    relayer: &Relayer,
    source: &Submitter,
    table: Address,
) -> Result<Address, Box<dyn Error>> {
    // A mirror of another contract with the same code teaches the registry the logic and the header.
    let twin = create_table(source).await?;
    write(source, twin, 0..1, 0).await?;
    let twin = migrate(relayer, twin, &MigrateOptions::default()).await?;
    let header = RawHeader::fetch(&relayer.source, twin.source_block).await?;
    let account = AccountProof::fetch(&relayer.source, table, &[], &header).await?;
    let create = IRegistry::createCall {
        source: table,
        logic: twin.logic,
        sourceBlock: twin.source_block,
        accountProof: account.nodes,
    };
    let transaction = Transaction {
        call: IRegistry::createCall::SIGNATURE,
        to: Some(relayer.registry.address),
        value: U256::ONE,
        data: create.abi_encode().into(),
    };
    relayer.submitter.send(transaction).await?;
    let created = relayer
        .registry
        .created(relayer.target(), Some(table))
        .await?;
    let proxy = created.first().ok_or("nothing was created")?.proxy;
    let load = IRegistry::loadCall {
        proxy,
        slots: vec![slot(0)],
        values: vec![value(0, 0)],
    };
    let transaction = Transaction {
        call: IRegistry::loadCall::SIGNATURE,
        to: Some(relayer.registry.address),
        value: U256::ZERO,
        data: load.abi_encode().into(),
    };
    relayer.submitter.send(transaction).await?;
    Ok(proxy)
}

/// Most memory that this process ever had, in MiB.
fn peak_mib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM")?;
    let kib: u64 = line.split_whitespace().next().ok_or("no size")?.parse()?;
    Ok(kib / 1_024)
}

fn key(index: usize) -> Result<PrivateKeySigner, Box<dyn Error>> {
    let accounts = dev_accounts();
    let account = accounts.get(index).ok_or("no such dev account")?;
    Ok(PrivateKeySigner::from_bytes(&account.private_key)?)
}

async fn create_table(submitter: &Submitter) -> Result<Address, Box<dyn Error>> {
    let artifact: Value = serde_json::from_str(SLOT_TABLE)?;
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

async fn write(
    submitter: &Submitter,
    table: Address,
    places: std::ops::Range<u64>,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    let call = writeCall {
        slots: places.clone().map(slot).collect(),
        values: places.map(|place| value(place, seed)).collect(),
    };
    let transaction = Transaction {
        call: writeCall::SIGNATURE,
        to: Some(table),
        value: U256::ZERO,
        data: call.abi_encode().into(),
    };
    submitter.send(transaction).await?;
    Ok(())
}

fn entries(places: std::ops::Range<u64>) -> Map<String, Value> {
    places
        .map(|place| (format!("{:#x}", slot(place)), json!(value(place, 0))))
        .collect()
}

fn slot(place: u64) -> U256 {
    keccak256(place.to_be_bytes()).into()
}

fn value(place: u64, seed: u64) -> U256 {
    keccak256([place.to_be_bytes(), seed.to_be_bytes()].concat()).into()
}
