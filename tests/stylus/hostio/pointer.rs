//! Pointers that lie outside memory, and traps.

use devchain::wasm::{Status, Trap};

use super::run;
use crate::world::World;

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
