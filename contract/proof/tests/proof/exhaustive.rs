//! Every transition between all states over a few slots.

use alloy_primitives::U256;

use crate::{
    ground::{OTHER_PAIR_12, PAIR_11, PAIR_12, QUADRUPLE_7, TRIPLE_9},
    oracle::{State, check_transition},
};

/// All states in which each slot has one of the values.
fn states(slots: &[u32], values: &[U256]) -> Vec<State> {
    let mut states = vec![State::new()];
    for slot in slots {
        states = states
            .iter()
            .flat_map(|state| {
                values.iter().map(|value| {
                    let mut state = state.clone();
                    if !value.is_zero() {
                        state.insert(U256::from(*slot), *value);
                    }
                    state
                })
            })
            .collect();
    }
    states
}

fn check_all(slots: &[u32], values: &[U256]) {
    let states = states(slots, values);
    for pre in &states {
        for post in &states {
            check_transition(pre, post);
        }
    }
}

fn small_and_large() -> [U256; 3] {
    [U256::ZERO, U256::from(1), U256::MAX]
}

#[test]
fn every_transition_of_three_distant_slots_is_confirmed() {
    check_all(&[0, 1, 2], &small_and_large());
}

#[test]
fn every_transition_of_three_slots_under_a_deep_branch_is_confirmed() {
    check_all(&TRIPLE_9, &small_and_large());
}

#[test]
fn every_transition_of_four_slots_that_share_seven_nibbles_is_confirmed() {
    check_all(
        &QUADRUPLE_7,
        &[U256::ZERO, U256::from(0x7f), U256::from(0x80)],
    );
}

#[test]
fn every_transition_of_two_close_pairs_and_a_distant_slot_is_confirmed() {
    check_all(
        &[
            PAIR_12[0],
            PAIR_12[1],
            OTHER_PAIR_12[0],
            OTHER_PAIR_12[1],
            5,
        ],
        &[U256::ZERO, U256::from(1)],
    );
}

#[test]
fn every_transition_of_a_close_triple_and_a_pair_is_confirmed() {
    check_all(
        &[
            TRIPLE_9[0],
            TRIPLE_9[1],
            TRIPLE_9[2],
            PAIR_11[0],
            PAIR_11[1],
        ],
        &[U256::ZERO, U256::from(3)],
    );
}
