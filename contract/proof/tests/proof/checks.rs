//! For each check of the format, a forgery that only this check stops: without it, the bytes would fold to both right
//! roots.

use alloy_primitives::{B256, U256};
use smartsync_proof::{
    BuildError, Check, MultiProofError, Transition, build_transition, change_count,
    confirm_transition, prove_inclusion, transition_roots,
};

use crate::{
    forgery::{Forgery, Valid, state},
    ground::{PAIR_12, TRIPLE_9},
    oracle::{Storage, alloy_nodes, changes, confirm, hashed},
};

/// Slot 1 goes from 1 to 2; nothing else is there.
fn lone_leaf() -> Valid {
    Valid::new(&state([(1, 1)]), &state([(1, 2)]))
}

/// A branch of two leaves at the root, one of which changes.
fn two_leaves() -> Valid {
    Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 1), (2, 3)]))
}

/// The branch of slots 1 and 2 collapses onto slot 1, which is revealed.
fn collapse() -> Valid {
    Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 1)]))
}

#[test]
fn another_version_is_refused() {
    let valid = lone_leaf();
    for version in [0, 2, 255] {
        let forged = Forgery {
            version,
            ..valid.forgery()
        }
        .bytes();
        valid.assert_malformed(&forged, Check::Version, 0);
    }
}

#[test]
fn a_change_with_the_reserved_bit_or_a_value_over_32_bytes_is_refused() {
    let valid = lone_leaf();
    let mut forgery = valid.forgery();
    forgery.changes[0][0] |= 0x40;
    valid.assert_malformed(&forgery.bytes(), Check::ChangeHead, Forgery::CHANGES);
    forgery.changes[0] = [&[33, 1, 1][..], &[7; 33]].concat();
    valid.assert_malformed(&forgery.bytes(), Check::ChangeHead, Forgery::CHANGES);
}

#[test]
fn a_slot_of_32_bytes_in_the_short_form_is_refused() {
    let slot = U256::MAX;
    let pre = [(slot, U256::from(1))].into();
    let post = [(slot, U256::from(2))].into();
    let valid = Valid::new(&pre, &post);
    let mut forgery = valid.forgery();
    assert_eq!(
        forgery.changes[0],
        [&[0x81][..], &[0xff; 32], &[2]].concat()
    );
    forgery.changes[0] = [&[1, 32][..], &[0xff; 32], &[2]].concat();
    valid.assert_malformed(&forgery.bytes(), Check::SlotLength, Forgery::CHANGES);
}

#[test]
fn a_slot_with_leading_zeros_is_refused() {
    let valid = lone_leaf();
    let mut forgery = valid.forgery();
    assert_eq!(forgery.changes[0], [1, 1, 1, 2]);
    forgery.changes[0] = vec![1, 2, 0, 1, 2];
    valid.assert_malformed(&forgery.bytes(), Check::SlotLeadingZero, Forgery::CHANGES);
    forgery.changes[0] = [&[0x81][..], &[0; 31], &[1, 2]].concat();
    valid.assert_malformed(&forgery.bytes(), Check::SlotLeadingZero, Forgery::CHANGES);
}

#[test]
fn slot_zero_has_no_byte() {
    let valid = Valid::new(&state([]), &state([(0, 5)]));
    assert_eq!(valid.proof, [1, 0, 1, 1, 0, 5, 0xff]);
    let mut forgery = valid.forgery();
    forgery.changes[0] = vec![1, 1, 0, 5];
    valid.assert_malformed(&forgery.bytes(), Check::SlotLeadingZero, Forgery::CHANGES);
}

#[test]
fn a_value_with_leading_zeros_is_refused() {
    let valid = lone_leaf();
    let mut forgery = valid.forgery();
    forgery.changes[0] = vec![2, 1, 1, 0, 2];
    valid.assert_malformed(&forgery.bytes(), Check::ValueLeadingZero, Forgery::CHANGES);
    let emptied = Valid::new(&state([(1, 1)]), &state([]));
    let mut forgery = emptied.forgery();
    assert_eq!(forgery.changes[0], [0, 1, 1]);
    forgery.changes[0] = vec![1, 1, 1, 0];
    emptied.assert_malformed(&forgery.bytes(), Check::ValueLeadingZero, Forgery::CHANGES);
}

