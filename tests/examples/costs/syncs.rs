use alloy_primitives::Address;
use smartsync_tests::{
    Error, Stage, Workload,
    measure::{ChangeKind, Sync, cache, mirror_of, sync},
};

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
        "account proof, registry, root source, program entries, event. All of it with the programs cached. A zero byte of an account proof counts"
    );
    println!(
        "as 16 gas, not 4: which of its hashes have one depends on the clock. The rows of one N are measured one"
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
        let kinds: &[ChangeKind] = match n {
            1_000 => &[ChangeKind::Change, ChangeKind::Add, ChangeKind::Delete],
            _ => &[ChangeKind::Change],
        };
        for kind in kinds {
            for k in [1, 10, 100, 1_000].into_iter().filter(|k| *k <= n) {
                let mut measured = Vec::new();
                for cached in [false, true] {
                    cache(&stage.target, programs, cached).await?;
                    let changes = kind.changes(&mut workload, &state, k);
                    measured.push(sync(stage, verifier, mirror, &changes).await?.sent);
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

fn row(n: usize, k: usize, kind: ChangeKind, slow: Option<Sync>, fast: &Sync) {
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
