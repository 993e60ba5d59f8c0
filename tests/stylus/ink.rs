//! What instructions cost.

use devchain::wasm::{Status, StylusParams};

use crate::world::{World, entrypoint, execute, execute_with, ink, module};

/// The check at a block's head.
const HEADER: u64 = 2_450;
/// `i32.const 0` and `end` with their header: the tail of every body below.
const TAIL: u64 = 1 + 1 + HEADER;

/// Ink of a body that ends with `i32.const 0`, without that tail.
fn cost(body: &str) -> u64 {
    ink(
        &entrypoint(&format!("{body} i32.const 0")),
        &mut World::default(),
        &[],
    ) - TAIL
}

#[test]
fn an_empty_program_pays_for_one_block() {
    assert_eq!(
        ink(&entrypoint("i32.const 0"), &mut World::default(), &[]),
        1 + 1 + 2_450
    );
}

#[test]
fn straight_line_operators_cost_what_the_price_list_says() {
    // each body: operands (1 for a constant, 75 for a local) + the operator + 9 for `drop`
    let cases = [
        ("nop", 1),
        ("(drop (i32.const 7))", 1 + 9),
        ("(drop (i64.const 7))", 1 + 9),
        ("(drop (local.get $len))", 75 + 9),
        ("(local.set $len (i32.const 7))", 1 + 210),
        ("(drop (local.tee $len (i32.const 7)))", 1 + 75 + 9),
        (
            "(drop (select (i32.const 1) (i32.const 2) (i32.const 3)))",
            3 + 1_250 + 9,
        ),
        ("(drop (i32.load (i32.const 0)))", 1 + 670 + 9),
        ("(drop (i32.load8_u (i32.const 0)))", 1 + 670 + 9),
        ("(drop (i64.load (i32.const 0)))", 1 + 680 + 9),
        ("(drop (i64.load32_s (i32.const 0)))", 1 + 680 + 9),
        ("(i32.store (i32.const 0) (i32.const 1))", 2 + 825),
        ("(i32.store8 (i32.const 0) (i32.const 1))", 2 + 825),
        ("(i64.store (i32.const 0) (i64.const 1))", 2 + 950),
        ("(i64.store32 (i32.const 0) (i64.const 1))", 2 + 950),
        ("(drop (memory.size))", 3_000 + 9),
        ("(drop (i32.eqz (i32.const 0)))", 1 + 170 + 9),
        ("(drop (i32.lt_u (i32.const 0) (i32.const 1)))", 2 + 170 + 9),
        ("(drop (i64.eqz (i64.const 0)))", 1 + 225 + 9),
        ("(drop (i64.ge_s (i64.const 0) (i64.const 1)))", 2 + 225 + 9),
        ("(drop (i32.clz (i32.const 1)))", 1 + 210 + 9),
        ("(drop (i64.ctz (i64.const 1)))", 1 + 210 + 9),
        ("(drop (i32.add (i32.const 1) (i32.const 2)))", 2 + 70 + 9),
        ("(drop (i32.rotl (i32.const 1) (i32.const 2)))", 2 + 70 + 9),
        ("(drop (i64.sub (i64.const 1) (i64.const 2)))", 2 + 100 + 9),
        (
            "(drop (i64.shr_u (i64.const 1) (i64.const 2)))",
            2 + 100 + 9,
        ),
        ("(drop (i32.mul (i32.const 1) (i32.const 2)))", 2 + 160 + 9),
        ("(drop (i64.mul (i64.const 1) (i64.const 2)))", 2 + 160 + 9),
        (
            "(drop (i32.div_s (i32.const 1) (i32.const 2)))",
            2 + 1_120 + 9,
        ),
        (
            "(drop (i32.rem_u (i32.const 1) (i32.const 2)))",
            2 + 1_120 + 9,
        ),
        (
            "(drop (i64.div_u (i64.const 1) (i64.const 2)))",
            2 + 1_270 + 9,
        ),
        ("(drop (i32.popcnt (i32.const 1)))", 1 + 2_650 + 9),
        ("(drop (i64.popcnt (i64.const 1)))", 1 + 6_000 + 9),
        ("(drop (i32.wrap_i64 (i64.const 1)))", 1 + 100 + 9),
        ("(drop (i64.extend_i32_u (i32.const 1)))", 1 + 100 + 9),
        ("(drop (i32.extend8_s (i32.const 1)))", 1 + 100 + 9),
        ("(drop (i64.extend32_s (i64.const 1)))", 1 + 100 + 9),
    ];
    for (body, expected) in cases {
        assert_eq!(cost(body), expected, "{body}");
    }
}

