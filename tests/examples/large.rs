//! Mirrors a contract of 100,000 slots in proven parts and brings one block's update of 5,000 slots over in parts, with the
//! relayer, and prints what each transaction took as Markdown: `scripts/large.sh` writes it to
//! `docs/reports/parts-large.md`. Fails where a bound of the design is missed.

use std::{collections::BTreeMap, path::Path, process::ExitCode, time::Instant};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, TxHash, U256};
use alloy_sol_types::SolCall;
use devchain::{Config, DevChain, Kind};
use relayer::{
    DeployOptions, MigrateOptions, Relayer, SourceChainFacts, SyncOptions, deploy, migrate, sync,
};
use serde_json::json;
use smartsync_abi::IRegistry;
use smartsync_chain::{Chain as RelayerChain, Side, Submitter};
use smartsync_tests::{Chain, PRIVATE_KEYS, SlotTable, Workload, request, storage_root};

type Failure = Box<dyn std::error::Error>;

/// An SSTORE of a cold slot from zero (EIP-2929, EIP-2200): the floor of a migration, in gas a slot.
const FLOOR: u64 = 22_100;
/// What a migration in parts may cost, in gas a slot: 1.10 times the floor.
const MOST_GAS_A_SLOT: u64 = 24_310;
/// Calldata of a transaction that a sequencer surely takes.
const MOST_BYTES: usize = 90_000;
/// Gas of a transaction on an Arbitrum chain.
const MOST_GAS: u64 = 32_000_000;

