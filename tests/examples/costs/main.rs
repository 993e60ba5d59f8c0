//! Measures what SmartSync costs, on the dev chains, and prints it as Markdown: `scripts/costs.sh` writes it to
//! `docs/costs.md`. Deterministic but for keys and values, which come from a fixed seed.

mod calls;
mod migrations;
mod programs;
mod proven;
mod reads;
mod syncs;

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U64, U256, address, keccak256};
use alloy_sol_types::{SolCall, sol};
use smartsync_abi::IRegistry;
use smartsync_tests::{Chain, Error, Mirror, Stage, System, request};

const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

sol! {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
}

type State = BTreeMap<U256, U256>;

/// Calldata of a transaction that an Arbitrum sequencer surely takes: it refuses raw transactions over 95,000 bytes.
const LARGEST: usize = 90_000;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stage = Stage::start().await?;
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER).await?;
    let programs = [
        stage.registry,
        stage.notary,
        stage.program,
        stage.reader,
        verifier,
    ];
    println!("# Costs\n");
    println!(
        "Made by `scripts/costs.sh`: the programs as WASM on the dev chain ([devchain.md](devchain.md)), in EVM gas. A real Arbitrum"
    );
    println!(
        "chain adds the L1 data fee for the bytes. Random keys of a mapping at slot 0, values under 10^6, header already known.\n"
    );
    programs::report(&stage).await?;
    syncs::report(&stage, verifier, &programs).await?;
    migrations::report(&stage, &programs).await?;
    calls::report(&stage, &programs).await?;
    reads::report(&stage, &programs).await?;
    proven::report(&stage, &programs).await?;
    Ok(())
}

async fn cached(stage: &Stage, programs: &[Address], cached: bool) -> Result<(), Error> {
    for program in programs {
        if cached {
            stage
                .target
                .send(ARB_WASM_CACHE, cacheProgramCall { program: *program })
                .await?;
        } else {
            let codehash = keccak256(stage.target.code(*program).await?);
            stage
                .target
                .send(ARB_WASM_CACHE, evictCodehashCall { codehash })
                .await?;
        }
    }
    Ok(())
}

fn intrinsic_of(data: &[u8]) -> u64 {
    data.iter()
        .map(|byte| if *byte == 0 { 4 } else { 16 })
        .sum()
}

/// Gas of a transaction by itself: neither 21,000 nor calldata. It is traced, not sent, since it need not fit into a transaction.
async fn execution_gas(chain: &Chain, to: Address, data: Bytes) -> Result<u64, Error> {
    let calldata = intrinsic_of(&data);
    let method = "debug_traceCall";
    let call = serde_json::json!([
        { "from": Chain::account(0), "to": to, "data": data },
        "latest",
        { "tracer": "callTracer" },
    ]);
    let frame = chain.rpc(method, call).await?;
    let gas_used: U64 =
        serde_json::from_value(frame["gasUsed"].clone()).map_err(|error| Error::Rpc {
            method,
            reason: error.to_string(),
        })?;
    Ok(gas_used.to::<u64>() - 21_000 - calldata)
}

/// Fills a table on the source, in as many transactions as it takes.
async fn fill(stage: &Stage, table: Address, state: &State) -> Result<(), Error> {
    let entries: Vec<_> = state.iter().map(|(slot, value)| (*slot, *value)).collect();
    for chunk in entries.chunks(1_000) {
        stage.write(table, chunk.to_vec()).await?;
    }
    Ok(())
}

/// A mirror of a table of these slots, loaded and completed.
async fn mirror_of(stage: &Stage, state: &State) -> Result<(Mirror, u64), Error> {
    let table = stage.slot_table([]).await?;
    fill(stage, table, state).await?;
    let mirror = stage.create(table).await?;
    let block = stage.source.block_number().await?;
    let mut gas = 0;
    let entries: Vec<_> = state.iter().collect();
    for chunk in entries.chunks(1_000) {
        let call = stage.load_call(mirror, chunk.iter().copied());
        gas += stage.target.send(stage.registry, call).await?.gas_used;
    }
    gas += stage.complete(mirror, block).await?.gas_used;
    Ok((mirror, gas))
}

/// Slots in the order of their hashes, in which neighbours share most of their proofs.
fn by_hash(slots: impl IntoIterator<Item = U256>) -> Vec<U256> {
    let mut slots: Vec<U256> = slots.into_iter().collect();
    slots.sort_unstable_by_key(|slot| keccak256(slot.to_be_bytes::<32>()));
    slots
}

/// What an update in parts took.
#[derive(Default)]
struct Parts {
    count: usize,
    gas: u64,
    /// Of the largest part, in bytes of calldata.
    bytes: usize,
}

/// Writes slots in parts of at most `most` slots and `LARGEST` bytes, and completes.
async fn in_parts(
    stage: &Stage,
    mirror: Mirror,
    block: u64,
    slots: &[U256],
    most: usize,
) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    let mut left = slots;
    while !left.is_empty() {
        let mut take = left.len().min(most);
        let (call, data) = loop {
            let (slots, _) = left.split_at(take);
            let call = stage.part_call(mirror, block, slots).await?;
            let data = Bytes::from(call.abi_encode());
            if data.len() <= LARGEST {
                break (call, data);
            }
            take = take * 9 / 10;
        };
        let opens = stage.record(mirror).await?.status == IRegistry::Status::Active;
        let request = match opens {
            true => stage.with_lock(&call),
            false => request(stage.registry, data.clone()),
        };
        let receipt = stage.target.send_request(request).await?;
        parts.count += 1;
        parts.gas += receipt.gas_used;
        parts.bytes = parts.bytes.max(data.len());
        (_, left) = left.split_at(take);
    }
    parts.gas += stage.complete(mirror, block).await?.gas_used;
    Ok(parts)
}
