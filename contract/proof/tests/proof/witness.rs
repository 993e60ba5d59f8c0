//! Witnesses of whole states, against two other implementations, and changed in every small way.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::{
    Account, BuildError, Check, EMPTY_ROOT, Witness, WitnessError, build_witness,
};

use crate::{
    ground,
    oracle::{State, hashed},
    state_trie::{By, Entry, World, address_with, proofs, state_nodes},
};

/// A witness of some accounts, slots and codes, and its state root. Both implementations' nodes must give the same.
fn built(world: &World, wanted: &[(Address, Vec<U256>)], codes: &[Bytes]) -> (Vec<u8>, B256) {
    let [alloy, eth] = [By::Alloy, By::EthTrie].map(|by| {
        let (root, proofs) = proofs(world, wanted, by);
        (build_witness(root, &proofs, codes).unwrap(), root)
    });
    assert_eq!(alloy, eth);
    alloy
}

fn word(slot: U256) -> B256 {
    B256::from(slot)
}

/// The witness must say exactly what the state has, and nothing of what is not listed.
fn check(world: &World, wanted: &[(Address, Vec<U256>)], codes: &[Bytes]) -> Vec<u8> {
    let (bytes, root) = built(world, wanted, codes);
    let witness = Witness::prove(&bytes, &root).unwrap();
    assert_eq!(witness.accounts().len(), wanted.len());
    let order = |it: &[Address]| it.is_sorted_by_key(keccak256);
    let addresses: Vec<_> = witness.accounts().iter().map(|it| *it.address()).collect();
    assert!(order(&addresses), "{addresses:?}");
    for (address, slots) in wanted {
        let found = witness.account(address).unwrap();
        let entry = world.get(address);
        let expected = entry.map(|entry| {
            let account = entry.account();
            Account {
                nonce: account.nonce,
                balance: account.balance,
                storage_root: account.storage_root,
                code_hash: account.code_hash,
            }
        });
        assert_eq!(found.account(), expected.as_ref(), "{address}");
        let has_storage = expected.is_some_and(|account| account.storage_root != EMPTY_ROOT);
        assert_eq!(
            found.slots().len(),
            if has_storage { slots.len() } else { 0 }
        );
        for slot in slots {
            let value = entry.and_then(|entry| entry.storage.get(slot)).copied();
            let value = word(value.unwrap_or_default());
            assert_eq!(found.storage(&word(*slot)), Some(value));
        }
        let other = word(U256::from(0xdead_beef_u64));
        assert_eq!(
            found.storage(&other),
            (!has_storage).then_some(B256::ZERO),
            "{address}"
        );
    }
    assert!(witness.account(&Address::repeat_byte(0xdd)).is_none());
    for code in codes {
        assert_eq!(witness.code(&keccak256(code)), Some(&code[..]));
    }
    assert_eq!(witness.codes().len(), codes.len());
    assert_eq!(witness.code(&KECCAK256_EMPTY), None);
    bytes
}

fn random_entry(random: &mut StdRng) -> Entry {
    let slots = [0, 0, 1, 2, 30][random.random_range(0..5)];
    let mut storage: State = (0..slots)
        .map(|slot| (U256::from(slot), random.random::<U256>()))
        .collect();
    if random.random_ratio(1, 8) {
        storage.extend(ground::all().into_iter().map(|slot| (slot, U256::from(1))));
    }
    Entry {
        nonce: [0, 1, 0x7f, 0x80, u64::MAX][random.random_range(0..5)],
        balance: [U256::ZERO, U256::from(1), U256::from(0x80), U256::MAX]
            [random.random_range(0..4)],
        storage,
        code: [&[][..], &[0], &[0x60, 0, 0x5b], &[0xef, 1, 0]][random.random_range(0..4)].to_vec(),
    }
}

#[test]
fn a_witness_says_of_accounts_slots_and_codes_what_the_state_has() {
    let mut random = StdRng::seed_from_u64(7);
    for size in [1usize, 2, 3, 5, 17, 40, 300] {
        let world: World = (0..size)
            .map(|_| (random.random(), random_entry(&mut random)))
            .collect();
        let present: Vec<_> = world.keys().copied().collect();
        for _ in 0..6 {
            let count = random.random_range(1..=present.len().min(12));
            let mut wanted: BTreeSet<Address> = (0..count)
                .map(|_| present[random.random_range(0..present.len())])
                .collect();
            wanted.extend((0..random.random_range(0..3)).map(|_| random.random::<Address>()));
            let wanted: Vec<_> = wanted
                .into_iter()
                .map(|address| {
                    let mut slots: Vec<_> = (0..random.random_range(0..6))
                        .map(|_| U256::from(random.random_range(0..40)))
                        .chain([U256::from(ground::TRIPLE_9[0])])
                        .collect();
                    slots.sort_unstable();
                    slots.dedup();
                    (address, slots)
                })
                .collect();
            let codes: BTreeSet<_> = wanted
                .iter()
                .filter_map(|(address, _)| world.get(address))
                .filter(|entry| !matches!(entry.code.first(), None | Some(0xef)))
                .map(|entry| Bytes::from(entry.code.clone()))
                .collect();
            check(&world, &wanted, &codes.into_iter().collect::<Vec<_>>());
        }
    }
}

