//! Calls, creations and logs.

use alloy_primitives::{Address, B256, Bytes, U256};
use devchain::wasm::{CallKind, CallResult, CreateResult, HostError, Status, Trap};

use super::{A, H, P, ink_of, run, store, traced};
use crate::world::World;

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