#[test]
fn globals_cost_more_to_write_than_to_read() {
    let globals = "(global $g (mut i32) (i32.const 5))";
    let with = |body: &str| {
        let func = format!(
            r#"(func (export "user_entrypoint") (param i32) (result i32) {body} i32.const 0)"#
        );
        ink(
            &module(&format!("{globals} {func}")),
            &mut World::default(),
            &[],
        ) - TAIL
    };
    assert_eq!(with("(drop (global.get $g))"), 225 + 9);
    assert_eq!(with("(global.set $g (i32.const 6))"), 1 + 575);
}

#[test]
fn each_block_pays_for_its_own_check() {
    // [block end] [const end]
    assert_eq!(cost("(block)"), 1 + 1 + HEADER);
    // [loop] [end] [const end]
    assert_eq!(cost("(loop)"), (1 + HEADER) + (1 + HEADER));
}

#[test]
fn an_if_that_is_not_taken_skips_its_body() {
    let body = "(if (local.get $len) (then nop)) i32.const 0";
    let world = &mut World::default();
    // [local.get if] then straight to [const end]
    assert_eq!(ink(&entrypoint(body), world, &[]), 75 + 765 + HEADER + TAIL);
    // [local.get if] [nop end] [const end]
    assert_eq!(
        ink(&entrypoint(body), world, &[0]),
        75 + 765 + HEADER + (1 + 1 + HEADER) + TAIL
    );
}

#[test]
fn an_else_ends_the_block_of_its_then() {
    let body = "(if (local.get $len) (then nop) (else nop nop)) i32.const 0";
    let world = &mut World::default();
    // [local.get if] [nop else] [const end]
    assert_eq!(
        ink(&entrypoint(body), world, &[0]),
        75 + 765 + HEADER + (1 + 1 + HEADER) + TAIL
    );
    // [local.get if] [nop nop end] [const end]
    assert_eq!(
        ink(&entrypoint(body), world, &[]),
        75 + 765 + HEADER + (1 + 1 + 1 + HEADER) + TAIL
    );
}

#[test]
fn branches_end_a_block() {
    // [block br] [const end]: the block's own end is never reached
    assert_eq!(cost("(block (br 0))"), 1 + 765 + HEADER);
    // [block const br_if] [const end] when taken, and [end] between them when not
    assert_eq!(
        cost("(block (br_if 0 (i32.const 1)))"),
        1 + 1 + 765 + HEADER
    );
    assert_eq!(
        cost("(block (br_if 0 (i32.const 0)))"),
        1 + 1 + 765 + HEADER + (1 + HEADER)
    );
}

#[test]
fn a_branch_table_costs_by_its_targets() {
    // [block block const br_table] [end] [const end]; the default is not counted as a target
    let body = "(block (block (br_table 0 0 1 (i32.const 0))))";
    assert_eq!(
        cost(body),
        1 + 1 + 1 + (2_400 + 325 * 2) + HEADER + (1 + HEADER)
    );
}

#[test]
fn a_return_skips_the_rest() {
    // [const return]
    let wasm = entrypoint("i32.const 0 return i32.const 1");
    assert_eq!(ink(&wasm, &mut World::default(), &[]), 1 + 1 + HEADER);
}

#[test]
fn a_call_ends_a_block_and_its_callee_pays_for_itself() {
    let wasm = module(
        r#"(func $f (param i32))
           (func (export "user_entrypoint") (param i32) (result i32) (call $f (i32.const 1)) i32.const 0)"#,
    );
    // [const call], in the callee [end], [const end]
    assert_eq!(
        ink(&wasm, &mut World::default(), &[]),
        (1 + 3_800 + HEADER) + (1 + HEADER) + TAIL
    );
}

