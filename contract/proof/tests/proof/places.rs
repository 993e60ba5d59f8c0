//! Forgeries of places and branches, each of which only one check of the format stops: without it, the bytes would fold to
//! both right roots.

use alloy_primitives::U256;
use smartsync_proof::{Check, MultiProofError};

use crate::{
    forgery::{Forgery, Valid, state},
    ground::PAIR_12,
    oracle::hashed,
};

#[test]
fn a_place_that_skips_more_than_63_nibbles_is_refused() {
    let valid = Valid::two_leaves();
    for skip in [64, 100, 254] {
        let mut forgery = valid.forgery();
        forgery.places[0] = skip;
        valid.assert_malformed(&forgery.bytes(), Check::Skip, forgery.places_offset());
    }
}

#[test]
fn a_branch_deeper_than_63_nibbles_is_refused() {
    let valid = Valid::lone_leaf();
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
    let valid = Valid::two_leaves();
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
    let valid = Valid::lone_leaf();
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
