use alloy::rpc::types::BlockId;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use smartsync_abi::IVerifier;
use smartsync_tests::{Error, Mirror, Stage, Workload};

use crate::{
    LARGEST, Parts, State, by_hash, cached, execution_gas, in_parts, intrinsic_of, mirror_of,
};

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

    /// Gas given back for slots that become zero: 4,800 each, at most a fifth of the gas before (EIP-3529). `used` is the
    /// gas after.
    fn refund(self, slots: u64, used: u64) -> u64 {
        match self {
            Self::Delete => (4_800 * slots).min(used / 4),
            Self::Change | Self::Add => 0,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Add => "add",
            Self::Delete => "delete",
        }
    }

    /// So many changes of a state.
    fn changes(self, workload: &mut Workload, state: &State, count: usize) -> State {
        match self {
            Self::Add => workload.state(count),
            Self::Delete => workload
                .some(state, count)
                .into_iter()
                .map(|slot| (slot, U256::ZERO))
                .collect(),
            Self::Change => workload.changes(state, count),
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

/// Prints the tables.
pub async fn report(stage: &Stage, verifier: Address, programs: &[Address]) -> Result<(), Error> {
    let mut workload = Workload::default();
    println!("## One sync\n");
    println!(
        "N slots in the contract, K of them changed, added or deleted. *gas* is all of the transaction, and the sum of the columns behind it:"
    );
    println!(
        "*storage* is reading and writing the mirror's slots (EIP-2929, EIP-2200), *proof* is folding both lanes (the same multi-proof through"
    );
    println!(
        "`verifier.transitionRoots`, less entry), *refund* is given back for slots that become zero (EIP-3529), and *rest* is what remains:"
    );
    println!(
        "account proof, registry, root source, program entries, event. All of it with the programs cached. The rows of one N are measured one"
    );
    println!(
        "after the other, twice each, on one contract: when the deletes begin, the adds have made 3,222 slots of its 1,000.\n"
    );
    println!(
        "| N | K | kind | gas | intrinsic | calldata | storage | proof | rest | refund | gas, not cached | multi-proof bytes |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut longest = 0;
    let mut large = Vec::new();
    for n in [1, 10, 100, 1_000, 100_000] {
        let mut state = workload.state(n);
        let (mirror, _) = mirror_of(stage, &state).await?;
        let kinds: &[Kind] = match n {
            1_000 => &[Kind::Change, Kind::Add, Kind::Delete],
            _ => &[Kind::Change],
        };
        for kind in kinds {
            for k in [1, 10, 100, 1_000].into_iter().filter(|k| *k <= n) {
                let mut measured = Vec::new();
                for cache in [false, true] {
                    cached(stage, programs, cache).await?;
                    let changes = kind.changes(&mut workload, &state, k);
                    measured.push(sync(stage, verifier, mirror, &changes).await?);
                    state.extend(&changes);
                    state.retain(|_, value| !value.is_zero());
                }
                // The second one, cached, is the row; the first one only says what it is when the programs are not.
                let (Some(fast), slow) = (measured.pop(), measured.pop()) else {
                    continue;
                };
                match fast {
                    Ok(fast) => {
                        longest = longest.max(fast.account_proof);
                        row(n, k, *kind, slow.and_then(Result::ok), &fast);
                    }
                    Err(parts) => large.push((n, k, *kind, parts)),
                }
            }
        }
    }
    println!(
        "\nFor comparison, at N = 1,000 and the same changes the original Solidity prototype needs 822,872 gas for one changed slot,"
    );
    println!("3,560,206 for 10, 27,618,281 for 100 and 191,901,933 for 1,000.");
    println!("\nThe account proofs were at most {longest} bytes.\n");
    println!("## In parts\n");
    println!(
        "What one transaction does not take: parts and the completion, all told, the programs cached. Migrations of 100,000 slots and an update of"
    );
    println!("5,000: [reports/parts-large.md](reports/parts-large.md).\n");
    println!("| N | K | kind | parts | largest part, calldata bytes | gas, all |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (n, k, kind, parts) in large {
        println!(
            "| {n} | {k} | {} | {} | {} | {} |",
            kind.name(),
            parts.count,
            parts.bytes,
            parts.gas
        );
    }
    println!();
    Ok(())
}

fn row(n: usize, k: usize, kind: Kind, slow: Option<Sync>, fast: &Sync) {
    let storage = kind.storage_gas() * k as u64;
    let refund = kind.refund(k as u64, fast.gas);
    let rest =
        (fast.gas + refund) as i64 - 21_000 - (fast.calldata_gas + storage + fast.proof_gas) as i64;
    println!(
        "| {n} | {k} | {} | {} | 21000 | {} | {storage} | {} | {rest} | {} | {} | {} |",
        kind.name(),
        fast.gas,
        fast.calldata_gas,
        fast.proof_gas,
        match refund {
            0 => String::new(),
            refund => format!("-{refund}"),
        },
        slow.map_or_else(|| "in parts".to_owned(), |slow| slow.gas.to_string()),
        fast.bytes
    );
}

/// Changes slots on the source and syncs them, in parts where one transaction does not take them.
async fn sync(
    stage: &Stage,
    verifier: Address,
    mirror: Mirror,
    changes: &State,
) -> Result<Result<Sync, Parts>, Error> {
    let entries: Vec<_> = changes
        .iter()
        .map(|(slot, value)| (*slot, *value))
        .collect();
    let slots: Vec<U256> = changes.keys().copied().collect();
    stage.write(mirror.source, entries).await?;
    let block = stage.submit_head().await?;
    let built = stage.build(mirror, block, &slots).await?;
    let call = stage
        .sync_call(mirror, block, built.multi_proof.clone())
        .await?;
    if call.abi_encode().len() > LARGEST {
        let slots = by_hash(slots);
        return Ok(Err(in_parts(stage, mirror, block, &slots, 1_000).await?));
    }
    let pre = stage
        .target
        .proof(mirror.proxy, &slots, BlockId::latest())
        .await?;
    let mut values: Vec<(B256, U256)> = pre
        .storage_proof
        .iter()
        .map(|slot| (keccak256(slot.key.as_b256()), slot.value))
        .collect();
    values.sort_unstable();
    let roots = IVerifier::transitionRootsCall {
        preValues: values.into_iter().map(|entry| entry.1).collect(),
        multiProof: built.multi_proof.clone().into(),
    };
    let entry = execution_gas(&stage.target, verifier, Bytes::from_static(&[0xff; 4])).await?;
    let proof_gas =
        execution_gas(&stage.target, verifier, roots.abi_encode().into()).await? - entry;
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