#[test]
fn changes_that_do_not_ascend_by_the_hash_of_their_slots_are_refused() {
    let valid = Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 5), (2, 6)]));
    let mut forgery = valid.forgery();
    // Twice the same change, both under the nibble of the first.
    forgery.changes[1] = forgery.changes[0].clone();
    let second = Forgery::CHANGES + 4;
    valid.assert_malformed(&forgery.bytes(), Check::NotAscending, second);
    let mut forgery = valid.forgery();
    forgery.changes.swap(0, 1);
    valid.assert_malformed(&forgery.bytes(), Check::NotAscending, second);
}

#[test]
fn a_proof_of_no_change_proves_equal_roots_and_nothing_else() {
    let mut storage = Storage(state([]));
    let (root, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
    assert_eq!(
        confirm_transition(&[1, 0, 0], &root, &root, &mut storage),
        Ok(0)
    );
    assert_eq!(
        confirm_transition(&[1, 0, 0], &root, &other, &mut storage),
        Err(MultiProofError::PostRootMismatch {
            expected: other,
            computed: root
        })
    );
    let nothing = MultiProofError::Malformed {
        reason: Check::NoChanges,
        offset: 3,
    };
    assert_eq!(transition_roots(&[1, 0, 0], &mut storage), Err(nothing));
    assert_eq!(
        prove_inclusion(&[1, 0, 0], &root, |_, _| Ok(())),
        Err(nothing)
    );
    let trailing = MultiProofError::Malformed {
        reason: Check::TrailingBytes,
        offset: 3,
    };
    assert_eq!(
        confirm_transition(&[1, 0, 0, 0xff], &root, &root, &mut storage),
        Err(trailing)
    );
}

#[test]
fn the_count_of_a_proof_is_read_from_its_second_and_third_byte() {
    let valid = Valid::new(&state([]), &state((0..300).map(|slot| (slot, 1))));
    assert_eq!(change_count(&valid.proof), 300);
    assert_eq!(change_count(&[1, 0xfe, 0xdc]), 0xfedc);
    for short in [&[][..], &[1], &[1, 1]] {
        assert_eq!(change_count(short), 0);
    }
}

#[test]
fn a_place_that_skips_more_than_63_nibbles_is_refused() {
    let valid = two_leaves();
    for skip in [64, 100, 254] {
        let mut forgery = valid.forgery();
        forgery.places[0] = skip;
        valid.assert_malformed(&forgery.bytes(), Check::Skip, forgery.places_offset());
    }
}

#[test]
fn a_branch_deeper_than_63_nibbles_is_refused() {
    let valid = lone_leaf();
    let mut forgery = valid.forgery();
    // A branch at depth 63, and one more below it.
    forgery.places = vec![63, 0, 0, 0, 0, 0];
    valid.assert_malformed(&forgery.bytes(), Check::Depth, forgery.places_offset() + 3);
    // One at depth 10, and one 54 nibbles below its child.
    forgery.places = vec![10, 0, 0, 53, 0, 0];
    valid.assert_malformed(&forgery.bytes(), Check::Depth, forgery.places_offset() + 3);
}

#[test]
fn a_place_that_does_not_consume_all_its_changes_is_refused() {
    // A leaf at the root, and a second change that no place consumes.
    let valid = Valid::new(&state([(1, 1)]), &state([(1, 2)]));
    let mut forgery = Valid::new(&state([]), &state([(1, 2), (2, 3)])).forgery();
    assert_eq!(forgery.changes[0], [1, 1, 2, 3]);
    forgery.changes.swap(0, 1);
    let with_second = |mut forgery: Forgery| {
        forgery
            .changes
            .sort_by_key(|change| hashed(U256::from(change[2])));
        forgery.places = vec![0xff];
        forgery
    };
    let forged = with_second(forgery);
    let after = forged.places_offset() + 1;
    valid.assert_malformed(&forged.bytes(), Check::ChangesLeft, after);

    // Two changes under one nibble of a branch, and a leaf place there.
    let [a, b] = PAIR_12;
    let valid = Valid::new(&state([(1, 1)]), &state([(1, 1), (a, 2), (b, 3)]));
    let mut forgery = valid.forgery();
    let places = forgery.places.clone();
    let start = forgery.places_offset();
    // Root branch, then the branch of the pair: replaced by a leaf.
    assert_eq!(places[3], 11);
    forgery.places = [&places[..3], &[0xff], &places[8..]].concat();
    valid.assert_malformed(&forgery.bytes(), Check::ChangesLeft, start + 4);
}

#[test]
fn a_change_that_leaves_the_skipped_nibbles_is_refused() {
    // A branch that claims to lie one nibble below the one where the two changes part.
    let valid = Valid::new(&state([(1, 1), (2, 2)]), &state([(1, 5), (2, 6)]));
    let mut forgery = valid.forgery();
    assert_eq!(forgery.places, [0, 0, 0, 0xff, 0xff]);
    forgery.places = vec![1, 0x00, 0x00, 0xff, 0xff];
    let error = valid.refusal(&forgery.bytes());
    assert_eq!(
        error,
        MultiProofError::Malformed {
            reason: Check::TooFewChildren,
            offset: forgery.places_offset() + 4
        }
    );
}

#[test]
fn an_untouched_child_that_a_change_goes_to_is_refused() {
    let valid = two_leaves();
    let mut forgery = valid.forgery();
    let nibble = hashed(U256::from(2))[0] >> 4;
    let mask = u16::from_be_bytes([forgery.places[1], forgery.places[2]]) | 1 << nibble;
    forgery.places[1..3].copy_from_slice(&mask.to_be_bytes());
    valid.assert_malformed(
        &forgery.bytes(),
        Check::ChangedUntouched,
        forgery.places_offset(),
    );

    // The second change of a branch.
    let valid = Valid::new(
        &state([(1, 1), (2, 2), (3, 3)]),
        &state([(1, 5), (2, 6), (3, 3)]),
    );
    let mut forgery = valid.forgery();
    let second = hashed(U256::from(forgery.changes[1][2]))[0] >> 4;
    let mask = u16::from_be_bytes([forgery.places[1], forgery.places[2]]) | 1 << second;
    forgery.places[1..3].copy_from_slice(&mask.to_be_bytes());
    valid.assert_malformed(
        &forgery.bytes(),
        Check::ChangedUntouched,
        forgery.places_offset() + 4,
    );
}

#[test]
fn a_branch_with_one_child_is_refused() {
    // A leaf wrapped in a branch folds to the leaf: both roots would be right.
    let valid = lone_leaf();
    let mut forgery = valid.forgery();
    assert_eq!(forgery.places, [0xff]);
    for skip in [0, 5, 63] {
        forgery.places = vec![skip, 0, 0, 0xff];
        valid.assert_malformed(
            &forgery.bytes(),
            Check::TooFewChildren,
            forgery.places_offset() + 4,
        );
    }
}

#[test]
fn an_inline_mask_beyond_the_untouched_children_is_refused() {
    let [a, b, c] = TRIPLE_9;
    let valid = Valid::new(
        &state([(a, 1), (b, 2), (c, 3)]),
        &state([(a, 1), (b, 2), (c, 4)]),
    );
    let forgery = valid.forgery();
    let masks: Vec<_> = forgery
        .places
        .windows(2)
        .enumerate()
        .skip(3)
        .filter(|(_, mask)| u16::from_be_bytes([mask[0], mask[1]]).count_ones() > 0)
        .map(|(index, _)| index)
        .collect();
    let at = masks[0].max(4);
    let untouched = u16::from_be_bytes([forgery.places[1], forgery.places[2]]);
    let mut forged = forgery.clone();
    let inline = u16::from_be_bytes([forged.places[at], forged.places[at + 1]]);
    assert_eq!(inline & !untouched, 0);
    let extra = (0..16)
        .map(|bit| 1u16 << bit)
        .find(|bit| untouched & bit == 0)
        .unwrap();
    forged.places[at..at + 2].copy_from_slice(&(inline | extra).to_be_bytes());
    valid.assert_malformed(
        &forged.bytes(),
        Check::InlineNotUntouched,
        forged.places_offset() + at as u32,
    );
}

/// Two untouched leaves under a deep branch, one inlined and one hashed.
fn inlined_and_hashed() -> (Valid, usize) {
    let [a, b, c] = TRIPLE_9;
    let with = |changed: u64| {
        let mut state = state([(a, 1), (c, changed)]);
        state.insert(U256::from(b), U256::MAX);
        state
    };
    let valid = Valid::new(&with(3), &with(4));
    // Skip, untouched, the changed leaf, and there is the inline mask.
    (valid, 4)
}

#[test]
fn an_inline_reference_that_is_not_one_list_is_refused() {
    let (valid, at) = inlined_and_hashed();
    let forgery = valid.forgery();
    let untouched = u16::from_be_bytes([forgery.places[1], forgery.places[2]]);
    let inline = u16::from_be_bytes([forgery.places[at], forgery.places[at + 1]]);
    assert_eq!(untouched.count_ones(), 2);
    assert_eq!(inline.count_ones(), 1);
    let hashed_child = untouched & !inline;
    // The hash as an inline item, with the prefix that it has in the branch.
    let mut forged = forgery.clone();
    forged.places[at..at + 2].copy_from_slice(&untouched.to_be_bytes());
    let leaf_length = usize::from(
        forgery
            .places
            .iter()
            .skip(at + 2)
            .find(|byte| (0xc0..0xdf).contains(*byte))
            .unwrap()
            - 0xc0,
    ) + 1;
    let hash_at = if hashed_child < inline {
        at + 2
    } else {
        at + 2 + leaf_length
    };
    forged.places.insert(hash_at, 0xa0);
    valid.assert_malformed(
        &forged.bytes(),
        Check::InlineReference,
        forged.places_offset() + hash_at as u32,
    );
    // A list of more than 31 bytes.
    let mut forged = forgery.clone();
    forged.places[at..at + 2].copy_from_slice(&untouched.to_be_bytes());
    forged.places.insert(hash_at, 0xdf);
    valid.assert_malformed(
        &forged.bytes(),
        Check::InlineReference,
        forged.places_offset() + hash_at as u32,
    );
}

#[test]
fn a_revealed_node_with_another_mark_is_refused() {
    let valid = collapse();
    let forgery = valid.forgery();
    // Skip and untouched, the deleted leaf, then the reveal of slot 1: 63 nibbles, the last padded, and the value.
    assert_eq!(forgery.places[..1], [0]);
    assert_eq!(forgery.places[3..5], [0xff, 0xff]);
    assert_eq!(forgery.places.len(), 5 + 32 + 2);
    for mark in [0, 63, 65, 0x80, 0xfe] {
        let mut forged = forgery.clone();
        forged.places[4] = mark;
        valid.assert_malformed(
            &forged.bytes(),
            Check::RevealMark,
            forged.places_offset() + 4,
        );
    }
}

#[test]
fn a_reference_where_a_lane_collapses_is_refused() {
    // The neighbour's hash instead of the neighbour: a change of it could hide behind the collapse.
    let valid = collapse();
    let mut forgery = valid.forgery();
    let hash = hashed(U256::from(9));
    forgery.places = [&forgery.places[..4], hash.as_slice()].concat();
    forgery.places[4] = 0x41;
    valid.assert_malformed(
        &forgery.bytes(),
        Check::RevealMark,
        forgery.places_offset() + 4,
    );
}

#[test]
fn a_revealed_path_with_padding_that_is_not_zero_is_refused() {
    let valid = collapse();
    for padding in 1..16 {
        let mut forgery = valid.forgery();
        assert_eq!(forgery.places[4 + 32] & 0x0f, 0);
        forgery.places[4 + 32] |= padding;
        valid.assert_malformed(
            &forgery.bytes(),
            Check::RevealPadding,
            forgery.places_offset() + 5,
        );
    }
}

#[test]
fn a_revealed_value_of_no_byte_or_over_32_is_refused() {
    let valid = collapse();
    let mut forgery = valid.forgery();
    let at = 4 + 33;
    assert_eq!(forgery.places[at..], [1, 1]);
    forgery.places[at] = 0;
    forgery.places.truncate(at + 1);
    valid.assert_malformed(
        &forgery.bytes(),
        Check::RevealValueLength,
        forgery.places_offset() + at as u32,
    );
    forgery.places[at] = 33;
    forgery.places.extend([1; 33]);
    valid.assert_malformed(
        &forgery.bytes(),
        Check::RevealValueLength,
        forgery.places_offset() + at as u32,
    );
}

#[test]
fn a_revealed_value_with_leading_zeros_is_refused() {
    let valid = collapse();
    let mut forgery = valid.forgery();
    let at = 4 + 33;
    forgery.places.truncate(at);
    forgery.places.extend([2, 0, 1]);
    valid.assert_malformed(
        &forgery.bytes(),
        Check::RevealValueLeadingZero,
        forgery.places_offset() + at as u32,
    );
}

#[test]
fn a_listed_change_that_changes_nothing_is_refused() {
    // Slot 1 is listed with the value that it has: the roots are right.
    let pre = state([(1, 1), (2, 2)]);
    let post = state([(1, 1), (2, 3)]);
    let valid = Valid::new(&pre, &post);
    let mut forgery = Valid::new(&state([]), &post).forgery();
    forgery.places = vec![0, 0, 0, 0xff, 0xff];
    let slot = B256::new(U256::from(1).to_be_bytes());
    assert_eq!(
        valid.refusal(&forgery.bytes()),
        MultiProofError::SlotUnchanged { slot }
    );
    assert_eq!(
        transition_roots(&forgery.bytes(), &mut Storage(pre)),
        Err(MultiProofError::SlotUnchanged { slot })
    );
    // In an inclusion proof it is a value like any other.
    assert_eq!(
        prove_inclusion::<MultiProofError>(&forgery.bytes(), &valid.post_root, |_, _| Ok(())),
        Ok(2)
    );
}

#[test]
fn both_roots_are_compared() {
    let valid = two_leaves();
    let other = B256::repeat_byte(7);
    assert_eq!(
        confirm(&valid.proof, &other, &valid.post_root, &valid.pre).unwrap_err(),
        MultiProofError::PreRootMismatch {
            expected: other,
            computed: valid.pre_root
        }
    );
    assert_eq!(
        confirm(&valid.proof, &valid.pre_root, &other, &valid.pre).unwrap_err(),
        MultiProofError::PostRootMismatch {
            expected: other,
            computed: valid.post_root
        }
    );
    assert_eq!(
        transition_roots(&valid.proof, &mut Storage(valid.pre.clone())),
        Ok(Transition {
            pre_storage_root: valid.pre_root,
            post_storage_root: valid.post_root,
            changes: 1
        })
    );
}

/// The neighbour onto which a branch collapses changes too, and is not listed. Its reference is computed from the one
/// reveal in both lanes, so whichever value is revealed, one root comes out wrong.
#[test]
fn a_change_of_the_neighbour_that_a_branch_collapses_onto_cannot_hide() {
    let pre = state([(1, 1), (2, 2)]);
    let post = state([(1, 9)]);
    let (pre_root, pre_nodes) = alloy_nodes(&pre, &[U256::from(2)]);
    let (post_root, post_nodes) = alloy_nodes(&post, &[U256::from(2)]);
    let hidden: Vec<_> = changes(&pre, &post)
        .into_iter()
        .filter(|change| change.slot == U256::from(2))
        .collect();
    let error = build_transition(&hidden, pre_root, pre_nodes, post_root, post_nodes).unwrap_err();
    assert!(
        matches!(error, BuildError::UnlistedChange { .. }),
        "{error:?}"
    );
    let revealing =
        |value: u64| Valid::new(&state([(1, value), (2, 2)]), &state([(1, value)])).proof;
    let with_old = confirm(&revealing(1), &pre_root, &post_root, &pre).unwrap_err();
    assert!(matches!(with_old, MultiProofError::PostRootMismatch { .. }));
    let with_new = confirm(&revealing(9), &pre_root, &post_root, &pre).unwrap_err();
    assert!(matches!(with_new, MultiProofError::PreRootMismatch { .. }));
}

#[test]
fn an_error_of_the_visitor_stops_the_walk_and_is_returned() {
    #[derive(Debug, PartialEq)]
    enum Refused {
        Proof(MultiProofError),
        Third,
    }
    impl From<MultiProofError> for Refused {
        fn from(error: MultiProofError) -> Self {
            Self::Proof(error)
        }
    }
    let post = state((0..9).map(|slot| (slot, 1)));
    let valid = Valid::new(&state([]), &post);
    let mut seen = 0;
    let result = prove_inclusion(&valid.proof, &valid.post_root, |_, _| {
        seen += 1;
        if seen == 3 {
            Err(Refused::Third)
        } else {
            Ok(())
        }
    });
    assert_eq!(result, Err(Refused::Third));
    assert_eq!(seen, 3);
    let wrong = prove_inclusion(&valid.proof, &B256::ZERO, |_, _| Ok(()));
    let mismatch = MultiProofError::PostRootMismatch {
        expected: B256::ZERO,
        computed: valid.post_root,
    };
    assert_eq!(wrong, Err(Refused::Proof(mismatch)));
}

#[test]
fn only_a_confirmation_stores_the_new_values() {
    let valid = two_leaves();
    let mut storage = Storage(valid.pre.clone());
    assert!(transition_roots(&valid.proof, &mut storage).is_ok());
    assert_eq!(storage.0, valid.pre);
    assert!(
        confirm_transition(
            &valid.proof,
            &valid.pre_root,
            &valid.post_root,
            &mut storage
        )
        .is_ok()
    );
    assert_eq!(storage.0, valid.post);
}