#[test]
fn an_indirect_call_costs_by_its_parameters() {
    let wasm = module(
        r#"(type $t (func (param i32 i64)))
           (table 1 1 funcref)
           (elem (i32.const 0) $f)
           (func $f (type $t))
           (func (export "user_entrypoint") (param i32) (result i32)
             (call_indirect (type $t) (i32.const 1) (i64.const 2) (i32.const 0))
             i32.const 0)"#,
    );
    // [const const const call_indirect], in the callee [end], [const end]
    let call = 1 + 1 + 1 + (13_610 + 650 * 2) + HEADER;
    assert_eq!(
        ink(&wasm, &mut World::default(), &[]),
        call + (1 + HEADER) + TAIL
    );
}

#[test]
fn bulk_memory_costs_by_the_byte() {
    assert_eq!(
        cost("(memory.copy (i32.const 0) (i32.const 64) (i32.const 50))"),
        3 + 950 + 50 * 100
    );
    assert_eq!(
        cost("(memory.fill (i32.const 0) (i32.const 1) (i32.const 0))"),
        3 + 950
    );
    assert_eq!(
        cost("(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))"),
        3 + 950 + 65_536 * 100
    );
}

#[test]
fn gas_left_is_ink_left_rounded_down() {
    // 2,452 ink of 10,000,000
    let outcome = execute(
        &entrypoint("i32.const 0"),
        &mut World::default(),
        &[],
        1_000,
    );
    assert_eq!((outcome.status, outcome.gas_left), (Status::Return, 999));
}

#[test]
fn exactly_enough_ink_is_enough() {
    let params = StylusParams {
        ink_price: 1,
        ..StylusParams::default()
    };
    let wasm = entrypoint("i32.const 0");
    let enough = execute_with(&wasm, &mut World::default(), &[], 2_452, &params);
    assert_eq!((enough.status, enough.gas_left), (Status::Return, 0));
    let short = execute_with(&wasm, &mut World::default(), &[], 2_451, &params);
    assert_eq!((short.status, short.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn an_endless_loop_runs_out_of_ink_with_all_gas_gone() {
    let wasm = entrypoint("(loop (br 0)) i32.const 0");
    let outcome = execute(&wasm, &mut World::default(), &[], 100_000);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn a_bulk_operator_without_ink_runs_out_before_it_moves_a_byte() {
    // 65,536 bytes would cost 6.5 million ink; there are 1 million
    let wasm =
        entrypoint("(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) i32.const 0");
    let outcome = execute(&wasm, &mut World::default(), &[], 100);
    assert_eq!((outcome.status, outcome.gas_left), (Status::OutOfInk, 0));
}

#[test]
fn a_recursion_ends_where_the_stack_allowance_ends() {
    // Frames: the entrypoint and $f each need 2 words (the check at a block's head) + 0 locals + 4 = 6.
    // A frame is entered while more than 6 words are left: of 22,000 words, 3,666 frames fit
    // (22,000 - 6 * 3,665 = 10 > 6, then 4), which is the entrypoint, $f(n), ..., $f(0): n + 2 frames.
    let wasm = module(
        r#"(func $f (param i32)
             (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
           (func (export "user_entrypoint") (param i32) (result i32) (call $f (local.get 0)) i32.const 0)"#,
    );
    let deepest = execute(&wasm, &mut World::default(), &vec![0; 3_664], 1_000_000);
    assert_eq!(deepest.status, Status::Return);
    let deeper = execute(&wasm, &mut World::default(), &vec![0; 3_665], 1_000_000);
    assert_eq!((deeper.status, deeper.gas_left), (Status::OutOfStack, 0));
}

#[test]
fn a_frame_is_given_back_at_every_return() {
    let wasm = module(
        r#"(func $f (param i32) (result i32) (local i64 i64 i64)
             (if (local.get 0) (then (return (i32.const 1))))
             i32.const 2)
           (func (export "user_entrypoint") (param i32) (result i32) (local $i i32)
             (loop $again
               (drop (call $f (local.get $i)))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))
             i32.const 0)"#,
    );
    assert_eq!(
        execute(&wasm, &mut World::default(), &[], 10_000_000).status,
        Status::Return
    );
}
