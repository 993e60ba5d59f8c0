use alloy_primitives::{B256, keccak256};

use crate::{
    NodeCheck, ProofError,
    lookup::lookup,
    rlp::{integer, only_item},
};

/// A slot's value under a storage root (EIP-1186 nodes, root first), zero when it is proven absent.
///
/// # Errors
/// When the nodes prove neither a value nor its absence, or when any of them is not needed.
pub fn verify_storage<'a>(
    storage_root: &B256,
    slot: &B256,
    nodes: impl IntoIterator<Item = &'a [u8]>,
) -> Result<B256, ProofError> {
    let mut count = 0u32;
    let nodes = nodes
        .into_iter()
        .inspect(|_| count = count.saturating_add(1));
    let Some(value) = lookup(storage_root, &keccak256(slot), nodes)? else {
        return Ok(B256::ZERO);
    };
    let fail = |check| ProofError {
        check,
        node: count.saturating_sub(1),
    };
    let word = only_item(value)
        .and_then(|item| item.string())
        .and_then(|bytes| integer(bytes, 32))
        .ok_or_else(|| fail(NodeCheck::Value))?;
    if word == [0; 32] {
        return Err(fail(NodeCheck::ZeroValue));
    }
    Ok(B256::new(word))
}
