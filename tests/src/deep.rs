//! Tries as deep as a large chain's, whose other children are made up.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::{Nibbles, nodes::LeafNode};

/// Root and nodes of a trie in which each key's leaf hangs below so many full branches, and where an empty value stands for a key that is not there.
///
/// # Panics
/// When two keys share their first `branches` nibbles.
pub fn deep_trie(entries: &[(B256, Vec<u8>)], branches: usize) -> (B256, Vec<Bytes>) {
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| (Nibbles::unpack(key), value.as_slice()))
        .collect();
    let mut nodes = Vec::new();
    let root = node(&entries, Nibbles::default(), branches, &mut nodes);
    (keccak256(root), nodes)
}

fn node(
    entries: &[(Nibbles, &[u8])],
    prefix: Nibbles,
    branches: usize,
    nodes: &mut Vec<Bytes>,
) -> Vec<u8> {
    let depth = prefix.len();
    let made = match entries {
        [(key, value)] if depth == branches => {
            alloy_rlp::encode(LeafNode::new(key.slice(branches..), value.to_vec()))
        }
        _ => {
            assert!(depth < branches, "two keys share {prefix:?}");
            let mut payload = Vec::new();
            for child in 0..16u8 {
                let mut below = prefix;
                below.push(child);
                let inside: Vec<_> = entries
                    .iter()
                    .filter(|(key, _)| key.get(depth) == Some(child))
                    .copied()
                    .collect();
                let hash = match inside.as_slice() {
                    [] => keccak256(below.to_vec()),
                    [(_, value)] if value.is_empty() && depth + 1 == branches => {
                        payload.push(0x80);
                        continue;
                    }
                    inside => keccak256(node(inside, below, branches, nodes)),
                };
                payload.push(0xa0);
                payload.extend_from_slice(hash.as_slice());
            }
            payload.push(0x80);
            let length = (payload.len() as u16).to_be_bytes();
            [&[0xf9], length.as_slice(), &payload].concat()
        }
    };
    nodes.push(made.clone().into());
    made
}
