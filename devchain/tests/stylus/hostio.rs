//! What host functions do and cost.

use alloy_primitives::{Address, B256, Bytes, U256, b256, hex, keccak256};
use devchain::wasm::{
    CallKind, CallResult, CreateResult, Env, HostError, Outcome, Status, StylusParams, Trap,
};

use crate::world::{STORE_GAS, World, entrypoint, execute, execute_with};

/// Every host function.
const H: u64 = 8_400;
/// Every pointer.
const P: u64 = 5_040;
/// A trip to the node.
const A: u64 = 59_673;

/// Runs a body (and `i32.const 0`), checks that it returns, and gives the ink each host function took, by name.
fn traced(world: &mut World, body: &str, input: &[u8]) -> Vec<(String, u64)> {
    world.traces = Some(Vec::new());
    let outcome = execute(
        &entrypoint(&format!("{body} i32.const 0")),
        world,
        input,
        10_000_000,
    );
    assert_eq!(outcome.status, Status::Return, "{body}");
    let traces = world.traces.take().expect("tracing was on");
    let last = traces.len() - 1;
    assert_eq!(
        (traces[0].0.as_str(), traces[last].0.as_str()),
        ("user_entrypoint", "user_returned")
    );
    traces[1..last]
        .iter()
        .map(|(name, _, _, ink)| (name.clone(), *ink))
        .collect()
}

/// Ink of the only host function in a body.
fn ink_of(world: &mut World, body: &str, input: &[u8]) -> u64 {
    let costs = traced(world, body, input);
    assert_eq!(costs.len(), 1, "{body}");
    costs[0].1
}

/// Runs a body that writes 32 bytes at 0 and gives them back.
fn word(world: &mut World, body: &str) -> B256 {
    let wasm = entrypoint(&format!(
        "{body} (call $write_result (i32.const 0) (i32.const 32)) i32.const 0"
    ));
    let outcome = execute(&wasm, world, &[], 10_000_000);
    assert_eq!(outcome.status, Status::Return, "{body}");
    B256::from_slice(&outcome.output)
}

fn run(world: &mut World, body: &str, gas: u64) -> Outcome {
    execute(&entrypoint(&format!("{body} i32.const 0")), world, &[], gas)
}

/// WAT that stores a word big-endian at an address of memory.
fn store(at: u32, value: U256) -> String {
    let bytes = value.to_be_bytes::<32>();
    let mut wat = String::new();
    for (index, chunk) in bytes.chunks_exact(8).enumerate() {
        let number = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        wat += &format!(
            "(i64.store (i32.const {}) (i64.const {}))",
            at as usize + index * 8,
            number as i64
        );
    }
    wat
}

#[test]
fn calldata_costs_30_ink_a_byte_beyond_a_word() {
    assert_eq!(
        ink_of(
            &mut World::default(),
            "(call $read_args (i32.const 0))",
            &[]
        ),
        H + 5_040
    );
    assert_eq!(
        ink_of(
            &mut World::default(),
            "(call $read_args (i32.const 0))",
            &[1; 32]
        ),
        H + 5_040
    );
    assert_eq!(
        ink_of(
            &mut World::default(),
            "(call $read_args (i32.const 0))",
            &[1; 100]
        ),
        H + 5_040 + 30 * 68
    );
}

#[test]
fn calldata_comes_back_as_output() {
    let body = "(call $read_args (i32.const 16)) (call $write_result (i32.const 16) (local.get $len)) i32.const 0";
    let outcome = execute(
        &entrypoint(body),
        &mut World::default(),
        b"hello",
        1_000_000,
    );
    assert_eq!(
        (outcome.status, outcome.output),
        (Status::Return, b"hello".to_vec())
    );
}

#[test]
fn output_costs_twice_55_ink_a_byte_beyond_a_word() {
    let body = |len: u32| format!("(call $write_result (i32.const 0) (i32.const {len}))");
    assert_eq!(
        ink_of(&mut World::default(), &body(32), &[]),
        H + 2 * 16_381
    );
    assert_eq!(
        ink_of(&mut World::default(), &body(132), &[]),
        H + 2 * (16_381 + 55 * 100)
    );
}

#[test]
fn a_status_other_than_zero_reverts_with_the_output() {
    let body = "(call $write_result (i32.const 0) (i32.const 3)) i32.const 7";
    let outcome = execute(&entrypoint(body), &mut World::default(), &[], 1_000_000);
    assert_eq!(
        (outcome.status, outcome.output),
        (Status::Revert, vec![0, 0, 0])
    );
}

