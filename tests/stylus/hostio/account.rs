//! Other accounts: balance and code.

use alloy_primitives::{Address, Bytes};

use super::{A, H, P, run, traced};
use crate::world::World;

#[test]
fn balance_and_code_hash_pay_for_the_touch() {
    for function in ["account_balance", "account_codehash"] {
        let body = format!("(call ${function} (i32.const 0) (i32.const 32))").repeat(2);
        let costs = traced(&mut World::default(), &body, &[]);
        assert_eq!(costs[0].1, H + 2 * P + A + 2_600 * 10_000, "{function}");
        assert_eq!(costs[1].1, H + 2 * P + A + 100 * 10_000, "{function}");
    }
}

#[test]
fn code_pays_for_its_whole_length_and_is_remembered() {
    let mut world = World::default();
    world
        .codes
        .insert(Address::ZERO, Bytes::from(vec![0x5b; 132]));
    let body =
        "(drop (call $account_code (i32.const 0) (i32.const 130) (i32.const 50) (i32.const 64)))
                (drop (call $account_code_size (i32.const 0)))";
    let costs = traced(&mut world, body, &[]);
    assert_eq!(
        costs[0].1,
        H + A + (2_600 + 700) * 10_000 + (5_040 + 30 * 100)
    );
    assert_eq!(costs[1].1, H + A);
    // the code of an account that has none is asked for again
    let mut world = World::default();
    let body = "(drop (call $account_code_size (i32.const 0)))".repeat(2);
    let costs = traced(&mut world, &body, &[]);
    assert_eq!(costs[0].1, H + A + 3_300 * 10_000);
    assert_eq!(costs[1].1, H + A + 800 * 10_000);
}

#[test]
fn code_is_copied_as_far_as_it_goes() {
    let mut world = World::default();
    world
        .codes
        .insert(Address::ZERO, Bytes::from_static(b"abcdef"));
    let body = "(i32.store8 (i32.const 90) (call $account_code (i32.const 0) (i32.const 4) (i32.const 50) (i32.const 91)))
                (call $write_result (i32.const 90) (i32.const 4))";
    assert_eq!(run(&mut world, body, 1_000_000).output, b"\x02ef\0");
}
