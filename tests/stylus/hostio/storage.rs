//! Storage behind its cache, and transient storage.

use alloy_primitives::{B256, U256};
use devchain::wasm::{HostError, Status, StylusParams, Trap};

use super::{A, H, P, run, store, traced};
use crate::world::{STORE_GAS, World, entrypoint, execute_with};

#[test]
fn a_first_load_pays_for_the_trip_and_the_next_does_not() {
    let body = "(call $storage_load_bytes32 (i32.const 0) (i32.const 32))
                (call $storage_load_bytes32 (i32.const 0) (i32.const 32))";
    let costs = traced(&mut World::default(), body, &[]);
    // the trip costs whole gas here: 59,673 ink are 5 gas
    assert_eq!(costs[0].1, H + 2 * P + (2_100 + 5) * 10_000);
    assert_eq!(costs[1].1, H + 2 * P);
}

#[test]
fn loads_cost_more_from_the_33rd_and_from_the_129th() {
    let body = "(call $storage_load_bytes32 (i32.const 0) (i32.const 32))".repeat(129);
    let costs = traced(&mut World::default(), &body, &[]);
    assert_eq!(costs[31].1, H + 2 * P);
    assert_eq!(costs[32].1, H + 2 * P + 2 * 10_000);
    assert_eq!(costs[127].1, H + 2 * P + 2 * 10_000);
    assert_eq!(costs[128].1, H + 2 * P + 10 * 10_000);
}

#[test]
fn writes_cost_more_from_the_9th_and_from_the_65th() {
    let body = "(call $storage_cache_bytes32 (i32.const 0) (i32.const 32))".repeat(65);
    let costs = traced(&mut World::default(), &body, &[]);
    assert_eq!(costs[7].1, H + 2 * P);
    assert_eq!(costs[8].1, H + 2 * P + 7 * 10_000);
    assert_eq!(costs[63].1, H + 2 * P + 7 * 10_000);
    assert_eq!(costs[64].1, H + 2 * P + 10 * 10_000);
}

#[test]
fn writes_reach_the_state_at_the_flush_only() {
    let mut world = World::default();
    let write = format!(
        "{} (call $storage_cache_bytes32 (i32.const 0) (i32.const 32))",
        store(32, U256::from(9))
    );
    assert_eq!(run(&mut world, &write, 1_000_000).status, Status::Return);
    assert_eq!(world.stores, vec![]);
    assert_eq!(
        run(
            &mut world,
            &format!("{write} (call $storage_flush_cache (i32.const 1))"),
            1_000_000
        )
        .status,
        Status::Return
    );
    assert_eq!(world.stores, vec![(B256::ZERO, B256::with_last_byte(9))]);
}

#[test]
fn a_flush_costs_the_trip_and_each_dirty_slot() {
    let body = format!(
        "{} (call $storage_cache_bytes32 (i32.const 0) (i32.const 0))
         (call $storage_cache_bytes32 (i32.const 32) (i32.const 0))
         (call $storage_flush_cache (i32.const 0))
         (call $storage_flush_cache (i32.const 0))",
        store(32, U256::from(1))
    );
    let costs = traced(&mut World::default(), &body, &[]);
    assert_eq!(costs[2].1, H + A + 2 * STORE_GAS * 10_000);
    // nothing is dirty any more
    assert_eq!(costs[3].1, H + A);
}

#[test]
fn a_write_needs_the_sentry_of_2300_gas_left() {
    // before the function: 2 constants, a call and the check (6,252 ink); then H + 2P = 18,480 ink are taken, and
    // 2,310 gas (the sentry and 10 for the cache) must be left
    let needed = 6_252 + H + 2 * P + 2_310 * 10_000;
    let params = StylusParams::default();
    let body = "(call $storage_cache_bytes32 (i32.const 0) (i32.const 32)) i32.const 0";
    let wasm = entrypoint(body);
    let gas = needed.div_ceil(10_000);
    assert_eq!(
        execute_with(&wasm, &mut World::default(), &[], gas, &params).status,
        Status::Return
    );
    let short = execute_with(&wasm, &mut World::default(), &[], gas - 1, &params);
    assert_eq!((short.status, short.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn a_flush_in_a_static_context_traps_and_keeps_the_gas() {
    let mut world = World {
        read_only: true,
        ..World::default()
    };
    let body = "(call $storage_cache_bytes32 (i32.const 0) (i32.const 32)) (call $storage_flush_cache (i32.const 1))";
    let outcome = run(&mut world, body, 1_000_000);
    assert_eq!(
        outcome.status,
        Status::Trap(Trap::Refused(HostError::StaticWrite))
    );
    assert!(outcome.gas_left > 990_000, "{}", outcome.gas_left);
}

#[test]
fn a_flush_that_costs_exactly_the_gas_left_is_paid() {
    // [const popcnt drop const const call] 1 + 2,650 + 9 + 1 + 1 + 3,800 and [const call] 1 + 3,800, with a check of 2,450 each;
    // H + 2P for the write, H + A for the flush: 101,716 ink. Of 5,011 gas 50,008,284 ink are left, which are 5,000 whole gas: what
    // the slot costs. The last block [const end] takes 2,452 of the 8,284 ink that remain.
    let body = "(drop (i32.popcnt (i32.const 0)))
         (call $storage_cache_bytes32 (i32.const 0) (i32.const 32)) (call $storage_flush_cache (i32.const 1))";
    let outcome = run(&mut World::default(), body, 5_011);
    assert_eq!((outcome.status, outcome.gas_left), (Status::Return, 0));
    let outcome = run(&mut World::default(), body, 5_010);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn a_flush_that_cannot_be_paid_takes_all_gas() {
    let body = "(call $storage_cache_bytes32 (i32.const 0) (i32.const 32)) (call $storage_flush_cache (i32.const 1))";
    let outcome = run(&mut World::default(), body, 4_000);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn a_cached_write_is_read_back_without_a_trip() {
    let mut world = World::default();
    let body = format!(
        "{} (call $storage_cache_bytes32 (i32.const 0) (i32.const 32))
         (call $storage_load_bytes32 (i32.const 0) (i32.const 64))",
        store(32, U256::from(77))
    );
    let costs = traced(&mut world, &body, &[]);
    assert_eq!(costs[1].1, H + 2 * P);
    assert!(world.warm_slots.is_empty());
}

#[test]
fn a_broken_state_is_the_chains_fault() {
    let mut world = World {
        broken: true,
        ..World::default()
    };
    let outcome = run(
        &mut world,
        "(call $storage_load_bytes32 (i32.const 0) (i32.const 32))",
        1_000_000,
    );
    assert_eq!(outcome.status, Status::Fatal("disk on fire".into()));
}

#[test]
fn transient_storage_costs_100_gas_beside_the_trip() {
    let body = "(call $transient_store_bytes32 (i32.const 0) (i32.const 32))
                (call $transient_load_bytes32 (i32.const 0) (i32.const 64))";
    let costs = traced(&mut World::default(), body, &[]);
    assert_eq!(costs[0].1, H + 2 * P + A + 100 * 10_000);
    assert_eq!(costs[1].1, H + 2 * P + A + 100 * 10_000);
}
