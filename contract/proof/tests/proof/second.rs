//! The verifier against the second implementation (`naive`): what one accepts the other must, with the same roots.

use alloy_primitives::{B256, U256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::{MultiProofError, Slots, Transition, prove_inclusion, transition_roots};

use crate::{
    made_up::{self, old_value},
    naive::{self, Roots},
    oracle::{State, Storage},
    shapes::shapes,
};

/// Old values that depend on the slot alone.
struct OldValues;

impl Slots for OldValues {
    fn load(&mut self, slot: &B256) -> B256 {
        old_value(slot)
    }

    fn store(&mut self, _slot: &B256, _value: &B256) {}
}

/// Folds the bytes in both modes with both implementations. Returns in how many modes they were accepted.
fn compare(proof: &[u8], slots: &mut impl Slots, old: &dyn Fn(&B256) -> B256) -> usize {
    let transition = transition_roots(proof, slots).ok().map(
        |Transition {
             pre_storage_root,
             post_storage_root,
             ..
         }| Roots {
            pre: Some(pre_storage_root),
            post: post_storage_root,
        },
    );
    assert_eq!(transition, naive::fold(proof, Some(old)), "{proof:02x?}");
    // No bytes fold to the root zero, so those that fold at all are told by their root.
    let inclusion = match prove_inclusion(proof, &B256::ZERO, |_, _| Ok(())) {
        Err(MultiProofError::PostRootMismatch { computed, .. }) => Some(Roots {
            pre: None,
            post: computed,
        }),
        Err(_) => None,
        Ok(_) => panic!("a proof of the root zero"),
    };
    assert_eq!(inclusion, naive::fold(proof, None), "{proof:02x?}");
    usize::from(transition.is_some()) + usize::from(inclusion.is_some())
}

/// A small edit.
fn edit(proof: &mut Vec<u8>, random: &mut StdRng) {
    let at = random.random_range(0..proof.len());
    match random.random_range(0..7) {
        0 => proof[at] = random.random(),
        1 => proof[at] ^= 1 << random.random_range(0..8),
        2 => _ = proof.remove(at),
        3 => proof.insert(at, random.random()),
        4 => proof.truncate(at.max(1)),
        5 => {
            let other = random.random_range(0..proof.len());
            proof.swap(at, other);
        }
        _ => proof[at] = [0x00, 0x40, 0x80, 0xc0, 0xde, 0xdf, 0xff][random.random_range(0..7)],
    }
}

#[test]
fn made_up_proofs_and_edited_ones_fold_alike_in_both_implementations() {
    let mut random = StdRng::seed_from_u64(11);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..3_000 {
        let two_lanes = round % 2 == 0;
        let proof = made_up::proof(&mut random, two_lanes);
        let old = |slot: &B256| old_value(slot);
        assert!(compare(&proof, &mut OldValues, &old) > 0, "{proof:02x?}");
        let folds = if two_lanes {
            naive::fold(&proof, Some(&old))
        } else {
            naive::fold(&proof, None)
        };
        assert!(folds.is_some(), "{proof:02x?}");
        for _ in 0..10 {
            let mut edited = proof.clone();
            for _ in 0..random.random_range(1..3) {
                edit(&mut edited, &mut random);
            }
            match compare(&edited, &mut OldValues, &old) {
                0 => refused += 1,
                _ => accepted += 1,
            }
        }
    }
    // Both outcomes are met often: an edit of a hash is folded to another root, one of the skeleton mostly refused.
    assert!(accepted > 3_000 && refused > 3_000, "{accepted} {refused}");
}

#[test]
fn real_proofs_and_every_changed_byte_of_them_fold_alike_in_both_implementations() {
    for valid in shapes() {
        let old = |slot: &B256| {
            let value = valid.pre.get(&U256::from_be_bytes(slot.0));
            B256::from(value.copied().unwrap_or_default())
        };
        let mut storage = Storage(valid.pre.clone());
        let expected = Roots {
            pre: Some(valid.pre_root),
            post: valid.post_root,
        };
        assert_eq!(naive::fold(&valid.proof, Some(&old)), Some(expected));
        compare(&valid.proof, &mut storage, &old);
        for index in 0..valid.proof.len() {
            for change in [0x01, 0x10, 0x3f, 0x40, 0x80, 0xff] {
                let mut edited = valid.proof.clone();
                edited[index] ^= change;
                compare(&edited, &mut storage, &old);
            }
            compare(&valid.proof[..index], &mut storage, &old);
        }
    }
}

#[test]
fn short_and_empty_bytes_fold_alike_in_both_implementations() {
    let mut storage = Storage(State::new());
    let nothing = |_: &B256| B256::ZERO;
    for first in 0..=2u8 {
        for count in [0u16, 1, 2, u16::MAX] {
            for tail in [
                &[][..],
                &[0xff],
                &[1, 0, 5, 0xff],
                &[0, 0],
                &[0x41, 0, 1, 0xff],
            ] {
                let proof = [&[first][..], &count.to_be_bytes(), tail].concat();
                for length in 0..=proof.len() {
                    compare(&proof[..length], &mut storage, &nothing);
                }
            }
        }
    }
}
