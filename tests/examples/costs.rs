//! Measures what SmartSync costs, on the dev chains, and prints it as Markdown: `scripts/costs.sh` writes it to
//! `docs/costs.md`. Deterministic but for keys and values, which come from a fixed seed.

use std::collections::BTreeMap;

use alloy::rpc::types::{AccessListItem, BlockId, TransactionReceipt};
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};
use smartsync_abi::{IRegistry, IVerifier};
use smartsync_tests::{
    Chain, Error, Mirror, MirrorReader, SelfReader, Stage, System, account_proof, request,
    storage_proof,
};

const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

sol! {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
}

type State = BTreeMap<U256, U256>;

/// Values and changed keys as the original prototype's benchmark has them: a mapping at slot 0 of random keys, values
/// under 10^6.
struct Workload {
    random: StdRng,
}

impl Workload {
    fn new() -> Self {
        Self {
            random: StdRng::seed_from_u64(0x5eed),
        }
    }

    fn value(&mut self) -> U256 {
        U256::from(self.random.random_range(1..1_000_000u32))
    }

    fn slot(&mut self) -> U256 {
        keccak256((B256::from(self.random.random::<[u8; 32]>()), B256::ZERO).abi_encode()).into()
    }

    fn state(&mut self, slots: usize) -> State {
        (0..slots).map(|_| (self.slot(), self.value())).collect()
    }

    fn some(&mut self, state: &State, count: usize) -> Vec<U256> {
        state
            .keys()
            .copied()
            .choose_multiple(&mut self.random, count)
    }
}

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Change,
    Add,
    Delete,
}

impl Kind {
    /// EVM gas of reading a cold slot and writing it: 2,100 and 2,900, or 20,000 from zero (EIP-2929, 2200). The refund of
    /// a deletion is not in it.
    const fn storage_gas(self) -> u64 {
        match self {
            Self::Change | Self::Delete => 5_000,
            Self::Add => 22_100,
        }
    }
}

/// One measured sync.
struct Sync {
    gas: u64,
    calldata_gas: u64,
    /// Of folding the same multi-proof by itself.
    proof_gas: u64,
    bytes: usize,
    account_proof: usize,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let stage = Stage::start().await?;
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER).await?;
    let programs = [stage.registry, stage.notary, stage.program, verifier];
    println!("# Costs\n");
    println!(
        "Made by `scripts/costs.sh`: the programs as WASM on the dev chain ([devchain.md](devchain.md)), in EVM gas. A real Arbitrum"
    );
    println!(
        "chain adds the L1 data fee for the bytes. Random keys of a mapping at slot 0, values under 10^6, header already known.\n"
    );
    programs_table(&stage, &programs).await?;
    syncs(&stage, verifier, &programs).await?;
    migrations(&stage, &programs).await?;
    reads(&stage, &programs).await?;
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

/// Gas of a transaction by itself: neither 21,000 nor calldata.
async fn execution_gas(chain: &Chain, to: Address, data: Bytes) -> Result<u64, Error> {
    let calldata = intrinsic_of(&data);
    let receipt = chain.transact(request(to, data)).await?;
    Ok(receipt.gas_used - 21_000 - calldata)
}

