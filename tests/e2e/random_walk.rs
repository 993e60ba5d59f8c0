//! Hundreds of syncs of random change sets. Slots are chosen for trouble: hashes with long common prefixes, so that
//! branches split and collapse deep and at the root, leaves small enough to be inlined, and the empty trie on the way.

use std::collections::BTreeMap;

use alloy_primitives::{U256, keccak256};
use alloy_sol_types::SolCall;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use smartsync_abi::IRegistry::{self, Status};
use smartsync_tests::{Stage, close_slots, shared_nibbles, storage_root};

const STEPS: u32 = 320;

/// A value: absent, one byte (whose leaf may be inlined), or a full word.
fn random_value(random: &mut StdRng) -> U256 {
    match random.random_range(0..10) {
        0..4 => U256::ZERO,
        4..7 => U256::from(random.random_range(1..0x80u8)),
        _ => U256::from_be_bytes(random.random::<[u8; 32]>()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_of_hundreds_of_random_syncs_the_mirror_has_the_source_s_storage_root() {
    let seed: u64 = match std::env::var("RANDOM_WALK_SEED") {
        Ok(seed) => seed.parse().expect("RANDOM_WALK_SEED is a number"),
        Err(_) => rand::random(),
    };
    println!("RANDOM_WALK_SEED={seed}");
    let random = &mut StdRng::seed_from_u64(seed);

    let close = close_slots(1 << 18, 40);
    let deepest = close
        .windows(2)
        .map(|pair| {
            shared_nibbles(
                &keccak256(pair[0].to_be_bytes::<32>()),
                &keccak256(pair[1].to_be_bytes::<32>()),
            )
        })
        .max();
    assert!(
        deepest >= Some(8),
        "the slots are not close enough to inline a leaf: {deepest:?}"
    );
    let mut slots = close;
    slots.extend((0..12).map(U256::from));
    slots.extend((0..12).map(|_| U256::from_be_bytes(random.random::<[u8; 32]>())));

    let stage = Stage::start().await.expect("chains start");
    let mut state: BTreeMap<U256, U256> = BTreeMap::new();
    let table = stage.slot_table([]).await.unwrap();
    let mirror = stage.create(table).await.unwrap();
    let (mut added, mut changed, mut deleted, mut emptied) = (0, 0, 0, 0);

    for step in 0..STEPS {
        let count = match random.random_range(0..20) {
            0 => 0,
            1..15 => random.random_range(1..=6),
            15..18 => random.random_range(7..=40),
            _ => slots.len(),
        };
        // Now and then everything goes at once, or all but one or two, in turn.
        let clear = step % 40 == 39;
        let next: BTreeMap<U256, U256> = if clear {
            let kept = step as usize / 40 % 3;
            state
                .keys()
                .skip(kept)
                .map(|slot| (*slot, U256::ZERO))
                .collect()
        } else {
            slots
                .choose_multiple(random, count)
                .map(|slot| (*slot, random_value(random)))
                .collect()
        };
        stage.write(table, next.clone()).await.unwrap();
        for (slot, value) in &next {
            let pre = if value.is_zero() {
                state.remove(slot)
            } else {
                state.insert(*slot, *value)
            };
            match (pre, value.is_zero()) {
                (None, false) => added += 1,
                (Some(pre), false) if pre != *value => changed += 1,
                (Some(_), true) => deleted += 1,
                _ => {}
            }
        }
        emptied += u32::from(state.is_empty());

        let block = stage.source.block_number().await.unwrap();
        let (header, rlp) = stage.source.header(block).await.unwrap();
        let listed: Vec<U256> = next.keys().copied().collect();
        let built = stage
            .build(mirror, block, &listed)
            .await
            .unwrap_or_else(|error| panic!("step {step}: {error}"));
        let submit = IRegistry::submitHeaderCall {
            submission: stage.submission(&rlp, header.hash_slow()),
        };
        let sync = stage
            .sync_call(mirror, block, built.multi_proof)
            .await
            .unwrap();
        let calls = vec![submit.abi_encode().into(), sync.abi_encode().into()];
        let receipt = stage
            .target
            .send(stage.registry, IRegistry::multicallCall { calls })
            .await;
        receipt.unwrap_or_else(|error| {
            panic!(
                "seed {seed}, step {step}, {} changes: {error}",
                built.changes
            )
        });

        let expected = storage_root(&state);
        assert_eq!(
            stage.source.storage_root(table).await.unwrap(),
            expected,
            "source, seed {seed}, step {step}"
        );
        assert_eq!(
            stage.target.storage_root(mirror.proxy).await.unwrap(),
            expected,
            "mirror, seed {seed}, step {step}"
        );
        let record = stage.record(mirror).await.unwrap();
        assert_eq!(
            (record.storageRoot, record.sourceBlock),
            (expected, block),
            "seed {seed}, step {step}"
        );
        assert_eq!(record.status, Status::Active);
    }
    // Byte for byte, not by root alone.
    assert_eq!(stage.target.storage(mirror.proxy).await.unwrap(), state);
    println!(
        "{STEPS} syncs: {added} added, {changed} changed, {deleted} deleted, {emptied} times empty"
    );
    assert!(added > 100 && changed > 100 && deleted > 100 && emptied > 0);
}
