//! Calldata, output and the end of a program.

use devchain::wasm::Status;

use super::{H, ink_of, run};
use crate::world::{World, entrypoint, execute};

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
