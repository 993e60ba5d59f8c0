//! Edge cases of instructions that call or look at other accounts, by name, each against revm.

use std::rc::Rc;

use alloy_primitives::{Address, U256, hex};
use smartsync_evm::{Call, Code, Entry, Host, Refusal, run};

use crate::common::*;

const OTHER: Address = Address::repeat_byte(0xa1);
const WALLET: Address = Address::repeat_byte(0xa2);

/// `{}` in code is the other account, `()` the one without code, `[]` the absent one.
fn code(text: &str) -> Vec<u8> {
    let text = text
        .replace("{}", &format!("73{}", hex::encode(OTHER)))
        .replace("()", &format!("73{}", hex::encode(WALLET)))
        .replace("[]", &format!("73{}", "a3".repeat(20)))
        .replace(' ', "");
    hex::decode(text).expect("hexadecimal")
}

fn state(source: &str, other: &str) -> State {
    let account = |text: &str, balance: u64| Account {
        code: code(text),
        balance: U256::from(balance),
        storage: [(U256::ZERO, U256::from(7 + balance))].into(),
    };
    State::from([
        (SOURCE, account(source, 5)),
        (OTHER, account(other, 6)),
        (WALLET, account("", 1)),
    ])
}

fn same(source: &str, other: &str) {
    let state = state(source, other);
    for input in [&[][..], &[0xab; 40]] {
        let (expected, _) = home(&state, SOURCE, input);
        let answer = ours(&mut World(state.clone()), SOURCE, input);
        assert_eq!(answer.expect("known"), expected, "{source} {other}");
    }
}

/// Returns all memory.
const ALL: &str = "595ff3";
/// Stores what is on the stack behind what the call wrote, with the size of the return data, and returns all memory.
const TELL: &str = "608052 3d60a052 595ff3";

#[test]
fn callcode_and_delegatecall_run_on_the_caller_s_storage_and_differ_in_who_calls() {
    // ADDRESS, CALLER, CALLVALUE, SLOAD(0), SELFBALANCE.
    let other = "305f52 33602052 34604052 5f54606052 47608052 60a05ff3";
    for call in [
        "60a05f5f5f 5f {}5af2", // CALLCODE without value
        "60a05f5f5f {}5af4",
        "60a05f5f5f {}5afa",
        "60a05f5f5f 5f {}5af1",
    ] {
        same(&format!("{call} 60c052 {ALL}"), other);
    }
}

#[test]
fn a_call_with_value_halts_and_callcode_with_value_is_refused() {
    same(&format!("60205f5f5f 6001 {{}}5af1 {TELL}"), "5f5ff3");
    let state = state("60205f5f5f 6001 {}5af2", "5f5ff3");
    let error = ours(&mut World(state), SOURCE, &[]).expect_err("refused");
    assert!(matches!(
        error,
        Unknown::Refused(Refusal::Unsupported { instruction: 0xf2, account }) if account == SOURCE
    ));
}

#[test]
fn output_is_cut_to_its_place_and_what_is_beyond_the_answer_stays() {
    // MSTORE of ones, then calls with room for less, as much and more than 32 bytes are answered.
    for size in ["5f", "6005", "6020", "6040"] {
        for other in [
            "60aa5f5260205ff3",
            "60aa5f5260205ffd",
            "00",
            "fe",
            "60aa5f5260055ff3",
        ] {
            same(
                &format!("5f195f525f19602052 {size}5f5f5f{{}}5afa {TELL}"),
                other,
            );
        }
    }
}

#[test]
fn return_data_is_the_last_call_s_and_ends_where_it_ends() {
    let call = "5f5f5f5f{}5afa";
    for copy in [
        "60205f5f3e",               // all of it
        "602060015f3e",             // one more than there is
        "5f60205f3e",               // nothing, at the end
        "5f60215f3e",               // nothing, behind it
        "60015f195f3e",             // an overflow
        "5f5f5f5f()5afa60015f5f3e", // a call without answer empties it
        "5f5f5f5f[]5afa3d5f52",
    ] {
        same(&format!("{call} {copy} {ALL}"), "60aa5f5260205ff3");
    }
}

#[test]
fn accounts_without_code_succeed_and_are_told_from_absent_ones() {
    for account in ["()", "[]", "{}", "30"] {
        if account != "30" {
            same(&format!("60205f5f5f{account}5afa {TELL}"), "00");
        }
        for look in ["31", "3b", "3f"] {
            same(&format!("{account}{look}5f52 {ALL}"), "00");
        }
        // EXTCODECOPY, and beyond the code's end.
        for (from, size) in [
            ("5f", "6040"),
            ("6001", "6004"),
            ("5f19", "6020"),
            ("60ff", "5f"),
        ] {
            same(
                &format!("5f195f52 {size}{from}5f{account}3c {ALL}"),
                "6001600260030102",
            );
        }
    }
}

