//! Forgeries of the version, the count and the list of changes, each of which only one check of the format stops: without it,
//! the bytes would fold to both right roots.

use alloy_primitives::{B256, U256};
use smartsync_proof::{
    Check, MultiProofError, change_count, confirm_transition, prove_inclusion, transition_roots,
};

use crate::{
    forgery::{Forgery, Valid, state},
    oracle::Storage,
};

#[test]
fn another_version_is_refused() {
    let valid = Valid::lone_leaf();
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
    let valid = Valid::lone_leaf();
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
    let valid = Valid::lone_leaf();
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
    let valid = Valid::lone_leaf();
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
