//! Which programs are let in.

use devchain::wasm::{
    ActivationError, ModuleCache, Status, StylusParams, activate, decompress, is_program, run,
};

use crate::world::World;

fn refuse(wat: &str) -> String {
    let wasm = wat::parse_str(wat).expect("valid WAT");
    activate(&wasm, &StylusParams::default())
        .expect_err("must be refused")
        .to_string()
}

/// A module with everything a program needs, and these fields.
fn with(fields: &str) -> String {
    format!(
        r#"(module {fields} (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    )
}

/// The same with a body before the entrypoint's result.
fn body(body: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1 1) (table $t 1 1 funcref)
            (func (export "user_entrypoint") (param i32) (result i32) {body} i32.const 0))"#
    )
}

#[test]
fn what_is_not_in_the_subset_is_refused() {
    let cases = [
        (body("(drop (f32.const 1))"), "floating-point"),
        (
            body("(drop (f64.add (f64.const 1) (f64.const 2)))"),
            "floating-point",
        ),
        (with("(func (param f32))"), "floating-point"),
        (body("(drop (v128.const i64x2 0 0))"), "SIMD"),
        (body("(drop (i32.atomic.load (i32.const 0)))"), "threads"),
        (body("(drop (ref.null func))"), "reference types"),
        (body("(drop (table.size $t))"), "reference types"),
        (
            body("(table.copy (i32.const 0) (i32.const 0) (i32.const 0))"),
            "unsupported operator TableCopy",
        ),
        (
            body("(block (result i32 i32) i32.const 1 i32.const 2) drop drop"),
            "multi-value",
        ),
        (
            with("(func (result i32 i32) i32.const 1 i32.const 2)"),
            "multi-value",
        ),
        (
            body("(drop (i64.mul_wide_u (i64.const 1) (i64.const 2))) drop"),
            "wide",
        ),
        (
            body("(return_call_indirect (result i32) (i32.const 0))"),
            "tail calls",
        ),
    ];
    for (wat, reason) in cases {
        let Ok(wasm) = wat::parse_str(&wat) else {
            panic!("cannot assemble {wat}")
        };
        let error = activate(&wasm, &StylusParams::default())
            .expect_err(&wat)
            .to_string();
        assert!(error.contains(reason), "{wat}\n{error}");
    }
}

#[test]
fn only_one_memory_and_one_table_are_allowed() {
    assert!(refuse(&with("(memory 1 1)")).contains("multiple memories"));
    assert!(refuse(&with("(table 1 1 funcref) (table 1 1 funcref)")).contains("multiple tables"));
}

#[test]
fn segments_that_are_not_active_are_refused() {
    assert_eq!(
        refuse(&with("(data \"abc\")")),
        "passive segments are not supported"
    );
    let init =
        "(data $d \"abc\") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)))";
    assert_eq!(refuse(&with(init)), "unsupported WebAssembly section 12");
    assert_eq!(
        refuse(&with("(table 1 1 funcref) (elem func)")),
        "passive segments are not supported"
    );
}

#[test]
fn segments_must_fit_where_they_are_copied() {
    let data = |offset: i64, text: &str| with(&format!("(data (i32.const {offset}) \"{text}\")"));
    let elements = |offset: i64| {
        with(&format!(
            "(table 2 2 funcref) (func $f) (elem (i32.const {offset}) $f)"
        ))
    };
    // one page has 65,536 bytes, the table two entries; an empty segment may lie at the very end
    for fits in [data(65_533, "abc"), data(65_536, ""), elements(1)] {
        let wasm = wat::parse_str(&fits).expect("valid WAT");
        activate(&wasm, &StylusParams::default()).expect(&fits);
    }
    for (wat, error) in [
        (
            data(65_534, "abc"),
            "out-of-bounds data segment: 3 at 65534, where 65536 fit",
        ),
        (
            data(65_537, ""),
            "out-of-bounds data segment: 0 at 65537, where 65536 fit",
        ),
        (
            data(-1, "a"),
            "out-of-bounds data segment: 1 at -1, where 65536 fit",
        ),
        (
            elements(2),
            "out-of-bounds element segment: 1 at 2, where 2 fit",
        ),
    ] {
        assert_eq!(refuse(&wat), error);
    }
}

