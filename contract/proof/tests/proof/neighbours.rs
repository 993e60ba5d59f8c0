//! Forgeries of untouched children, inlined or revealed, each of which only one check of the format stops: without it, the
//! bytes would fold to both right roots.

use alloy_primitives::U256;
use smartsync_proof::Check;

use crate::{
    forgery::{Valid, state},
    ground::TRIPLE_9,
    oracle::hashed,
};

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
    let valid = Valid::collapse();
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
    let valid = Valid::collapse();
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
    let valid = Valid::collapse();
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
    let valid = Valid::collapse();
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
    let valid = Valid::collapse();
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
