//! Programs that are made to be hard to check or compile: each is refused with the reason, or takes bounded work.

use devchain::wasm::{ModuleCache, StylusParams, activate};

/// A program with these fields beside its memory and its entrypoint.
fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module (memory (export "memory") 1 1) {fields}
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    ))
    .expect("valid WAT")
}

fn refused(fields: &str) -> String {
    activate(&module(fields), &StylusParams::default())
        .expect_err("must be refused")
        .to_string()
}

/// Activates and compiles: both must end.
fn accepted(fields: &str) {
    let wasm = module(fields);
    let params = StylusParams::default();
    activate(&wasm, &params).expect("activates");
    ModuleCache::shared()
        .and_then(|modules| modules.compile(&wasm, &params))
        .expect("compiles");
}

fn nested(opening: &str, depth: usize, inside: &str) -> String {
    format!("{}{inside}{}", opening.repeat(depth), "end ".repeat(depth))
}

#[test]
fn loops_that_would_keep_the_compiler_busy_are_refused() {
    // 348 locals in each of 2,000 loops are 696,000: some ten kilobytes that take seconds to compile, and there is room for a dozen
    let function = format!(
        "(func (local {}) {})",
        "i64 ".repeat(348),
        nested("loop ", 2_000, "(local.set 0 (local.get 347))")
    );
    assert_eq!(
        refused(&function),
        "too many wasm loops times locals: 696000 > 500000"
    );
    // the sum over functions counts, and parameters do, too: 4 * 1,000 * (1 + 150)
    let function = format!(
        "(func (param i64) (local {}) {})",
        "i64 ".repeat(150),
        nested("loop ", 1_000, "")
    );
    assert_eq!(
        refused(&function.repeat(4)),
        "too many wasm loops times locals: 604000 > 500000"
    );
}

#[test]
fn a_branch_table_that_the_compiler_cannot_take_is_refused() {
    let function = |targets: usize| {
        format!(
            "(func (param i32) (block (br_table {} (local.get 0))))",
            "0 ".repeat(targets + 1)
        )
    };
    assert_eq!(
        refused(&function(65_001)),
        "too many wasm br_table targets: 65001 > 65000"
    );
    accepted(&function(65_000));
}

#[test]
fn what_is_large_or_deep_but_allowed_is_activated_and_compiled() {
    accepted(&format!("(func {})", nested("block ", 2_000, "")));
    accepted(&format!(
        "(func (local {}) {})",
        "i64 ".repeat(348),
        nested("loop ", 50, "(local.set 0 (local.get 347))")
    ));
    accepted(&"(func)".repeat(2_000));
    accepted(&"(type (func))".repeat(20_000));
    accepted(&format!(
        "(func (result i64) {} {})",
        "i64.const 1 ".repeat(3_000),
        "i64.add ".repeat(2_999)
    ));
}
