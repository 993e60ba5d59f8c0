//! What host functions do and cost.

mod account;
mod block;
mod call;
mod data;
mod math;
mod pointer;
mod storage;
mod trace;

use alloy_primitives::{B256, U256};
use devchain::wasm::{Outcome, Status};

use crate::world::{World, entrypoint, execute};

/// Every host function.
pub const H: u64 = 8_400;
/// Every pointer.
pub const P: u64 = 5_040;
/// A trip to the node.
pub const A: u64 = 59_673;

/// Runs a body (and `i32.const 0`), checks that it returns, and gives the ink each host function took, by name.
pub fn traced(world: &mut World, body: &str, input: &[u8]) -> Vec<(String, u64)> {
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
pub fn ink_of(world: &mut World, body: &str, input: &[u8]) -> u64 {
    let costs = traced(world, body, input);
    assert_eq!(costs.len(), 1, "{body}");
    costs[0].1
}

/// Runs a body that writes 32 bytes at 0 and gives them back.
pub fn word(world: &mut World, body: &str) -> B256 {
    let wasm = entrypoint(&format!(
        "{body} (call $write_result (i32.const 0) (i32.const 32)) i32.const 0"
    ));
    let outcome = execute(&wasm, world, &[], 10_000_000);
    assert_eq!(outcome.status, Status::Return, "{body}");
    B256::from_slice(&outcome.output)
}

pub fn run(world: &mut World, body: &str, gas: u64) -> Outcome {
    execute(&entrypoint(&format!("{body} i32.const 0")), world, &[], gas)
}

/// WAT that stores a word big-endian at an address of memory.
pub fn store(at: u32, value: U256) -> String {
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