async fn programs_table(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("## Programs\n");
    println!(
        "Entry is what a call pays before the first instruction: a call with no known selector, all told.\n"
    );
    println!("| program | WASM bytes | deployed bytes | call, not cached | call, cached |");
    println!("| --- | --- | --- | --- | --- |");
    let named = [
        (stage.registry, smartsync_artifacts::REGISTRY),
        (stage.notary, smartsync_artifacts::NOTARY),
        (stage.program, smartsync_artifacts::PROXY),
        (programs[3], smartsync_artifacts::VERIFIER),
    ];
    for (at, artifact) in named {
        let mut gas = [0; 2];
        for (index, cache) in [false, true].into_iter().enumerate() {
            cached(stage, &[at], cache).await?;
            gas[index] = execution_gas(&stage.target, at, Bytes::from_static(&[0xff; 4])).await?;
        }
        println!(
            "| {} | {} | {} | {} | {} |",
            artifact.name,
            artifact.wasm.len(),
            artifact.deploy_code().len(),
            gas[0],
            gas[1]
        );
    }
    println!();
    Ok(())
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
        let call = IRegistry::loadCall {
            proxy: mirror.proxy,
            slots: chunk.iter().map(|entry| *entry.0).collect(),
            values: chunk.iter().map(|entry| *entry.1).collect(),
        };
        gas += stage.target.send(stage.registry, call).await?.gas_used;
    }
    gas += complete(stage, mirror, block).await?.gas_used;
    Ok((mirror, gas))
}

async fn complete(stage: &Stage, mirror: Mirror, block: u64) -> Result<TransactionReceipt, Error> {
    let target_block = stage.target.block_number().await?;
    stage.target.rpc("evm_mine", serde_json::json!([])).await?;
    let source = stage.source.proof(mirror.source, &[], block).await?;
    let target = stage.target.proof(mirror.proxy, &[], target_block).await?;
    let (_, header) = stage.target.header(target_block).await?;
    let call = IRegistry::completeCall {
        proxy: mirror.proxy,
        sourceBlock: block,
        sourceAccountProof: account_proof(&source),
        targetHeader: header,
        targetAccountProof: account_proof(&target),
    };
    stage.target.send(stage.registry, call).await
}

/// Longest multi-proof that goes into one transaction: an Arbitrum sequencer refuses transactions over 95,000 bytes.
const LARGEST: usize = 90_000;

/// Changes slots on the source and syncs them; `Err` with the multi-proof's length when that takes parts.
async fn sync(
    stage: &Stage,
    verifier: Address,
    mirror: Mirror,
    changes: &State,
) -> Result<Result<Sync, usize>, Error> {
    let entries: Vec<_> = changes
        .iter()
        .map(|(slot, value)| (*slot, *value))
        .collect();
    let slots: Vec<U256> = changes.keys().copied().collect();
    stage.write(mirror.source, entries).await?;
    let block = stage.submit_head().await?;
    let built = stage.build(mirror, block, &slots).await?;
    if built.multi_proof.len() > LARGEST {
        return Ok(Err(built.multi_proof.len()));
    }
    let pre = stage
        .target
        .proof(mirror.proxy, &slots, BlockId::latest())
        .await?;
    let mut by_hash: Vec<(B256, U256)> = pre
        .storage_proof
        .iter()
        .map(|slot| (keccak256(slot.key.as_b256()), slot.value))
        .collect();
    by_hash.sort_unstable();
    let roots = IVerifier::transitionRootsCall {
        preValues: by_hash.into_iter().map(|entry| entry.1).collect(),
        multiProof: built.multi_proof.clone().into(),
    };
    let entry = execution_gas(&stage.target, verifier, Bytes::from_static(&[0xff; 4])).await?;
    let proof_gas =
        execution_gas(&stage.target, verifier, roots.abi_encode().into()).await? - entry;
    let call = stage
        .sync_call(mirror, block, built.multi_proof.clone())
        .await?;
    let account_proof = call.accountProof.iter().map(|node| node.len()).sum();
    let calldata_gas = intrinsic_of(&call.abi_encode());
    let receipt = stage.target.send(stage.registry, call).await?;
    Ok(Ok(Sync {
        gas: receipt.gas_used,
        calldata_gas,
        proof_gas,
        bytes: built.multi_proof.len(),
        account_proof,
    }))
}

