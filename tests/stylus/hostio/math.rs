//! Arithmetic and hashing.

use alloy_primitives::{B256, U256, b256, keccak256};

use super::{H, P, ink_of, store, word};
use crate::world::World;

#[test]
fn arithmetic_is_the_evms() {
    let max = U256::MAX;
    let two = [
        ("math_div", max, U256::from(10), max / U256::from(10)),
        ("math_div", U256::from(9), U256::ZERO, U256::ZERO),
        ("math_mod", U256::from(17), U256::from(5), U256::from(2)),
        ("math_mod", U256::from(9), U256::ZERO, U256::ZERO),
        ("math_pow", U256::from(3), U256::from(5), U256::from(243)),
        // 2^256 wraps to zero
        ("math_pow", U256::from(2), U256::from(256), U256::ZERO),
        ("math_pow", U256::ZERO, U256::ZERO, U256::from(1)),
    ];
    for (function, a, b, expected) in two {
        let body = format!(
            "{}{} (call ${function} (i32.const 0) (i32.const 32))",
            store(0, a),
            store(32, b)
        );
        assert_eq!(
            word(&mut World::default(), &body),
            B256::from(expected),
            "{function} {a} {b}"
        );
    }
    let three = [
        // (2^256 - 1 + 2) mod 10: 2^256 - 1 ends in ...5, so 7
        (
            "math_add_mod",
            max,
            U256::from(2),
            U256::from(10),
            U256::from(7),
        ),
        ("math_mul_mod", max, max, U256::from(10), U256::from(5)),
        ("math_add_mod", max, max, U256::ZERO, U256::ZERO),
        ("math_mul_mod", max, max, U256::ZERO, U256::ZERO),
    ];
    for (function, a, b, c, expected) in three {
        let operands = format!("{}{}{}", store(0, a), store(32, b), store(64, c));
        let body =
            format!("{operands} (call ${function} (i32.const 0) (i32.const 32) (i32.const 64))");
        assert_eq!(
            word(&mut World::default(), &body),
            B256::from(expected),
            "{function}"
        );
    }
}

#[test]
fn arithmetic_costs_what_the_price_list_says() {
    let two = |function: &str| format!("(call ${function} (i32.const 0) (i32.const 32))");
    let three =
        |function: &str| format!("(call ${function} (i32.const 0) (i32.const 32) (i32.const 64))");
    let world = &mut World::default();
    assert_eq!(ink_of(world, &two("math_div"), &[]), H + 3 * P + 20_000);
    assert_eq!(ink_of(world, &two("math_mod"), &[]), H + 3 * P + 20_000);
    assert_eq!(
        ink_of(world, &three("math_add_mod"), &[]),
        H + 4 * P + 21_000
    );
    assert_eq!(
        ink_of(world, &three("math_mul_mod"), &[]),
        H + 4 * P + 24_100
    );
    // an exponent of zero has no significant byte, 256 has two, the greatest has 32
    for (exponent, bytes) in [(U256::ZERO, 0), (U256::from(256), 2), (U256::MAX, 32)] {
        let body = format!("{}{}", store(32, exponent), two("math_pow"));
        assert_eq!(
            ink_of(world, &body, &[]),
            H + 3 * P + 3_000 + 17_500 * (1 + bytes)
        );
    }
}

#[test]
fn hashing_costs_by_the_word_beyond_two() {
    let body = |len: u32| {
        format!("(call $native_keccak256 (i32.const 64) (i32.const {len}) (i32.const 0))")
    };
    for (len, words) in [(0, 0), (64, 0), (65, 1), (96, 1), (1_000, 30)] {
        assert_eq!(
            ink_of(&mut World::default(), &body(len), &[]),
            121_800 + 21_000 * words,
            "{len} bytes"
        );
    }
    assert_eq!(word(&mut World::default(), &body(0)), keccak256([]));
    // keccak256 of one zero byte
    let zero = b256!("bc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a");
    assert_eq!(word(&mut World::default(), &body(1)), zero);
}
