//! Transitions of every shape, small enough to be looked at.

use alloy_primitives::U256;

use crate::{
    forgery::{Valid, state},
    ground::{OTHER_TRIPLE_9, PAIR_12, QUADRUPLE_7, TRIPLE_9},
    oracle::State,
};

/// Values that make leaves which are not inlined.
fn large(slots: &[u32]) -> State {
    slots
        .iter()
        .map(|slot| (U256::from(*slot), U256::MAX - U256::from(*slot)))
        .collect()
}

/// What each shape is, and the states it leads from and to.
pub fn transitions() -> Vec<(&'static str, State, State)> {
    let [a, b, c] = TRIPLE_9;
    let [d, e, f] = OTHER_TRIPLE_9;
    let [g, h, i, j] = QUADRUPLE_7;
    let [k, l] = PAIR_12;
    let many = |range: core::ops::Range<u32>| state(range.map(|slot| (slot, u64::from(slot) + 1)));
    vec![
        ("the first slot", state([]), state([(1, 1)])),
        ("the last slot is deleted", state([(1, 1)]), state([])),
        (
            "one slot instead of another",
            state([(1, 1)]),
            state([(2, 300)]),
        ),
        ("a lone leaf changes", state([(1, 1)]), state([(1, 2)])),
        (
            "a root leaf becomes a branch",
            state([(1, 1)]),
            state([(1, 1), (2, 2)]),
        ),
        (
            "a root branch collapses onto a leaf",
            state([(1, 1), (2, 2)]),
            state([(1, 1)]),
        ),
        (
            "a root branch collapses onto an extension",
            state([(a, 1), (b, 2), (1, 3)]),
            state([(a, 1), (b, 2)]),
        ),
        (
            "a root extension is split",
            state([(a, 1), (b, 2)]),
            state([(a, 1), (b, 2), (1, 3)]),
        ),
        (
            "an inlined leaf changes between two others",
            state([(a, 1), (b, 2), (c, 3), (1, 4)]),
            state([(a, 1), (b, 9), (c, 3), (1, 4)]),
        ),
        (
            "an inlined leaf changes and an extension is split",
            state([(a, 1), (b, 2), (c, 3)]),
            state([(a, 1), (b, 2), (c, 4), (d, 5)]),
        ),
        (
            "a deep branch collapses onto an inlined leaf",
            state([(k, 1), (l, 2), (1, 3)]),
            state([(k, 1), (1, 3)]),
        ),
        (
            "a leaf becomes a deep branch",
            state([(k, 1), (1, 3)]),
            state([(k, 1), (l, 2), (1, 3)]),
        ),
        (
            "two of four deep leaves are deleted",
            large(&[g, h, i, j, 1]),
            large(&[g, h, 1]),
        ),
        (
            "a deep branch collapses onto a hashed leaf",
            large(&[d, e, f, 1, 2]),
            large(&[d, 1, 2]),
        ),
        ("most slots change", many(0..24), many(1..25)),
        (
            "half the slots are deleted, as many added",
            many(0..24),
            many(12..36),
        ),
    ]
}

/// The same with their roots and proofs.
pub fn shapes() -> Vec<Valid> {
    transitions()
        .iter()
        .map(|(_, pre, post)| Valid::new(pre, post))
        .collect()
}
