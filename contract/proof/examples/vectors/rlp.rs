//! RLP by alloy, for nodes and headers that are put together by hand.

use alloy_primitives::{B256, Bytes, keccak256};

/// A list of items that are RLP already.
pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut list = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut list);
    list.extend(payload);
    list
}

/// A string.
pub fn string(bytes: &[u8]) -> Vec<u8> {
    alloy_rlp::encode(Bytes::copy_from_slice(bytes))
}

/// The item by which a parent names a node.
pub fn hash(node: &[u8]) -> Vec<u8> {
    alloy_rlp::encode::<B256>(keccak256(node))
}
