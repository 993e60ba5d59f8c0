//! Random walks over states of different sizes, with close slots among them.

use alloy_primitives::U256;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    ground,
    oracle::{State, check_transition},
};

/// A value of any length.
fn value(random: &mut StdRng) -> U256 {
    let bits: usize = 8 * random.random_range(0..32);
    (U256::from_be_bytes(random.random::<[u8; 32]>()) >> bits).max(U256::from(1))
}

/// Changes, adds and deletes `count` slots of a state.
fn change(state: &State, count: usize, slots: &[U256], random: &mut StdRng) -> State {
    let mut post = state.clone();
    for _ in 0..count {
        let slot = *slots.choose(random).unwrap();
        if random.random_ratio(2, 5) {
            post.remove(&slot);
        } else {
            post.insert(slot, value(random));
        }
    }
    post
}

/// A walk of random transitions over so many slots.
fn walk(slots: usize, steps: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut pool = ground::all();
    pool.extend((0..slots).map(|slot| match slot % 3 {
        0 => U256::from(slot),
        1 => U256::from_be_bytes(random.random::<[u8; 32]>()),
        _ => U256::from_be_bytes(random.random::<[u8; 32]>()) >> random.random_range(0..256usize),
    }));
    let mut state = State::new();
    for _ in 0..steps {
        let count = 1 + random.random_range(0..=pool.len()) / random.random_range(1..=pool.len());
        let post = if random.random_ratio(1, 40) {
            State::new()
        } else {
            change(&state, count, &pool, &mut random)
        };
        check_transition(&state, &post);
        state = post;
    }
}

#[test]
fn random_transitions_of_close_slots_only_are_confirmed() {
    walk(0, 2_000, 1);
}

#[test]
fn random_transitions_of_some_twenty_slots_are_confirmed() {
    walk(5, 1_500, 2);
}

#[test]
fn random_transitions_of_a_hundred_slots_are_confirmed() {
    walk(100, 300, 3);
}

#[test]
fn random_transitions_of_two_thousand_slots_are_confirmed() {
    walk(2_000, 12, 4);
}