#[test]
fn an_early_exit_is_free_and_gives_its_status() {
    assert_eq!(
        run(
            &mut World::default(),
            "(call $exit_early (i32.const 0)) unreachable",
            1_000_000
        )
        .status,
        Status::Return
    );
    let body = "(call $write_result (i32.const 0) (i32.const 1)) (call $exit_early (i32.const 1)) unreachable";
    let outcome = run(&mut World::default(), body, 1_000_000);
    assert_eq!((outcome.status, outcome.output), (Status::Revert, vec![0]));
    let mut world = World {
        traces: Some(Vec::new()),
        ..World::default()
    };
    run(&mut world, "(call $exit_early (i32.const 0))", 1_000_000);
    let traces = world.traces.unwrap_or_default();
    assert!(
        traces
            .iter()
            .any(|(name, _, _, ink)| name == "exit_early" && *ink == 0)
    );
}

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

#[test]
fn a_call_pays_for_its_calldata_twice_and_for_the_callee() {
    let mut world = World {
        answer: Some(Box::new(|call| {
            assert_eq!(
                (call.kind, call.value, call.input.len()),
                (CallKind::Call, U256::from(5), 42)
            );
            assert_eq!(call.address, Address::with_last_byte(8));
            assert_eq!(call.gas_requested, 1_234);
            CallResult {
                success: true,
                output: Bytes::from_static(b"abc"),
                gas_cost: 777,
            }
        })),
        ..World::default()
    };
    // address at 0, value at 32, calldata of 42 bytes at 64, length of the answer to 200
    let body = format!(
        "(i32.store8 (i32.const 19) (i32.const 8)) {}
         (local.set $len (call $call_contract
           (i32.const 0) (i32.const 64) (i32.const 42) (i32.const 32) (i64.const 1234) (i32.const 200)))
         (if (i32.load (i32.const 200)) (then (if (i32.ne (i32.load (i32.const 200)) (i32.const 3)) (then unreachable))))
         (if (local.get $len) (then unreachable))
         (drop (call $return_data_size))
         (drop (call $read_return_data (i32.const 0) (i32.const 1) (i32.const 9)))",
        store(32, U256::from(5))
    );
    let costs = traced(&mut world, &body, &[]);
    assert_eq!(
        costs[0],
        (
            "call_contract".into(),
            H + 3 * P + A + 2 * (16_381 + 55 * 10) + 777 * 10_000
        )
    );
    assert_eq!(costs[1], ("return_data_size".into(), H));
    // two bytes can be written: less than a word
    assert_eq!(costs[2], ("read_return_data".into(), H + A + 5_040));
}

#[test]
fn a_failed_call_gives_status_2_and_its_revert_data() {
    for (function, kind) in [
        ("delegate", CallKind::DelegateCall),
        ("static", CallKind::StaticCall),
    ] {
        let mut world = World {
            answer: Some(Box::new(move |call| {
                assert_eq!((call.kind, call.value), (kind, U256::ZERO));
                assert_eq!(
                    call.gas_requested, call.gas_left,
                    "a request beyond the gas left is cut to it"
                );
                CallResult {
                    success: false,
                    output: Bytes::from_static(b"no"),
                    gas_cost: 100,
                }
            })),
            ..World::default()
        };
        let body = format!(
            "(i32.store8 (i32.const 100) (call ${function}_call_contract
               (i32.const 0) (i32.const 64) (i32.const 0) (i64.const -1) (i32.const 200)))
             (drop (call $read_return_data (i32.const 101) (i32.const 0) (i32.const 2)))
             (call $write_result (i32.const 100) (i32.const 3))"
        );
        assert_eq!(run(&mut world, &body, 1_000_000).output, b"\x02no");
    }
}

#[test]
fn a_creation_writes_the_address_and_pays_by_its_init_code() {
    let contract = Address::repeat_byte(0xcc);
    let created = || CreateResult {
        address: Some(contract),
        output: Bytes::new(),
        gas_cost: 32_000,
    };
    let mut world = World {
        creation: created(),
        ..World::default()
    };
    let body = "(call $create1 (i32.const 64) (i32.const 100) (i32.const 0) (i32.const 200) (i32.const 220))
                (call $create2 (i32.const 64) (i32.const 100) (i32.const 0) (i32.const 32) (i32.const 200) (i32.const 220))";
    let costs = traced(&mut world, body, &[]);
    let bytes = 2 * (16_381 + 55 * 68);
    assert_eq!(costs[0].1, H + 3 * P + A + bytes + 32_000 * 10_000);
    assert_eq!(costs[1].1, H + 4 * P + A + bytes + 32_000 * 10_000);
    assert_eq!(world.creations[0].2, None);
    assert_eq!(world.creations[1].2, Some(B256::ZERO));
    let body = format!("{body} (call $write_result (i32.const 200) (i32.const 20))");
    let mut world = World {
        creation: created(),
        ..World::default()
    };
    assert_eq!(run(&mut world, &body, 10_000_000).output, contract.to_vec());
}

