//! Ink of what the small programs of these tests do, worked out by hand.

/// Ink of any host function, of each pointer, and of a trip to the node.
pub const H: u64 = 8_400;
pub const P: u64 = 5_040;
pub const A: u64 = 59_673;

/// Ink for writing bytes to a program, and for reading them from it.
pub fn w(bytes: u64) -> u64 {
    5_040 + 30 * bytes.saturating_sub(32)
}
pub fn r(bytes: u64) -> u64 {
    16_381 + 55 * bytes.saturating_sub(32)
}

/// Entering a program of one function (i32) -> i32, without data or globals of its own: cached = 11 * 32 + (4 globals of the
/// meters * 1.628 = 6) + 5 a page + 0.00122 a byte; init = 69 * 128 + (one function: 8) + (two types: 2) + 0.1286 a byte.
pub fn entry(wasm: &[u8], pages: u64) -> u64 {
    let len = wasm.len() as u64;
    352 + 6 + 5 * pages + len * 122 / 100_000 + 8_832 + 8 + 2 + len * 1_286 / 10_000
}

pub fn wasm(imports: &str, pages: u64, body: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module {imports} (memory (export "memory") {pages} {pages})
            (func (export "user_entrypoint") (param $len i32) (result i32) {body}))"#
    ))
    .expect("valid WAT")
}
