//! What it costs to lock an active mirror by an opening part, and what it costs the others until it is readable again:
//! `scripts/lock.sh` writes it to `docs/reports/lock.md`. Fails where the others pay more than the opener.

use std::process::ExitCode;

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use serde_json::json;
use smartsync_abi::{
    IRegistry::partCall,
    parts::{OPENING_BYTES, OPENING_CHANGES},
};
use smartsync_tests::{
    Chain, Mirror, Stage, State, Workload,
    measure::{by_hash, in_parts, mirror_by_fiat},
};

type Failure = Box<dyn std::error::Error>;

/// Changes of the backlog, and the blocks that they are made in.
const BACKLOG: usize = 1_000;
const BLOCKS: usize = 20;

#[tokio::main]
async fn main() -> ExitCode {
    let sizes: Result<Vec<usize>, _> = std::env::args().skip(1).map(|size| size.parse()).collect();
    let result = match sizes {
        Ok(sizes) if sizes.is_empty() => run(&[1_000, 100_000, 1_000_000]).await,
        Ok(sizes) => run(&sizes).await,
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

async fn run(sizes: &[usize]) -> Result<(), Failure> {
    println!("# The price of a lock\n");
    println!(
        "Made by `scripts/lock.sh`: the programs as WASM, two dev chains. Random keys of a mapping, values under 10^6. Gas of whole \
         transactions; a real Arbitrum chain adds the L1 data fee, and the opener also pays for his changes on the source."
    );
    println!("\n## A mirror that is kept up");
    println!(
        "Only a part of the very next block opens it, so somebody must change so much in one block of the source. All that the others \
         need then is the completion.\n"
    );
    println!(
        "| slots | slots in the opening part | bytes of multi-proof | opener | others | opener : others |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut aged = Vec::new();
    for size in sizes {
        let stage = Stage::start().await?;
        let mut workload = Workload::default();
        let state = workload.state(*size);
        let mirror = mirror_by_fiat(&stage, &state).await?;
        eprintln!("a mirror of {size} slots stands");
        let changes: State = workload.changes(&state, usize::from(OPENING_CHANGES).min(size / 2));
        // As few as he needs, anywhere in the trie, where they share least.
        let snapshot = stage.source.rpc("evm_snapshot", json!([])).await?;
        stage.write(mirror.source, changes.clone()).await?;
        let block = stage.source.block_number().await?;
        let slots: Vec<U256> = changes.keys().copied().collect();
        let (_, count) = smallest(&stage, mirror, block, &slots).await?;
        stage.source.rpc("evm_revert", json!([snapshot])).await?;
        let changes: State = changes.into_iter().take(count).collect();
        stage.write(mirror.source, changes.clone()).await?;
        let block = stage.submit_head().await?;
        let slots: Vec<U256> = changes.keys().copied().collect();
        let opening = stage.part_call(mirror, block, &slots).await?;
        let opener = open(&stage, &opening).await?;
        let others = in_parts(&stage, mirror, block, &[], 1).await?.gas;
        let own = stage.record(mirror).await?;
        if own.sourceBlock != block {
            return Err("the mirror was not completed".into());
        }
        println!(
            "| {size} | {count} | {} | {opener} | {others} | {:.1} |",
            opening.multiProof.len(),
            opener as f64 / others as f64
        );
        if opener < others {
            return Err(format!("others pay {others}, the opener {opener}").into());
        }
        let mut after = state.clone();
        after.extend(&changes);
        aged.push((*size, backlog(&stage, mirror, &mut workload, after).await?));
    }
    println!("\n## A mirror that is an hour behind");
    println!(
        "Any part of 40,000 bytes or 500 slots opens it. The others bring the rest of {BACKLOG} changes, made in {BLOCKS} blocks, in parts; \
         without the lock they would have brought all of them by syncs.\n"
    );
    println!(
        "| slots | opener | others, after the lock | the same without a lock | more for the lock |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for (size, [opener, others, without]) in aged {
        let more = (others as i64) - (without as i64);
        println!("| {size} | {opener} | {others} | {without} | {more} |");
        if more > opener as i64 {
            return Err(format!("the lock costs others {more}, the opener {opener}").into());
        }
    }
    Ok(())
}

/// The smallest part of these slots that opens an active mirror, and the number of its slots.
async fn smallest(
    stage: &Stage,
    mirror: Mirror,
    block: u64,
    slots: &[U256],
) -> Result<(partCall, usize), Failure> {
    let mut count = 1;
    // Bytes grow with the slots: up by a quarter until it is enough, then down one by one.
    loop {
        let part = stage
            .part_call(mirror, block, slots.get(..count).unwrap_or(slots))
            .await?;
        if part.multiProof.len() >= OPENING_BYTES || count >= usize::from(OPENING_CHANGES) {
            break;
        }
        if count >= slots.len() {
            return Err("too few changes to open a mirror".into());
        }
        count = (count + count / 4 + 1)
            .min(slots.len())
            .min(usize::from(OPENING_CHANGES));
    }
    loop {
        let less = slots.get(..count - 1).unwrap_or_default();
        let part = stage.part_call(mirror, block, less).await?;
        if part.multiProof.len() < OPENING_BYTES && less.len() < usize::from(OPENING_CHANGES) {
            let part = stage
                .part_call(mirror, block, slots.get(..count).unwrap_or(slots))
                .await?;
            return Ok((part, count));
        }
        count -= 1;
    }
}

/// Opens the mirror as somebody else; returns the gas.
async fn open(stage: &Stage, part: &partCall) -> Result<u64, Failure> {
    let request = stage.with_lock(part).from(Chain::account(1));
    Ok(stage.target.send_request(request).await?.gas_used)
}

/// Gas of an opener, of the others after him, and of the others if nobody had opened, for a backlog of an hour.
async fn backlog(
    stage: &Stage,
    mirror: Mirror,
    workload: &mut Workload,
    mut state: State,
) -> Result<[u64; 3], Failure> {
    let snapshot = stage.target.rpc("evm_snapshot", json!([])).await?;
    stage.pass(3_600).await?;
    let mut steps = Vec::new();
    let mut all = Vec::new();
    for _ in 0..BLOCKS {
        let changes = workload.changes(&state, (BACKLOG / BLOCKS).min(state.len() / 4));
        stage.write(mirror.source, changes.clone()).await?;
        state.extend(&changes);
        all.extend(changes.keys().copied());
        steps.push((
            stage.source.block_number().await?,
            by_hash(changes.into_keys()),
        ));
    }
    all.sort_unstable();
    all.dedup();
    let all = by_hash(all);
    let block = stage.submit_head().await?;
    let opener;
    let others = {
        let (opening, count) = smallest(stage, mirror, block, &all).await?;
        opener = open(stage, &opening).await?;
        let rest = all.get(count..).unwrap_or_default();
        in_parts(stage, mirror, block, rest, 900).await?.gas
    };
    // The same chain again, without him.
    stage.target.rpc("evm_revert", json!([snapshot])).await?;
    stage.pass(3_600).await?;
    let mut without = 0;
    for (block, slots) in steps {
        stage.submit_header(block).await?;
        let sync = stage.proven_sync(mirror, block, &slots).await?;
        let bytes = sync.abi_encode().len();
        if bytes > 90_000 {
            return Err(format!("a sync of {bytes} bytes").into());
        }
        without += stage.target.send(stage.registry, sync).await?.gas_used;
    }
    Ok([opener, others, without])
}