async fn syncs(stage: &Stage, verifier: Address, programs: &[Address]) -> Result<(), Error> {
    let mut workload = Workload::new();
    println!("## One sync\n");
    println!(
        "N slots in the contract, K of them changed, added or deleted. *storage* is reading and writing the mirror's slots (EIP-2929,"
    );
    println!(
        "EIP-2200; before the refund of deletions), *proof* is folding both lanes (the same multi-proof through `verifier.transitionRoots`,"
    );
    println!(
        "less entry), *rest* is what remains: account proof, registry, root source, program entries, event.\n"
    );
    println!(
        "| N | K | kind | gas, cached | gas, not cached | intrinsic | calldata | storage | proof | rest (cached) | multi-proof bytes |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut longest = 0;
    'sizes: for n in [1, 10, 100, 1_000, 100_000] {
        let mut state = workload.state(n);
        let (mirror, _) = mirror_of(stage, &state).await?;
        let kinds: &[Kind] = if n == 1_000 {
            &[Kind::Change, Kind::Add, Kind::Delete]
        } else {
            &[Kind::Change]
        };
        for kind in kinds {
            for k in [1, 10, 100, 1_000]
                .into_iter()
                .filter(|k| *k <= n && (*kind == Kind::Change || *k <= 100))
            {
                let mut measured = Vec::new();
                for cache in [false, true] {
                    cached(stage, programs, cache).await?;
                    let changes: State = match kind {
                        Kind::Add => (0..k)
                            .map(|_| (workload.slot(), workload.value()))
                            .collect(),
                        Kind::Delete => workload
                            .some(&state, k)
                            .into_iter()
                            .map(|slot| (slot, U256::ZERO))
                            .collect(),
                        Kind::Change => {
                            let slots = workload.some(&state, k);
                            slots
                                .into_iter()
                                .map(|slot| (slot, state[&slot] % U256::from(999_999) + U256::ONE))
                                .collect()
                        }
                    };
                    match sync(stage, verifier, mirror, &changes).await? {
                        Ok(sync) => measured.push(sync),
                        Err(bytes) => {
                            println!(
                                "| {n} | {k} and more | {} | in parts | | | | | | | {bytes} |",
                                format!("{kind:?}").to_lowercase()
                            );
                            continue 'sizes;
                        }
                    }
                    state.extend(&changes);
                    state.retain(|_, value| !value.is_zero());
                }
                let [slow, fast] = &measured[..] else {
                    continue;
                };
                longest = longest.max(fast.account_proof);
                let storage = kind.storage_gas() * k as u64;
                let rest = fast.gas as i64
                    - 21_000
                    - (fast.calldata_gas + storage + fast.proof_gas) as i64;
                println!(
                    "| {n} | {k} | {} | {} | {} | 21000 | {} | {storage} | {} | {rest} | {} |",
                    format!("{kind:?}").to_lowercase(),
                    fast.gas,
                    slow.gas,
                    fast.calldata_gas,
                    fast.proof_gas,
                    fast.bytes
                );
            }
        }
    }
    println!(
        "\nFor comparison, at N = 1,000 and the same changes the original Solidity prototype needs 822,872 gas for one changed slot,"
    );
    println!("3,560,206 for 10, 27,618,281 for 100 and 191,901,933 for 1,000.");
    println!("\nThe account proofs were at most {longest} bytes.\n");
    Ok(())
}

