//! Traces of host functions, and the console.

use alloy_primitives::{B256, hex};
use devchain::wasm::{Status, StylusParams};

use super::run;
use crate::world::{World, execute_with};

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
