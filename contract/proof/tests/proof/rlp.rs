//! RLP by alloy, for nodes and headers that are put together by hand.

use alloy_primitives::{Bytes, keccak256};

/// A list of items that are RLP already.
pub fn list<Item: AsRef<[u8]>>(items: &[Item]) -> Vec<u8> {
    let payload: Vec<u8> = items
        .iter()
        .flat_map(|item| item.as_ref().iter().copied())
        .collect();
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
    string(keccak256(node).as_slice())
}