async fn migrations(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    cached(stage, programs, true).await?;
    let mut workload = Workload::new();
    println!("## Migration\n");
    println!(
        "Gas for each slot, all transactions but `deployLogic` and `create` counted; writing a slot alone is 22,100.\n"
    );
    println!("| way | slots | gas | gas a slot |");
    println!("| --- | --- | --- | --- |");
    let state = workload.state(1_000);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &state).await?;
    let mirror = stage.create(table).await?;
    let (_, receipt) = stage.sync_all(mirror).await?;
    row("one sync from the empty state", 1_000, receipt.gas_used);
    let (_, gas) = mirror_of(stage, &workload.state(2_000)).await?;
    row("load, complete", 2_000, gas);

    let state = workload.state(2_000);
    let table = stage.slot_table([]).await?;
    fill(stage, table, &state).await?;
    let mirror = stage.create(table).await?;
    let block = stage.source.block_number().await?;
    let mut slots: Vec<U256> = state.keys().copied().collect();
    slots.sort_unstable_by_key(|slot| keccak256(B256::from(*slot)));
    let mut gas = 0;
    for chunk in slots.chunks(1_000) {
        let proof = stage.source.proof(table, chunk, block).await?;
        let values: Vec<(U256, U256)> = proof
            .storage_proof
            .iter()
            .map(|slot| (slot.key.as_b256().into(), slot.value))
            .collect();
        let built =
            smartsync_proof::build_inclusion(&values, proof.storage_hash, storage_proof(&proof))
                .map_err(|error| Error::Rpc {
                    method: "eth_getProof",
                    reason: error.to_string(),
                })?;
        let call = IRegistry::partCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            accountProof: account_proof(&proof),
            multiProof: built.multi_proof.into(),
        };
        gas += stage.target.send(stage.registry, call).await?.gas_used;
    }
    gas += complete(stage, mirror, block).await?.gas_used;
    row("parts, complete", 2_000, gas);
    println!();
    Ok(())
}

fn row(way: &str, slots: u64, gas: u64) {
    println!("| {way} | {slots} | {gas} | {} |", gas / slots);
}

async fn reads(stage: &Stage, programs: &[Address]) -> Result<(), Error> {
    println!("## One read\n");
    println!(
        "Gas that a view call of one slot takes through the mirror, above the same call of the logic itself. The prototype of the paper adds"
    );
    println!("4,178 to a cold call and 1,678 to a warm one.\n");
    println!("| context | programs | gas added |");
    println!("| --- | --- | --- |");
    let source = stage.on_source(&SelfReader::BYTECODE, []).await?;
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(77),
            },
        )
        .await?;
    let mirror = stage.migrate(source).await?;
    let logic = stage.record(mirror).await?.logic;
    let direct = stage.on_target(&SelfReader::BYTECODE, []).await?;
    stage
        .target
        .send(
            direct,
            SelfReader::setCall {
                value_: U256::from(77),
            },
        )
        .await?;
    let reader = stage.on_target(&MirrorReader::BYTECODE, [0; 32]).await?;
    let data = Bytes::from(SelfReader::valueCall {}.abi_encode());
    for cache in [true, false] {
        cached(stage, programs, cache).await?;
        let label = if cache { "cached" } else { "not cached" };
        for (warm, nth) in [(false, "first"), (true, "repeated")] {
            let metered = async |mirror| {
                let call = MirrorReader::meterStaticCall {
                    mirror,
                    data: data.clone(),
                    gasLimit: U256::from(1_000_000),
                };
                let mut request = request(reader, call.abi_encode().into());
                if warm {
                    // What an earlier read in the same transaction leaves warm (EIP-2929, EIP-2930).
                    let account = |address| AccessListItem {
                        address,
                        storage_keys: vec![B256::ZERO],
                    };
                    request = request.access_list(vec![account(mirror), account(logic)].into());
                }
                let failed = |reason: String| Error::Rpc {
                    method: "eth_call",
                    reason,
                };
                let output = stage
                    .target
                    .call_with(request)
                    .await
                    .map_err(|error| failed(format!("{error:?}")))?;
                MirrorReader::meterStaticCall::abi_decode_returns(&output)
                    .map(|answer| answer.gasUsed.to::<u64>())
                    .map_err(|error| failed(error.to_string()))
            };
            let added = metered(mirror.proxy).await? - metered(direct).await?;
            println!(
                "| STATICCALL from a contract, {nth} in the transaction | {label} | {added} |"
            );
        }
        let through = execution_gas(&stage.target, mirror.proxy, data.clone()).await?;
        let alone = execution_gas(&stage.target, direct, data.clone()).await?;
        println!(
            "| not static (a wallet's `eth_call`, a plain CALL), through the program | {label} | {} |",
            through - alone
        );
    }
    println!();
    Ok(())
}