#[test]
fn a_creation_in_a_static_context_traps() {
    let mut world = World {
        read_only: true,
        ..World::default()
    };
    let body = "(call $create1 (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 200) (i32.const 220))";
    assert_eq!(
        run(&mut world, body, 1_000_000).status,
        Status::Trap(Trap::Refused(HostError::StaticWrite))
    );
}

#[test]
fn a_log_costs_what_the_opcode_costs_beside_reading_it() {
    let mut world = World::default();
    let body = format!(
        "{} (call $emit_log (i32.const 0) (i32.const 74) (i32.const 2))",
        store(32, U256::from(3))
    );
    // 2 topics of 32 bytes and 10 bytes of data: 375 * 3 + 8 * 10 gas
    let gas = 375 * 3 + 8 * 10;
    assert_eq!(
        ink_of(&mut world, &body, &[]),
        H + A + (16_381 + 55 * 42) + gas * 10_000
    );
    assert_eq!(
        world.logs,
        vec![(vec![B256::ZERO, B256::with_last_byte(3)], vec![0; 10])]
    );
}

#[test]
fn a_log_with_bad_topics_traps() {
    for (len, topics) in [(160, 5), (63, 2), (0, 1), (u32::MAX, u32::MAX)] {
        let body = format!(
            "(call $emit_log (i32.const 0) (i32.const {}) (i32.const {}))",
            len as i32, topics as i32
        );
        let outcome = run(&mut World::default(), &body, 1_000_000);
        assert_eq!(outcome.status, Status::Trap(Trap::Topics { topics, len }));
    }
    let mut world = World {
        read_only: true,
        ..World::default()
    };
    let body = "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 0))";
    assert_eq!(
        run(&mut world, body, 1_000_000).status,
        Status::Trap(Trap::Refused(HostError::StaticWrite))
    );
}

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

#[test]
fn the_surroundings_are_what_the_host_says() {
    let env = Env {
        base_fee: U256::from(100_000_000u64),
        coinbase: Address::repeat_byte(1),
        gas_limit: 32_000_000,
        l1_block_number: 7_000_000,
        timestamp: 1_700_000_000,
        chain_id: 412_346,
        contract_address: Address::repeat_byte(2),
        msg_sender: Address::repeat_byte(3),
        msg_value: U256::from(4),
        tx_origin: Address::repeat_byte(5),
        gas_price: U256::from(6),
        reentrant: true,
    };
    let words = [
        ("block_basefee", B256::from(env.base_fee)),
        ("msg_value", B256::from(env.msg_value)),
        ("tx_gas_price", B256::from(env.gas_price)),
    ];
    let mut world = World {
        env: env.clone(),
        ..World::default()
    };
    for (function, expected) in words {
        let body = format!("(call ${function} (i32.const 0))");
        assert_eq!(word(&mut world, &body), expected, "{function}");
        assert_eq!(ink_of(&mut world, &body, &[]), H + P, "{function}");
    }
    let addresses = [
        ("block_coinbase", env.coinbase),
        ("contract_address", env.contract_address),
        ("msg_sender", env.msg_sender),
        ("tx_origin", env.tx_origin),
    ];
    for (function, expected) in addresses {
        let body = format!("(call ${function} (i32.const 12))");
        assert_eq!(word(&mut world, &body), expected.into_word(), "{function}");
        assert_eq!(ink_of(&mut world, &body, &[]), H + P, "{function}");
    }
    let numbers = [
        ("block_gas_limit", env.gas_limit),
        ("block_number", env.l1_block_number),
        ("block_timestamp", env.timestamp),
        ("chainid", env.chain_id),
    ];
    for (function, expected) in numbers {
        // little-endian in memory
        let body = format!("(i64.store (i32.const 0) (call ${function}))");
        assert_eq!(
            word(&mut world, &body)[..8],
            expected.to_le_bytes(),
            "{function}"
        );
        assert_eq!(
            ink_of(&mut world, &format!("(drop (call ${function}))"), &[]),
            H,
            "{function}"
        );
    }
    for (function, expected) in [("msg_reentrant", 1u32), ("tx_ink_price", 10_000)] {
        let body = format!("(i32.store (i32.const 0) (call ${function}))");
        assert_eq!(
            word(&mut world, &body)[..4],
            expected.to_le_bytes(),
            "{function}"
        );
        assert_eq!(
            ink_of(&mut world, &format!("(drop (call ${function}))"), &[]),
            H,
            "{function}"
        );
    }
}

