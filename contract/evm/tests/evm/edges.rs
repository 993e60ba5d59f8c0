//! Edge cases by name, each against revm.
use crate::common::*;
use alloy_primitives::{Address, hex};

fn same(operation: &str) {
    // What is on top of the stack.
    let source = Address::repeat_byte(0xa0);
    let code = hex::decode(format!("{operation}5f5260205ff3")).expect("hexadecimal");
    let account = Account {
        code,
        ..Default::default()
    };
    let state = State::from([(source, account)]);
    let (expected, _) = home(&state, source, &[]);
    assert_eq!(
        ours(&mut World(state), source, &[]).expect("known"),
        expected,
        "{operation}"
    );
}

macro_rules! edges { ($($name:ident: $($code:literal),+;)+) => { $(#[test] fn $name() { $(same($code);)+ })+ } }

edges! {
    sdiv_of_the_least_by_minus_one: "5f19600160ff1b05", "600160ff1b5f1905";
    smod_takes_the_sign_of_the_dividend: "60035f1907", "5f19600307", "5f600307";
    shifts_of_256_and_more: "60016101001b", "5f196101001c", "5f196101001d", "60015f195f191d", "60015f191d";
    exp_of_zero: "5f5f0a", "61010060020a", "5f5f190a";
    mulmod_and_addmod_with_zero: "5f6002600309", "5f6002600308", "60055f195f1909", "60055f195f1908";
    byte_behind_the_word: "60ff60201a", "60ff601f1a", "5f195f191a";
    signextend_at_the_ends: "60ff5f0b", "607f5f0b", "60ff601f0b", "60ff5f190b", "5f19601e0b";
    clz_of_zero_and_one: "5f1e", "60011e", "5f191e";
    jump_into_push_data: "600456605b5f", "61000656605b5b5f";
    return_data_out_of_bounds: "60015f5f3e5f", "5f60015f3e5f", "5f5f5f3e5f";
    stack_underflow: "01", "80", "90";
    invalid_halts: "fe";
    writes_halt: "5f5f55", "5f5f5d", "5f5fa0", "5f5f5ff0", "5fff";
}
