//! Sizes and times: bytes of a multi-proof against the information floor and against deduplicated EIP-1186 nodes, and the
//! builder on large states. Prints the tables of `docs/reports/proof-size.md`; run with
//! `cargo run -p smartsync-proof --features std --profile dist --example size`. With the argument `scale`, only the latter.

#[allow(dead_code)]
#[path = "../tests/proof/oracle.rs"]
mod oracle;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use alloy_primitives::{B256, Bytes, U256};
use oracle::{State, alloy_nodes, confirm, hashed};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::StateTrie;

fn main() {
    let mut random = StdRng::seed_from_u64(1);
    if std::env::args().nth(1).as_deref() != Some("scale") {
        sizes(&mut random);
    }
    scale(&mut random);
}

/// The table of sizes.
fn sizes(random: &mut StdRng) {
    println!(
        "| N | K | draws | hashes | floor | multi-proof | to floor | EIP-1186 | build | verify |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (slots, draws) in [(1_000, 20), (100_000, 2), (1_000_000, 1)] {
        let state: Vec<_> = (0..slots).map(|_| (word(random), word(random))).collect();
        for changed in [1, 10, 100, 1_000] {
            row(&state, changed, draws, random);
        }
    }
}

/// One row of the table: the mean of some draws.
fn row(state: &[(U256, U256)], changed: usize, draws: u32, random: &mut StdRng) {
    let mut sums = [0usize; 4];
    let (mut build, mut verify) = (Duration::ZERO, Duration::ZERO);
    let whole: State = state.iter().copied().collect();
    for _ in 0..draws {
        let mut trie = StateTrie::new(state.iter().copied());
        let start = random.random_range(0..=state.len() - changed);
        let changes: Vec<_> = state[start..start + changed]
            .iter()
            .map(|(slot, _)| (*slot, word(random)))
            .collect();
        let started = Instant::now();
        let built = trie
            .advance(&changes)
            .expect("whole states have every node");
        build += started.elapsed();
        let listed: State = state[start..start + changed].iter().copied().collect();
        let started = Instant::now();
        let confirmed = confirm(
            &built.multi_proof,
            &built.pre_storage_root,
            &built.post_storage_root,
            &listed,
        );
        verify += started.elapsed();
        assert!(confirmed.is_ok());
        let touched: HashSet<_> = changes.iter().map(|(slot, _)| hashed(*slot)).collect();
        let mut keys: Vec<_> = state.iter().map(|(slot, _)| hashed(*slot)).collect();
        keys.sort_unstable();
        let hashes = siblings(&keys, &touched, 0);
        let slots: Vec<_> = changes.iter().map(|(slot, _)| *slot).collect();
        let mut post = whole.clone();
        post.extend(changes.iter().copied());
        let nodes: HashSet<Bytes> = [alloy_nodes(&whole, &slots).1, alloy_nodes(&post, &slots).1]
            .concat()
            .into_iter()
            .collect();
        let floor: usize = hashes * 32
            + changes
                .iter()
                .map(|(slot, value)| slot.byte_len() + value.byte_len())
                .sum::<usize>();
        for (sum, value) in sums.iter_mut().zip([
            hashes,
            floor,
            built.multi_proof.len(),
            nodes.iter().map(|node| node.len()).sum(),
        ]) {
            *sum += value;
        }
    }
    let mean = |sum: usize| sum as f64 / f64::from(draws);
    let [hashes, floor, bytes, nodes] = sums.map(mean);
    println!(
        "| {} | {changed} | {draws} | {hashes:.1} | {floor:.0} | {bytes:.0} | {:.4} | {nodes:.0} | {:?} | {:?} |",
        state.len(),
        bytes / floor,
        build / draws,
        verify / draws
    );
}

/// Subtrees without a changed key that hang off the ways to the changed ones.
fn siblings(keys: &[B256], touched: &HashSet<B256>, depth: usize) -> usize {
    if keys.len() <= 1 || depth == 64 {
        return usize::from(keys.iter().any(|key| !touched.contains(key)));
    }
    if !keys.iter().any(|key| touched.contains(key)) {
        return 1;
    }
    let nibble = |key: &B256| {
        if depth.is_multiple_of(2) {
            key[depth / 2] >> 4
        } else {
            key[depth / 2] & 0x0f
        }
    };
    keys.chunk_by(|a, b| nibble(a) == nibble(b))
        .map(|group| siblings(group, touched, depth + 1))
        .sum()
}

/// The builder on a million slots.
fn scale(random: &mut StdRng) {
    let state: Vec<_> = (0..1_000_000)
        .map(|_| (word(random), word(random)))
        .collect();
    let before = resident();
    let started = Instant::now();
    let mut trie = StateTrie::new(state.iter().copied());
    let load = started.elapsed();
    let loaded = resident();
    println!("\n## Builder at scale\n\n| what | figure |\n| --- | --- |");
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("| load 1,000,000 slots, with every hash, on {processors} processors | {load:?} |");
    println!(
        "| memory of the loaded state | {} MB |",
        loaded.saturating_sub(before) / 1_024
    );
    for changed in [1usize, 100, 10_000] {
        let changes: Vec<_> = state
            .iter()
            .take(changed)
            .map(|(slot, _)| (*slot, word(random)))
            .collect();
        let started = Instant::now();
        let built = trie
            .advance(&changes)
            .expect("whole states have every node");
        println!(
            "| build {changed} changes (with the builder's own check of the proof) | {:?}, {} bytes |",
            started.elapsed(),
            built.multi_proof.len()
        );
    }
    println!(
        "| more memory after them | {} MB |",
        resident().saturating_sub(loaded) / 1_024
    );
}

/// Resident memory in KiB; 0 where there is no `/proc`.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

fn word(random: &mut StdRng) -> U256 {
    U256::from_be_bytes(random.random::<[u8; 32]>())
}