#[test]
fn gas_left_is_read_after_paying_for_the_reading() {
    // 1,000 gas = 10,000,000 ink; [call] takes 3,800 + 2,450 + the function's 8,400: 9,985,350 ink, 998 gas
    for (function, expected) in [("evm_gas_left", 998u64), ("evm_ink_left", 9_985_350)] {
        let body = format!(
            "(local $left i64) (local.set $left (call ${function})) (i64.store (i32.const 0) (local.get $left))
             (call $write_result (i32.const 0) (i32.const 8)) i32.const 0"
        );
        let outcome = execute(&entrypoint(&body), &mut World::default(), &[], 1_000);
        assert_eq!(outcome.output, expected.to_le_bytes(), "{function}");
    }
}

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

#[test]
fn a_pointer_out_of_memory_traps_and_keeps_the_gas() {
    let end = 65_536;
    let cases = [
        (
            format!("(call $msg_sender (i32.const {}))", end - 19),
            Trap::Pointer {
                pointer: end - 19,
                len: 20,
            },
        ),
        (
            "(call $msg_value (i32.const -1))".into(),
            Trap::Pointer {
                pointer: u32::MAX,
                len: 32,
            },
        ),
        (
            "(call $write_result (i32.const 1) (i32.const 65536))".into(),
            Trap::Pointer {
                pointer: 1,
                len: end,
            },
        ),
        (
            "(call $storage_load_bytes32 (i32.const 65505) (i32.const 0))".into(),
            Trap::Pointer {
                pointer: 65_505,
                len: 32,
            },
        ),
    ];
    for (body, trap) in cases {
        let outcome = run(&mut World::default(), &body, 1_000_000);
        assert_eq!(outcome.status, Status::Trap(trap), "{body}");
        assert!(
            outcome.gas_left > 990_000 && outcome.output.is_empty(),
            "{body}"
        );
    }
    // the last word of memory is in memory
    assert_eq!(
        run(
            &mut World::default(),
            "(call $msg_value (i32.const 65504))",
            1_000_000
        )
        .status,
        Status::Return
    );
}

#[test]
fn a_length_beyond_memory_is_not_allocated() {
    // 4 GiB cost 55 ink a byte: 23.6 million gas each way
    let body = "(call $write_result (i32.const 0) (i32.const -1))";
    let outcome = run(&mut World::default(), body, u64::from(u32::MAX));
    assert_eq!(
        outcome.status,
        Status::Trap(Trap::Pointer {
            pointer: 0,
            len: u32::MAX
        })
    );
}

#[test]
fn a_trap_of_the_program_keeps_the_gas_and_drops_the_output() {
    for body in [
        "unreachable",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(drop (i32.load (i32.const 65533)))",
    ] {
        let body = format!("(call $write_result (i32.const 0) (i32.const 3)) {body}");
        let outcome = run(&mut World::default(), &body, 1_000_000);
        assert!(
            matches!(outcome.status, Status::Trap(Trap::Wasm(_))),
            "{:?}",
            outcome.status
        );
        assert!(outcome.gas_left > 999_000 && outcome.output.is_empty());
    }
}

#[test]
fn a_trace_has_what_the_program_gave_and_got() {
    let mut world = World {
        traces: Some(Vec::new()),
        ..World::default()
    };
    world.storage.insert(B256::ZERO, B256::with_last_byte(9));
    run(
        &mut world,
        "(call $storage_load_bytes32 (i32.const 0) (i32.const 32))",
        1_000_000,
    );
    let traces = world.traces.unwrap_or_default();
    let load = traces
        .iter()
        .find(|(name, ..)| name == "storage_load_bytes32")
        .expect("traced");
    assert_eq!(hex::encode(&load.1), "00".repeat(32));
    assert_eq!(hex::encode(&load.2), format!("{}09", "00".repeat(31)));
}

#[test]
fn a_debug_chain_has_a_console_free_of_charge() {
    let wasm = wat::parse_str(
        r#"(module
            (import "console" "log_txt" (func $log_txt (param i32 i32)))
            (import "console" "log_i32" (func $log_i32 (param i32)))
            (import "console" "tee_i64" (func $tee_i64 (param i64) (result i64)))
            (memory (export "memory") 1 1)
            (data (i32.const 0) "hello")
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $log_txt (i32.const 0) (i32.const 5))
                (call $log_i32 (i32.const 7))
                (i32.wrap_i64 (call $tee_i64 (i64.const 0)))))"#,
    )
    .expect("valid WAT");
    let params = StylusParams {
        debug: true,
        ink_price: 1,
        ..StylusParams::default()
    };
    let outcome = execute_with(&wasm, &mut World::default(), &[], 1_000_000, &params);
    // [const const call] [const call] [const call] [wrap end]
    let ink = (2 + 3_800 + 2_450) + 2 * (1 + 3_800 + 2_450) + (100 + 1 + 2_450);
    assert_eq!(
        (outcome.status, outcome.gas_left),
        (Status::Return, 1_000_000 - ink)
    );
}
