//! Addresses of contracts and accounts that others here speak of.

use alloy_primitives::{Address, address};

/// ArbOwner.
pub const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");
/// ArbWasm.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// ArbWasmCache.
pub const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");
/// ArbDebug.
pub const ARB_DEBUG: Address = address!("00000000000000000000000000000000000000ff");

/// Whose key Offchain Labs' devnode scripts use: it becomes chain owner on any dev chain.
pub const DEVELOPER: Address = address!("3f1eae7d46d88f08fc2f8ed27fcb2ab183eb2d0e");

/// Where transaction fees and data fees go.
pub const NETWORK_FEE_ACCOUNT: Address = address!("a4b000000000000000000073657175656e636572");
/// Who posts batches to the parent chain: the sequencer.
pub const BATCH_POSTER: Address = NETWORK_FEE_ACCOUNT;
