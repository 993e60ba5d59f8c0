//! Valid proofs of every shape, changed in every small way: none must be confirmed.

use alloy_primitives::U256;
use smartsync_proof::{
    Check, MultiProofError, build_from_states, build_inclusion, prove_inclusion,
};

use crate::{
    forgery::{Valid, state},
    ground::QUADRUPLE_7,
    oracle::{State, alloy_nodes, changes, confirm},
    shapes::shapes,
};

#[test]
fn every_single_byte_change_of_a_proof_is_refused() {
    for valid in shapes() {
        for index in 0..valid.proof.len() {
            for change in 1..=255u8 {
                let mut forged = valid.proof.clone();
                forged[index] ^= change;
                valid.refusal(&forged);
            }
        }
    }
}

#[test]
fn every_truncation_of_a_proof_is_refused() {
    for valid in shapes() {
        for length in 0..valid.proof.len() {
            let error = valid.refusal(&valid.proof[..length]);
            assert!(
                matches!(
                    error,
                    MultiProofError::Malformed {
                        reason: Check::Truncated,
                        ..
                    }
                ),
                "{error:?} for {length} of {} bytes",
                valid.proof.len()
            );
        }
    }
}

#[test]
fn every_byte_inserted_into_a_proof_or_taken_out_is_refused() {
    for valid in shapes() {
        for index in 0..=valid.proof.len() {
            for byte in [0, 1, 0x20, 0x40, 0x80, 0xa0, 0xc0, 0xff] {
                let mut forged = valid.proof.clone();
                forged.insert(index, byte);
                valid.refusal(&forged);
            }
            if index < valid.proof.len() {
                let mut forged = valid.proof.clone();
                forged.remove(index);
                if forged != valid.proof {
                    valid.refusal(&forged);
                }
            }
        }
    }
}

#[test]
fn a_byte_after_a_proof_is_refused() {
    for valid in shapes() {
        for byte in 0..=255 {
            let mut forged = valid.proof.clone();
            forged.push(byte);
            let offset = valid.proof.len() as u32;
            let error = MultiProofError::Malformed {
                reason: Check::TrailingBytes,
                offset,
            };
            assert_eq!(valid.refusal(&forged), error);
        }
    }
}

#[test]
fn every_swap_of_two_changes_is_refused() {
    for valid in shapes() {
        let count = valid.forgery().changes.len();
        for first in 0..count {
            for second in first + 1..count {
                let mut forgery = valid.forgery();
                forgery.changes.swap(first, second);
                assert!(matches!(
                    valid.refusal(&forgery.bytes()),
                    MultiProofError::Malformed { .. }
                ));
            }
        }
    }
}

#[test]
fn every_repeated_change_is_refused() {
    for valid in shapes() {
        for index in 0..valid.forgery().changes.len() {
            let mut forgery = valid.forgery();
            forgery.count += 1;
            forgery
                .changes
                .insert(index, forgery.changes[index].clone());
            valid.refusal(&forgery.bytes());
        }
    }
}

#[test]
fn every_dropped_change_is_refused() {
    for valid in shapes() {
        for index in 0..valid.forgery().changes.len() {
            let mut forgery = valid.forgery();
            forgery.changes.remove(index);
            valid.refusal(&forgery.bytes());
            forgery.count -= 1;
            valid.refusal(&forgery.bytes());
        }
    }
}

