//! What a program may import: the names and signatures of the host functions.

use wasmparser::ValType::{self, I32, I64};

/// The module programs import from.
pub(super) const VM_HOOKS: &str = "vm_hooks";
/// The module of debugging functions, on debug chains only.
pub(super) const CONSOLE: &str = "console";
/// The import that pays for memory; a program whose memory can grow must have it.
pub(super) const PAY_FOR_MEMORY_GROW: &str = "pay_for_memory_grow";

/// Parameters and results of a host function.
type Signature = (&'static [ValType], &'static [ValType]);

/// The signature of a function in `vm_hooks`.
fn vm_hook(name: &str) -> Option<Signature> {
    Some(match name {
        "read_args" | "exit_early" | "storage_flush_cache" | "pay_for_memory_grow" => (&[I32], &[]),
        "write_result" => (&[I32; 2], &[]),
        "storage_load_bytes32" | "storage_cache_bytes32" => (&[I32; 2], &[]),
        "transient_load_bytes32" | "transient_store_bytes32" => (&[I32; 2], &[]),
        "call_contract" => (&[I32, I32, I32, I32, I64, I32], &[I32]),
        "delegate_call_contract" | "static_call_contract" => (&[I32, I32, I32, I64, I32], &[I32]),
        "create1" => (&[I32; 5], &[]),
        "create2" => (&[I32; 6], &[]),
        "read_return_data" => (&[I32; 3], &[I32]),
        "return_data_size" => (&[], &[I32]),
        "emit_log" => (&[I32; 3], &[]),
        "account_balance" | "account_codehash" => (&[I32; 2], &[]),
        "account_code" => (&[I32; 4], &[I32]),
        "account_code_size" => (&[I32], &[I32]),
        "block_basefee" | "block_coinbase" | "contract_address" | "msg_sender" | "msg_value" => {
            (&[I32], &[])
        }
        "tx_gas_price" | "tx_origin" => (&[I32], &[]),
        "block_gas_limit" | "block_number" | "block_timestamp" | "chainid" => (&[], &[I64]),
        "evm_gas_left" | "evm_ink_left" => (&[], &[I64]),
        "msg_reentrant" | "tx_ink_price" => (&[], &[I32]),
        "math_div" | "math_mod" | "math_pow" => (&[I32; 2], &[]),
        "math_add_mod" | "math_mul_mod" | "native_keccak256" => (&[I32; 3], &[]),
        _ => return None,
    })
}

/// The signature of a function in `console`.
fn console(name: &str) -> Option<Signature> {
    Some(match name {
        "log_txt" => (&[I32; 2], &[]),
        "log_i32" => (&[I32], &[]),
        "log_i64" => (&[I64], &[]),
        "tee_i32" => (&[I32], &[I32]),
        "tee_i64" => (&[I64], &[I64]),
        _ => return None,
    })
}

/// The signature a program must give an import, or none if there is no such function on this chain.
pub(super) fn signature(module: &str, name: &str, debug: bool) -> Option<Signature> {
    match module {
        VM_HOOKS => vm_hook(name),
        CONSOLE if debug => console(name),
        _ => None,
    }
}
