//! Programs that are made to be hard to check or translate: each takes bounded work.

use devchain::wasm::{ModuleCache, StylusParams, activate};

/// A program with these fields beside its memory and its entrypoint.
fn module(fields: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module (memory (export "memory") 1 1) {fields}
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    ))
    .expect("valid WAT")
}

/// Activates and translates: both must end.
fn accepted(fields: &str) {
    let wasm = module(fields);
    let params = StylusParams::default();
    activate(&wasm, &params).expect("activates");
    ModuleCache::shared()
        .and_then(|modules| modules.translate(&wasm, &params))
        .expect("translates");
}

fn nested(opening: &str, depth: usize, inside: &str) -> String {
    format!("{}{inside}{}", opening.repeat(depth), "end ".repeat(depth))
}

#[test]
fn what_is_large_or_deep_is_activated_and_translated() {
    accepted(&format!("(func {})", nested("block ", 2_000, "")));
    accepted(&format!(
        "(func (local {}) {})",
        "i64 ".repeat(348),
        nested("loop ", 50, "(local.set 0 (local.get 347))")
    ));
    // A compiler that looks at each variable in each loop would take seconds for each of these.
    accepted(&format!(
        "(func (local {}) {})",
        "i64 ".repeat(348),
        nested("loop ", 2_000, "(local.set 0 (local.get 347))")
    ));
    accepted(&format!(
        "(func (param i32) (block (br_table {} (local.get 0))))",
        "0 ".repeat(100_000)
    ));
    accepted(&"(func)".repeat(2_000));
    accepted(&"(type (func))".repeat(20_000));
    accepted(&format!(
        "(func (result i64) {} {})",
        "i64.const 1 ".repeat(3_000),
        "i64.add ".repeat(2_999)
    ));
}