/// The caller makes a proof that is right in itself but says nothing of one change: either the old or the new root
/// must come out wrong.
#[test]
fn every_withheld_change_of_a_consistent_proof_is_refused() {
    let many = |range: core::ops::Range<u32>| state(range.map(|slot| (slot, u64::from(slot) + 1)));
    let mut pre = many(0..30);
    let mut post = many(5..35);
    for slot in 10..15 {
        post.insert(U256::from(slot), U256::from(1_000));
    }
    pre.extend(state(QUADRUPLE_7.map(|slot| (slot, 1))));
    post.extend(state([(QUADRUPLE_7[0], 1)]));
    let (pre_root, _) = alloy_nodes(&pre, &[]);
    let (post_root, _) = alloy_nodes(&post, &[]);
    let mut withheld = 0;
    for slot in pre.keys().chain(post.keys()) {
        if pre.get(slot) == post.get(slot) {
            continue;
        }
        withheld += 1;
        let set = |state: &State, value: Option<&U256>| {
            let mut state = state.clone();
            match value {
                Some(value) => _ = state.insert(*slot, *value),
                None => _ = state.remove(slot),
            }
            state
        };
        // The slot keeps its old value.
        let stale = build_from_states(&pre, &set(&post, pre.get(slot))).unwrap();
        let error = confirm(&stale.multi_proof, &pre_root, &post_root, &pre).unwrap_err();
        let computed = stale.post_storage_root;
        assert_eq!(
            error,
            MultiProofError::PostRootMismatch {
                expected: post_root,
                computed
            }
        );
        // The slot has had the new value all along.
        let early = build_from_states(&set(&pre, post.get(slot)), &post).unwrap();
        let error = confirm(&early.multi_proof, &pre_root, &post_root, &pre).unwrap_err();
        let computed = early.pre_storage_root;
        assert_eq!(
            error,
            MultiProofError::PreRootMismatch {
                expected: pre_root,
                computed
            }
        );
    }
    assert!(withheld > 15);
}

#[test]
fn every_altered_value_of_a_change_is_refused_in_the_post_lane() {
    let pre = state((0..30).map(|slot| (slot, u64::from(slot) + 1)));
    let post = state((0..30).map(|slot| (slot, u64::from(slot) + 50)));
    let valid = Valid::new(&pre, &post);
    for index in 0..30 {
        let mut forgery = valid.forgery();
        *forgery.changes[index].last_mut().unwrap() ^= 0x80;
        assert!(matches!(
            valid.refusal(&forgery.bytes()),
            MultiProofError::PostRootMismatch { .. }
        ));
    }
}

#[test]
fn a_proof_against_another_old_value_is_refused_in_the_pre_lane() {
    let mut altered = 0;
    for valid in shapes() {
        let changed = changes(&valid.pre, &valid.post);
        for change in changed.iter().filter(|change| !change.pre.is_zero()) {
            altered += 1;
            let mut pre = valid.pre.clone();
            pre.insert(change.slot, U256::from(77_777));
            let error = confirm(&valid.proof, &valid.pre_root, &valid.post_root, &pre).unwrap_err();
            let (computed, _) = alloy_nodes(&pre, &[]);
            assert_eq!(
                error,
                MultiProofError::PreRootMismatch {
                    expected: valid.pre_root,
                    computed
                }
            );
        }
    }
    assert!(altered > 20);
}

/// A changed byte may prove another truth (that another slot is absent from the empty trie), never a falsehood.
#[test]
fn every_single_byte_change_of_an_inclusion_proof_proves_nothing_false() {
    for valid in shapes() {
        let slots: Vec<_> = changes(&valid.pre, &valid.post)
            .iter()
            .map(|change| (change.slot, change.post))
            .collect();
        let listed: Vec<_> = slots.iter().map(|(slot, _)| *slot).collect();
        let (_, nodes) = alloy_nodes(&valid.post, &listed);
        let proof = build_inclusion(&slots, valid.post_root, nodes)
            .unwrap()
            .multi_proof;
        for index in 0..proof.len() {
            for change in [1, 0x10, 0x40, 0x80, 0xff] {
                let mut forged = proof.clone();
                forged[index] ^= change;
                let mut seen = Vec::new();
                let result = prove_inclusion(&forged, &valid.post_root, |slot, value| {
                    seen.push((U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0)));
                    Ok::<_, MultiProofError>(())
                });
                if result.is_ok() {
                    for (slot, value) in seen {
                        assert_eq!(valid.post.get(&slot).copied().unwrap_or_default(), value);
                    }
                }
            }
        }
    }
}
