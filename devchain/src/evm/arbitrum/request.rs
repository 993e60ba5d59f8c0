//! A call of a precompiled contract, as the contract sees it.

use alloy_primitives::{Address, U256};

/// A call of a precompiled contract.
pub struct Request<'a> {
    /// Who calls it.
    pub caller: Address,
    /// Wei sent along.
    pub value: U256,
    /// Whether the context is static.
    pub is_static: bool,
    /// Depth of its frame.
    pub depth: usize,
    /// Calldata.
    pub input: &'a [u8],
}