/// States in which an account that is listed and absent makes a branch collapse: onto an account, a branch and an extension.
fn collapses() -> [(World, Address, &'static [u8]); 3] {
    let entry = |index: u64| Entry {
        nonce: 1,
        balance: U256::from(index),
        storage: State::from([(U256::from(1), U256::from(index))]),
        code: vec![0],
    };
    let absent = address_with(0xa, 1_000).0;
    let one = address_with(3, 0).0;
    let (first, next) = address_with(3, 0);
    let parts = |a: &Address, b: &Address| {
        let (a, b) = (keccak256(a), keccak256(b));
        (0..64).find(|index| {
            let nibble = |hash: &B256| hash[index / 2] >> (4 * (1 - index % 2)) & 15;
            nibble(&a) != nibble(&b)
        })
    };
    let beside = |depth: usize| {
        let mut from = next;
        loop {
            let (other, after) = address_with(3, from);
            if parts(&first, &other) == Some(depth) {
                break other;
            }
            from = after;
        }
    };
    let of = |addresses: &[Address]| -> World {
        (1..)
            .zip(addresses)
            .map(|(index, address)| (*address, entry(index)))
            .collect()
    };
    [
        (of(&[one]), absent, &[0xff]),
        (of(&[first, beside(1)]), absent, &[0x40]),
        (of(&[first, beside(2)]), absent, &[1]),
    ]
}

#[test]
fn absent_accounts_are_proven_where_a_branch_collapses_onto_an_account_a_branch_or_an_extension() {
    for (world, absent, mark) in collapses() {
        let bytes = check(&world, &[(absent, vec![])], &[]);
        // Version, count, address, absent; no nibble skipped, child 3 untouched, the place.
        let head = [&[1, 0, 1], absent.as_slice(), &[0xff, 0, 0, 8, 0xff], mark].concat();
        assert_eq!(bytes[..head.len()], head);
    }
}

/// Witnesses of all shapes, with state roots and states.
fn shapes() -> Vec<(Vec<u8>, B256, World)> {
    let mut shapes: Vec<_> = collapses()
        .into_iter()
        .flat_map(|(world, absent, _)| {
            let present = *world.keys().next().unwrap();
            let slots = vec![U256::from(1), U256::from(5)];
            [
                (built(&world, &[(absent, vec![])], &[]), world.clone()),
                (
                    built(
                        &world,
                        &[(present, slots), (absent, vec![])],
                        &[Bytes::from_static(&[0])],
                    ),
                    world,
                ),
            ]
            .map(|((bytes, root), world)| (bytes, root, world))
        })
        .collect();
    let mut random = StdRng::seed_from_u64(3);
    let world: World = (0..40u8)
        .map(|index| (Address::repeat_byte(index), random_entry(&mut random)))
        .collect();
    let wanted: Vec<_> = (38..42u8)
        .map(|index| (Address::repeat_byte(index), vec![U256::from(1)]))
        .collect();
    let (bytes, root) = built(&world, &wanted, &[]);
    shapes.push((bytes, root, world));
    shapes
}

/// Changed bytes can at most prove something else that is so: the absence of another account or slot.
#[test]
fn every_single_byte_change_of_a_witness_proves_nothing_false() {
    let mut proven = 0;
    for (bytes, root, world) in shapes() {
        for index in 0..bytes.len() {
            for change in 1..=255u8 {
                let mut forged = bytes.clone();
                forged[index] ^= change;
                let Ok(witness) = Witness::prove(&forged, &root) else {
                    continue;
                };
                proven += 1;
                let original = Witness::prove(&bytes, &root).unwrap();
                let mut others = 0;
                for (listed, before) in witness.accounts().iter().zip(original.accounts()) {
                    if listed.address() != before.address() {
                        assert!(listed.account().is_none());
                        assert!(!world.contains_key(listed.address()));
                        others += 1;
                    }
                    assert_eq!(listed.account(), before.account());
                    let storage = world.get(before.address()).map(|entry| &entry.storage);
                    for (slot, was) in listed.slots().iter().zip(before.slots()) {
                        let has = |it: &State| it.keys().any(|slot_| hashed(*slot_) == slot.0);
                        if slot.0 != was.0 {
                            assert!(slot.1.is_zero() && !storage.is_some_and(has));
                            others += 1;
                        }
                        assert_eq!(slot.1, was.1);
                    }
                }
                assert_eq!(others, 1, "byte {index} of {}", Bytes::from(bytes));
            }
        }
    }
    assert!(proven > 0);
}

#[test]
fn every_byte_inserted_into_a_witness_or_taken_out_is_refused() {
    for (bytes, root, _) in shapes() {
        for index in 0..=bytes.len() {
            for byte in [0, 1, 0x10, 0x20, 0x40, 0x80, 0xff] {
                let mut forged = bytes.clone();
                forged.insert(index, byte);
                assert!(Witness::prove(&forged, &root).is_err());
            }
            if index < bytes.len() {
                let mut forged = bytes.clone();
                forged.remove(index);
                // Of two equal bytes in a row it does not matter which one goes.
                assert!(Witness::prove(&forged, &root).is_err());
            }
        }
    }
}

#[test]
fn a_witness_that_ends_early_is_truncated_unless_it_ends_before_a_code() {
    for (bytes, root, _) in shapes() {
        let whole = Witness::prove(&bytes, &root).unwrap();
        let codes: usize = whole.codes().iter().map(|(_, code)| code.len() + 2).sum();
        for length in 0..bytes.len() {
            let cut = Witness::prove(&bytes[..length], &root);
            if length == bytes.len() - codes {
                assert!(cut.unwrap().codes().is_empty());
                continue;
            }
            let error = cut.unwrap_err();
            assert!(
                matches!(
                    error,
                    WitnessError::Malformed {
                        reason: Check::Truncated,
                        ..
                    }
                ),
                "{error:?} for {length} of {} bytes",
                bytes.len()
            );
        }
    }
}

#[test]
fn a_witness_of_another_state_or_with_another_account_s_slots_is_refused() {
    let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let entry = |value: u64| Entry {
        nonce: 1,
        storage: State::from([(U256::from(1), U256::from(value))]),
        ..Entry::default()
    };
    let world = World::from([(a, entry(1)), (b, entry(2))]);
    let later = World::from([(a, entry(3)), (b, entry(2))]);
    let slots = vec![U256::from(1)];
    let (bytes, root) = built(&world, &[(a, slots.clone()), (b, slots.clone())], &[]);
    let (other, other_root) = built(&later, &[(a, slots.clone()), (b, slots)], &[]);
    for (bytes, expected, computed) in [(&bytes, other_root, root), (&other, root, other_root)] {
        assert_eq!(
            Witness::prove(bytes, &expected).unwrap_err(),
            WitnessError::StateRootMismatch { expected, computed }
        );
    }
    // The last thing in each is the proof of the slot of whichever comes last: 01 0001, head, slot, value, leaf.
    let length = bytes.len() - 8;
    let last = if keccak256(a) < keccak256(b) { b } else { a };
    let mut forged = bytes.clone();
    assert_eq!(forged[length..length + 6], [1, 0, 1, 1, 1, 1]);
    forged[length + 6] ^= 3;
    let storage_root = world[&last].account().storage_root;
    let error = Witness::prove(&forged, &root).unwrap_err();
    assert!(
        matches!(error, WitnessError::StorageRootMismatch { account, expected, .. }
            if account == last && expected == storage_root),
        "{error:?}"
    );
    assert_eq!(error.reason(), 112);
}

#[test]
fn a_witness_is_built_of_whole_proofs_of_different_accounts_only() {
    let a = Address::repeat_byte(1);
    let world = World::from([
        (a, Entry::default()),
        (Address::repeat_byte(2), Entry::default()),
    ]);
    let (root, proofs) = proofs(&world, &[(a, vec![])], By::Alloy);
    assert_eq!(
        build_witness(root, &[], &[]).unwrap_err(),
        BuildError::NoAccounts
    );
    let twice = [proofs[0].clone(), proofs[0].clone()];
    assert_eq!(
        build_witness(root, &twice, &[]).unwrap_err(),
        BuildError::DuplicateAccount { account: a }
    );
    let mut without = proofs.clone();
    without[0].nodes.pop();
    assert!(matches!(
        build_witness(root, &without, &[]).unwrap_err(),
        BuildError::NotRevealed { .. }
    ));
    assert!(matches!(
        build_witness(root, &proofs, &[Bytes::from_static(&[1])]).unwrap_err(),
        BuildError::WitnessRefused(WitnessError::Malformed {
            reason: Check::CodeNotReferenced,
            ..
        })
    ));
    assert_eq!(
        build_witness(root, &proofs, &[vec![0; 0x1_0000].into()]).unwrap_err(),
        BuildError::CodeTooLarge { length: 0x1_0000 }
    );
    let (_, nodes) = state_nodes(&world, &[a], By::EthTrie);
    assert_eq!(nodes, proofs[0].nodes);
    assert_eq!(hashed(U256::ZERO), keccak256(B256::ZERO));
}