#[test]
fn addresses_are_taken_modulo_2_to_160() {
    let high = format!("7f{}{}", "ff".repeat(12), hex::encode(OTHER));
    for look in ["31", "3b", "3f"] {
        same(&format!("{high}{look}5f52 {ALL}"), "6001");
    }
    same(
        &format!("60205f5f5f{high}5afa {TELL}"),
        "305f52335f5260205ff3",
    );
}

#[test]
fn halts_of_a_frame_are_an_answer_to_the_one_around_it() {
    for other in [
        "fe", "56", "01", "5f5f55", "5f5f5d", "5f5fa0", "5f5f5ff0", "5fff", "60ff56", "5f1951",
    ] {
        same(&format!("60205f5f5f{{}}5afa {TELL}"), other);
    }
}

#[test]
fn nested_calls_of_calls_keep_their_frames_apart() {
    // The other one calls back with a byte of calldata, upon which the source answers its storage.
    let source = "36600c57 60aa5f53 60205f60015f{}5afa 608052 5f54 60a052 595ff3";
    let back = format!(
        "60bb5f53 60205f60015f73{}5afa 602052 33604052 595ff3",
        hex::encode(SOURCE)
    );
    same(source, &back);
    same(
        "5f355f52 60205f60205f{}5af4 608052 595ff3",
        "5f3560205260405ffd",
    );
}

#[test]
fn precompiled_contracts_answer_and_are_called_in_every_way() {
    for number in 1..=8 {
        for call in ["fa", "f4"] {
            // 192 bytes of memory; points are zero, the rest is from the calldata.
            let copy = if number < 5 { "60805f5f37" } else { "" };
            let source =
                format!("{copy} 604060e0 60c05f 60{number:02x}5a{call} 61014052 3d61016052 595ff3");
            same(&source, "00");
        }
    }
    // BLAKE2F of 213 bytes with 12 rounds.
    same(
        "600c600353 600160d453 604061010060d55f60095afa 610140523d61016052 595ff3",
        "00",
    );
}

#[test]
fn a_precompiled_contract_that_fails_or_takes_more_than_every_fork_allows_is_refused() {
    for source in [
        // BLAKE2F of no data, a point that is not on the curve, MODEXP with a base of 2^255 bytes.
        "5f5f5f5f60095afa",
        "60015f52 5f5f60805f60065afa",
        "600160ff1b5f52 5f5f60605f60055afa",
    ] {
        let state = state(source, "00");
        let error = ours(&mut World(state), SOURCE, &[]).expect_err("refused");
        assert!(matches!(error, Unknown::Precompile), "{source}");
    }
}

#[test]
fn the_size_of_memory_is_that_of_the_frame_s_own() {
    // Both have some before the call; the other account answers its MSIZE, the source returns its own and all memory.
    let other = "60bb604052 595f52 60205ff3";
    same(
        "60aa60a052 60205f5f5f {}5afa 5f52 60205f60205f {}5afa 602052 59606052 595ff3",
        other,
    );
}

#[test]
fn each_frame_has_a_stack_of_1024_items_of_its_own() {
    for items in [1_024, 1_025] {
        // Some of the caller's own below; all but ten of the callee's are there when it returns.
        let other = format!("{}{}60205ff3", "5f".repeat(items), "50".repeat(10));
        same("5f5f5f5f 60205f5f5f {}5afa 5f52 60205ff3", &other);
    }
}

#[test]
fn a_host_is_told_how_many_frames_wait_for_an_answer() {
    // The source calls the other account twice, and that one itself with a byte of calldata, where it stops, and then the account without code.
    let other = "36156006 57 00 5b 5f5f60015f305afa 50 5f5f5f5f () 5afa 50";
    let state = state(&"5f5f5f5f {} 5afa 50".repeat(2), other);
    for depth in [0, 7] {
        let code = Rc::new(Code::new(&state[&SOURCE].code));
        let (mut world, mut depths) = (World(state.clone()), Vec::new());
        let mut host = Answering(|call: &Call<'_>| {
            depths.push(call.depth);
            world.call(call).expect("known")
        });
        let entry = Entry {
            depth,
            ..entry(SOURCE, &[])
        };
        assert!(run(&mut host, code, entry).expect("known").success);
        assert_eq!(depths, [1, 2, 2, 1, 2, 2].map(|waiting| depth + waiting));
    }
}