/// One transaction to the registry.
struct Sent {
    call: &'static str,
    bytes: usize,
    gas: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let slots = std::env::args()
        .nth(1)
        .map_or(Ok(100_000), |slots| slots.parse());
    let result = match slots {
        Ok(slots) => run(slots).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(slots: usize) -> Result<(), Failure> {
    let source_chain = DevChain::spawn(Config::new(Kind::Evm)).await?;
    let target_chain = DevChain::spawn(Config::new(Kind::Stylus)).await?;
    let (source, target) = (
        Chain::at(&source_chain.url()),
        Chain::at(&target_chain.url()),
    );
    let relayer = connect(&source_chain.url(), &target_chain.url()).await?;

    let mut workload = Workload::default();
    let mut state = workload.state(slots);
    let table = source.deploy(&SlotTable::BYTECODE, []).await?;
    source
        .rpc("smartsync_setStorage", json!([table, state]))
        .await?;
    eprintln!("the source has its {slots} slots");

    println!("# Large contracts, in parts\n");
    println!(
        "Made by `scripts/large.sh`: the relayer, the programs as WASM, two dev chains. Random keys of a mapping, values under 10^6."
    );
    println!("Gas is that of whole transactions; a real Arbitrum chain adds the L1 data fee.\n");
    println!(
        "| what | slots | parts | largest part, calldata bytes | largest part, gas | gas, all | gas a slot |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");

    let started = Instant::now();
    let migrated = migrate(&relayer, table, &MigrateOptions::default()).await?;
    eprintln!(
        "migrated in {:.0?}: {:?}",
        started.elapsed(),
        migrated.elapsed_ms
    );
    let sent = look_up(&target, &migrated.transactions).await?;
    let a_slot = row("migration", slots, &sent)?;
    if a_slot > MOST_GAS_A_SLOT {
        return Err(format!("{a_slot} gas a slot, more than {MOST_GAS_A_SLOT}").into());
    }
    same(&target, migrated.proxy, &state).await?;

    let changed = slots / 20;
    let changes = workload.changes(&state, changed);
    write_in_one_block(&source, table, &changes).await?;
    state.extend(&changes);
    let started = Instant::now();
    let synced = sync(&relayer, table, &SyncOptions::default()).await?;
    eprintln!(
        "synced in {:.0?}: {:?}",
        started.elapsed(),
        synced.elapsed_ms
    );
    let sent = look_up(&target, &synced.transactions).await?;
    row("update of one block", changed, &sent)?;
    same(&target, migrated.proxy, &state).await?;

    println!(
        "\nThe floor of a migration is {FLOOR} gas a slot, one SSTORE from zero each; the bound is 1.10 times that, {MOST_GAS_A_SLOT}. `submitHeader`"
    );
    println!(
        "and `complete` are counted, `deployCode` and `create` are not. After each step the mirror's storage root was that of an"
    );
    println!("independent trie over the source's slots.");
    source_chain.stop().await;
    target_chain.stop().await;
    Ok(())
}

async fn connect(source_url: &str, target_url: &str) -> Result<Relayer, Failure> {
    let key: PrivateKeySigner = PRIVATE_KEYS[0].parse()?;
    let source = RelayerChain::connect(Side::Source, source_url).await?;
    let target = RelayerChain::connect(Side::Target, target_url).await?;
    let submitter = Submitter::new(target, key.clone());
    let options = DeployOptions::new(source.chain_id(), SourceChainFacts::cautious(0));
    let deployment = deploy(&submitter, None, &options).await?.deployment;
    let path = Path::new("deployment");
    Ok(Relayer::new(
        source,
        submitter,
        vec![key],
        &deployment,
        path,
    )?)
}

/// Real transactions, of 1,000 slots each, all in one block.
async fn write_in_one_block(
    source: &Chain,
    table: Address,
    changes: &BTreeMap<U256, U256>,
) -> Result<(), Failure> {
    let before = source.block_number().await?;
    source.rpc("evm_setAutomine", json!([false])).await?;
    let entries: Vec<_> = changes.iter().collect();
    for chunk in entries.chunks(1_000) {
        let call = SlotTable::writeCall {
            slots: chunk.iter().map(|entry| *entry.0).collect(),
            values: chunk.iter().map(|entry| *entry.1).collect(),
        };
        let request = request(table, call.abi_encode().into());
        source.rpc("eth_sendTransaction", json!([request])).await?;
    }
    source.rpc("evm_mine", json!([])).await?;
    source.rpc("evm_setAutomine", json!([true])).await?;
    if source.block_number().await? != before + 1 {
        return Err("the update took more than one block".into());
    }
    Ok(())
}

/// What transactions to the registry took, in order.
async fn look_up(target: &Chain, hashes: &[TxHash]) -> Result<Vec<Sent>, Failure> {
    let mut sent = Vec::new();
    for hash in hashes {
        let transaction = target
            .rpc("eth_getTransactionByHash", json!([hash]))
            .await?;
        let receipt = target
            .rpc("eth_getTransactionReceipt", json!([hash]))
            .await?;
        let input: alloy_primitives::Bytes = serde_json::from_value(transaction["input"].clone())?;
        let gas: U256 = serde_json::from_value(receipt["gasUsed"].clone())?;
        if receipt["status"] != "0x1" {
            return Err(format!("transaction {hash} failed").into());
        }
        sent.push(Sent {
            call: name_of(&input),
            bytes: input.len(),
            gas: gas.to(),
        });
    }
    Ok(sent)
}

fn name_of(input: &[u8]) -> &'static str {
    match input.first_chunk::<4>().copied() {
        Some(IRegistry::partCall::SELECTOR) => "part",
        Some(IRegistry::completeCall::SELECTOR) => "complete",
        Some(IRegistry::submitHeaderCall::SELECTOR) => "submitHeader",
        Some(IRegistry::createCall::SELECTOR | IRegistry::multicallCall::SELECTOR) => "create",
        Some(IRegistry::deployCodeCall::SELECTOR) => "deployCode",
        _ => "other",
    }
}

/// Prints what the parts and what goes with them took; returns gas a slot, rounded up.
fn row(what: &str, slots: usize, sent: &[Sent]) -> Result<u64, Failure> {
    for transaction in sent {
        eprintln!(
            "{}: {} bytes, {} gas",
            transaction.call, transaction.bytes, transaction.gas
        );
    }
    let parts: Vec<&Sent> = sent.iter().filter(|sent| sent.call == "part").collect();
    let bytes = parts
        .iter()
        .map(|part| part.bytes)
        .max()
        .unwrap_or_default();
    let gas = parts.iter().map(|part| part.gas).max().unwrap_or_default();
    if parts.is_empty() || bytes > MOST_BYTES || gas > MOST_GAS {
        return Err(format!(
            "{what}: {} parts, up to {bytes} bytes and {gas} gas",
            parts.len()
        )
        .into());
    }
    let all: u64 = sent
        .iter()
        .filter(|sent| !matches!(sent.call, "create" | "deployCode"))
        .map(|sent| sent.gas)
        .sum();
    let a_slot = all.div_ceil(slots as u64);
    println!(
        "| {what} | {slots} | {} | {bytes} | {gas} | {all} | {a_slot} |",
        parts.len()
    );
    Ok(a_slot)
}

/// Compares the mirror's storage root with an independent trie.
async fn same(target: &Chain, proxy: Address, state: &BTreeMap<U256, U256>) -> Result<(), Failure> {
    let (expected, found) = (storage_root(state), target.storage_root(proxy).await?);
    if expected == found {
        Ok(())
    } else {
        Err(format!("the mirror's storage root is {found}, not {expected}").into())
    }
}