#[test]
fn the_entrypoint_must_take_a_length_and_return_a_status() {
    let error = "missing export user_entrypoint of type (i32) -> i32";
    assert_eq!(refuse(r#"(module (memory (export "memory") 1 1))"#), error);
    for ty in [
        "(param i64) (result i32)",
        "(param i32)",
        "(param i32 i32) (result i32)",
    ] {
        let wat = format!(
            r#"(module (memory (export "memory") 1 1) (func (export "user_entrypoint") {ty} unreachable))"#
        );
        assert_eq!(refuse(&wat), error);
    }
    let global = r#"(module (memory (export "memory") 1 1) (global (export "user_entrypoint") i32 (i32.const 0)))"#;
    assert_eq!(refuse(global), error);
}

#[test]
fn memory_must_be_there_exported_and_paid_for() {
    let entrypoint = r#"(func (export "user_entrypoint") (param i32) (result i32) i32.const 0)"#;
    assert_eq!(
        refuse(&format!("(module {entrypoint})")),
        "missing memory with export name memory"
    );
    assert_eq!(
        refuse(&format!("(module (memory 1 1) {entrypoint})")),
        "missing memory with export name memory"
    );
    let growing = format!(r#"(module (memory (export "memory") 1) {entrypoint})"#);
    assert_eq!(
        refuse(&growing),
        "missing import vm_hooks.pay_for_memory_grow"
    );
    let large = format!(r#"(module (memory (export "memory") 129 129) {entrypoint})"#);
    assert_eq!(refuse(&large), "memory exceeds limit: 129 > 128 pages");
    let imported = format!(r#"(module (import "vm_hooks" "memory" (memory 1)) {entrypoint})"#);
    assert_eq!(
        refuse(&imported),
        "unsupported import kind of vm_hooks.memory"
    );
    let wasm = wat::parse_str(with("")).expect("valid WAT");
    let params = StylusParams {
        page_limit: 0,
        ..StylusParams::default()
    };
    let error = activate(&wasm, &params).expect_err("more pages than the chain allows");
    assert!(
        matches!(error, ActivationError::Pages { got: 1, max: 0 }),
        "{error}"
    );
}

#[test]
fn only_known_host_functions_may_be_imported_with_their_types() {
    let unknown = with(r#"(import "vm_hooks" "shout" (func))"#);
    assert_eq!(refuse(&unknown), "no such host function: vm_hooks.shout");
    let elsewhere = with(r#"(import "env" "read_args" (func (param i32)))"#);
    assert_eq!(refuse(&elsewhere), "no such host function: env.read_args");
    let mistyped = with(r#"(import "vm_hooks" "read_args" (func (param i64)))"#);
    assert!(refuse(&mistyped).starts_with("wrong type for host function read_args"));
    let console = with(r#"(import "console" "log_txt" (func (param i32 i32)))"#);
    assert_eq!(refuse(&console), "no such host function: console.log_txt");
    let wasm = wat::parse_str(console).expect("valid WAT");
    activate(
        &wasm,
        &StylusParams {
            debug: true,
            ..StylusParams::default()
        },
    )
    .expect("a debug chain has a console");
}

#[test]
fn reserved_names_are_refused() {
    assert_eq!(
        refuse(&with(r#"(func (export "stylus_ink_left"))"#)),
        "reserved symbol stylus_ink_left"
    );
    assert_eq!(
        refuse(&with(r#"(func (export "x__stylus_start"))"#)),
        "reserved symbol x__stylus_start"
    );
    assert_eq!(
        refuse(&with(r#"(import "vm_hooks" "stylus_x" (func))"#)),
        "reserved symbol stylus_x"
    );
    let both =
        with(r#"(import "vm_hooks" "read_args" (func (param i32))) (func (export "read_args"))"#);
    assert_eq!(
        refuse(&both),
        "the program exports an import with the same name: read_args"
    );
}

#[test]
fn a_start_function_is_refused_except_on_a_debug_chain_where_it_is_not_run() {
    let start = with("(func $main unreachable) (start $main)");
    assert_eq!(refuse(&start), "wasm start functions not allowed");
    let debug = StylusParams {
        debug: true,
        ..StylusParams::default()
    };
    let wasm = wat::parse_str(start).expect("valid WAT");
    activate(&wasm, &debug).expect("activates");
    let module = ModuleCache::shared()
        .and_then(|cache| cache.translate(&wasm, &debug))
        .expect("compiles");
    let outcome = run(&module, &mut World::default(), &[], 100, &debug);
    assert!(
        matches!(outcome.status, Status::Return),
        "{:?}",
        outcome.status
    );
}

#[test]
fn sizes_are_limited() {
    assert_eq!(
        refuse(&with(&"(func)".repeat(4_097))),
        "too many wasm functions: 4098 > 4096"
    );
    assert_eq!(
        refuse(&with(&format!("(func (local {}))", "i32 ".repeat(349)))),
        "too many wasm locals: 349 > 348"
    );
    assert_eq!(
        refuse(&with("(table 4097 4097 funcref)")),
        "too many wasm table entries: 4097 > 4096"
    );
    let data = "(data (i32.const 0) \"a\")".repeat(129);
    assert_eq!(
        refuse(&with(&data)),
        "too many wasm data segments: 129 > 128"
    );
    let long = with(&format!("(func {})", "nop ".repeat(65_536)));
    assert!(refuse(&long).starts_with("too many wasm opcodes in func body: "));
    let deep = with(&format!(
        "(func {} {})",
        "i32.const 0 ".repeat(4_097),
        "drop ".repeat(4_097)
    ));
    assert_eq!(
        refuse(&deep),
        "too many wasm values on the stack at once: 4097 > 4096"
    );
}

#[test]
fn names_are_limited() {
    let name = |len: usize| "n".repeat(len);
    let named = |len: usize| {
        format!(
            "(module ${} (memory (export \"memory\") 1 1) (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))",
            name(len)
        )
    };
    let wasm = wat::parse_str(named(512)).expect("valid WAT");
    activate(&wasm, &StylusParams::default()).expect("512 bytes");
    assert_eq!(refuse(&named(513)), "wasm module name too long: 513 > 512");
    // exports are dropped before they are counted, but on a debug chain
    let long = with(&format!("(func (export \"{}\"))", name(513)));
    let many: String = (0..1_019)
        .map(|index| format!("(func (export \"f{index}\"))"))
        .collect();
    let debug = StylusParams {
        debug: true,
        ..StylusParams::default()
    };
    // with `memory` and `user_entrypoint` 1,021, and the four that metering adds
    for (wat, error) in [
        (long, "wasm name too long: 513 > 512"),
        (with(&many), "too many wasm exports: 1025 > 1024"),
    ] {
        let wasm = wat::parse_str(wat).expect("valid WAT");
        activate(&wasm, &StylusParams::default()).expect("not counted");
        let refused = activate(&wasm, &debug).expect_err(error).to_string();
        assert_eq!(refused, error);
    }
}

#[test]
fn malformed_names_are_refused_although_webassembly_lets_them_be() {
    let mut wasm = wat::parse_str(with("")).expect("valid WAT");
    activate(&wasm, &StylusParams::default()).expect("activates");
    // a custom section of 7 bytes called "name", whose subsection 0 says it has 9 bytes
    wasm.extend(b"\x00\x07\x04name\x00\x09");
    activate(&wasm, &StylusParams::default()).expect_err("cut off");
}

#[test]
fn rubbish_is_refused() {
    for bytes in [&b""[..], b"\0asm", b"not wasm", b"\0asm\x0d\0\x01\0"] {
        assert!(activate(bytes, &StylusParams::default()).is_err());
    }
    let wasm = wat::parse_str(with("")).expect("valid WAT");
    for end in 0..wasm.len() {
        assert!(
            activate(&wasm[..end], &StylusParams::default()).is_err(),
            "cut at {end}"
        );
    }
}

#[test]
fn what_a_program_costs_to_activate_follows_from_its_size() {
    let wasm = wat::parse_str(with("")).expect("valid WAT");
    let info = activate(&wasm, &StylusParams::default()).expect("activates");
    let len = wasm.len() as u64;
    // 28 gas a microsecond. One function: 17263/100000 = 0. One page: 2,217. Operators: [const end] and their check (12),
    // the frame's check (12), its return at the end (4 + 1): 31 * 535/1000 = 16
    assert_eq!(
        info.activation_gas,
        28 * (len * 31_733 / 100_000 + 2_217 + 16)
    );
    // one function with two types: 996 and 22
    assert_eq!(
        u64::from(info.asm_estimate),
        512_000 + 996 + 22 + len * 62_628 / 10_000
    );
    assert_eq!((info.version, info.footprint), (3, 1));
}

fn compressed(wasm: &[u8]) -> Vec<u8> {
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let params = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &wasm[..], &mut code, &params).expect("compresses");
    code
}

#[test]
fn code_is_unpacked_up_to_the_limit() {
    let code = compressed(b"some bytes");
    assert!(is_program(&code));
    assert_eq!(decompress(&code, 10).expect("fits"), b"some bytes");
    assert!(matches!(
        decompress(&code, 9),
        Err(ActivationError::TooLarge { max: 9 })
    ));
}

#[test]
fn a_bomb_is_cut_off_at_the_limit() {
    let code = compressed(&vec![0; 4 << 20]);
    assert!(code.len() < 1_000);
    assert!(matches!(
        decompress(&code, 128 * 1024),
        Err(ActivationError::TooLarge { max: 131_072 })
    ));
}

#[test]
fn code_that_is_not_a_program_is_refused() {
    assert!(matches!(decompress(b"", 10), Err(ActivationError::NotWasm)));
    assert!(matches!(
        decompress(&[0x60, 0x00], 10),
        Err(ActivationError::NotWasm)
    ));
    assert!(matches!(
        decompress(&[0xef, 0xf0, 0x00], 10),
        Err(ActivationError::NotWasm)
    ));
    assert!(matches!(
        decompress(&[0xef, 0xf0, 0x00, 7, 1], 10),
        Err(ActivationError::Dictionary { got: 7 })
    ));
    assert!(matches!(
        decompress(&[0xef, 0xf0, 0x00, 0, 0xff, 0xff], 10),
        Err(ActivationError::Compression(_))
    ));
    let cut = compressed(&(0..=255).collect::<Vec<u8>>());
    assert!(matches!(
        decompress(&cut[..cut.len() - 2], 1_000),
        Err(ActivationError::Compression(_))
    ));
    assert!(!is_program(&[0xef, 0x01, 0x00, 0x00]));
}
