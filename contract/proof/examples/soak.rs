//! Random transitions, each checked in every way: built from whole states and from EIP-1186 nodes, roots compared with
//! alloy's hash builder and with `eth_trie`, confirmed by the verifier, and forged. `scripts/soak-proof.sh` runs it and
//! writes the report. Stops with an error at the first disagreement.

#[path = "../tests/proof/ground.rs"]
mod ground;
#[allow(dead_code)]
#[path = "../tests/proof/oracle.rs"]
mod oracle;

use std::time::Instant;

use alloy_primitives::U256;
use oracle::{State, check_transition, confirm};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// What was tried.
#[derive(Default)]
struct Tally {
    transitions: u64,
    changes: u64,
    added: u64,
    altered: u64,
    deleted: u64,
    from_empty: u64,
    to_empty: u64,
    bytes: u64,
    forged: u64,
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>());
    let (Some(Ok(count)), Some(Ok(seed)), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: soak TRANSITIONS SEED");
        std::process::exit(2);
    };
    let started = Instant::now();
    let mut random = StdRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let close = ground::all();
    while tally.transitions < count {
        // Most states are small, where every shape is frequent; a few are large.
        let distant = match random.random_range(0..10_000) {
            0 => 2_000,
            1..60 => random.random_range(50..300),
            _ => random.random_range(0..12),
        };
        let mut pool: Vec<_> = (0..distant).map(|_| word(&mut random)).collect();
        let few = random.random_range(1..=close.len());
        pool.extend(close.choose_multiple(&mut random, few));
        walk(&pool, &mut random, &mut tally, count);
        if tally.transitions % 50_000 < 10 {
            eprintln!(
                "{} transitions, {} s",
                tally.transitions,
                started.elapsed().as_secs()
            );
        }
    }
    println!("| what | number |\n| --- | --- |");
    for (what, number) in [
        ("transitions", tally.transitions),
        ("changed slots", tally.changes),
        ("of these added", tally.added),
        ("altered", tally.altered),
        ("deleted", tally.deleted),
        ("transitions from the empty trie", tally.from_empty),
        ("transitions to the empty trie", tally.to_empty),
        ("bytes of multi-proofs", tally.bytes),
        ("forged proofs, all refused", tally.forged),
        ("disagreements", 0),
        ("seed", seed),
        ("seconds", started.elapsed().as_secs()),
    ] {
        println!("| {what} | {number} |");
    }
}

/// Some transitions over one pool of slots.
fn walk(pool: &[U256], random: &mut StdRng, tally: &mut Tally, count: u64) {
    let mut state = State::new();
    for _ in 0..random.random_range(2..20) {
        if tally.transitions == count {
            return;
        }
        let mut post = state.clone();
        if random.random_ratio(1, 25) {
            post.clear();
        } else {
            let most = if random.random_ratio(1, 4) {
                1
            } else {
                pool.len()
            };
            let changes = 1 + random.random_range(0..pool.len()) / random.random_range(1..=most);
            for slot in pool.choose_multiple(random, changes) {
                if random.random_ratio(2, 5) {
                    post.remove(slot);
                } else {
                    post.insert(*slot, word(random));
                }
            }
        }
        let built = check_transition(&state, &post);
        tally.transitions += 1;
        tally.bytes += built.multi_proof.len() as u64;
        tally.from_empty += u64::from(state.is_empty() && !post.is_empty());
        tally.to_empty += u64::from(!state.is_empty() && post.is_empty());
        for change in oracle::changes(&state, &post) {
            tally.changes += 1;
            match (change.pre.is_zero(), change.post.is_zero()) {
                (true, _) => tally.added += 1,
                (_, true) => tally.deleted += 1,
                _ => tally.altered += 1,
            }
        }
        for _ in 0..3 {
            let forged = forge(&built.multi_proof, random);
            if forged == built.multi_proof {
                continue;
            }
            let result = confirm(
                &forged,
                &built.pre_storage_root,
                &built.post_storage_root,
                &state,
            );
            assert!(
                result.is_err(),
                "a forgery was confirmed: {forged:02x?} for {:02x?}",
                built.multi_proof
            );
            tally.forged += 1;
        }
        state = post;
    }
}

/// A word of any length but zero.
fn word(random: &mut StdRng) -> U256 {
    let bits: usize = 8 * random.random_range(0..32);
    (U256::from_be_bytes(random.random::<[u8; 32]>()) >> bits).max(U256::from(1))
}

/// A proof with a random edit.
fn forge(proof: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut forged = proof.to_vec();
    let at = random.random_range(0..forged.len());
    match random.random_range(0..6) {
        0 => forged[at] = random.random(),
        1 => forged[at] ^= 1 << random.random_range(0..8),
        2 => _ = forged.remove(at),
        3 => forged.insert(at, random.random()),
        4 => forged.truncate(at),
        _ => {
            let other = random.random_range(0..forged.len());
            forged.swap(at, other);
        }
    }
    forged
}
