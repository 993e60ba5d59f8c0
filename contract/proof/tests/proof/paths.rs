//! Single keys through made-up nodes: each nibble of a path counts, and an error names the node it is in.

use alloy_primitives::{B256, keccak256};
use smartsync_proof::{NodeCheck, ProofError, verify_storage};

use crate::rlp::{list, string};

/// A leaf at the root that holds 5, for a key in place of slot 0's.
fn leaf(key: B256) -> Vec<u8> {
    list(&[string(&[&[0x20], &key[..]].concat()), vec![5]])
}

fn prove(nodes: &[Vec<u8>]) -> Result<B256, ProofError> {
    let root = keccak256(&nodes[0]);
    verify_storage(&root, &B256::ZERO, nodes.iter().map(|node| &node[..]))
}

/// The key with one nibble changed.
fn with_other_nibble(mut key: B256, index: usize) -> B256 {
    key.0[index / 2] ^= if index.is_multiple_of(2) { 0x10 } else { 0x01 };
    key
}

#[test]
fn a_leaf_that_differs_in_one_nibble_proves_absence() {
    let key = keccak256(B256::ZERO);
    assert_eq!(prove(&[leaf(key)]).unwrap(), B256::with_last_byte(5));
    for index in 0..64 {
        let other = leaf(with_other_nibble(key, index));
        assert_eq!(prove(&[other]).unwrap(), B256::ZERO, "{index}");
    }
}

#[test]
fn an_extension_that_differs_in_one_nibble_proves_absence() {
    let key = keccak256(B256::ZERO);
    // An extension of ten nibbles; what is below it is not needed where the way parts.
    let extension = |key: B256| list(&[string(&[&[0x00], &key[..5]].concat()), string(&[7; 32])]);
    let missing = ProofError {
        check: NodeCheck::Missing,
        node: 1,
    };
    assert_eq!(prove(&[extension(key)]), Err(missing));
    for index in 0..10 {
        let other = extension(with_other_nibble(key, index));
        assert_eq!(prove(&[other]).unwrap(), B256::ZERO, "{index}");
    }
}

#[test]
fn an_error_names_the_node_it_is_in() {
    let nibbles = |index: usize| keccak256(B256::ZERO)[index / 2] >> (4 * (1 - index % 2)) & 0x0f;
    let malformed = vec![0xc1, 0x80];
    let padded = [list(&[vec![0x80]]), vec![0; 40]].concat();
    for depth in 0..4usize {
        // So many branches, and below them what is no node.
        let mut nodes = vec![padded.clone()];
        for at in (0..depth).rev() {
            let mut items = vec![vec![0x80]; 17];
            items[usize::from(nibbles(at))] = string(keccak256(&nodes[0]).as_slice());
            nodes.insert(0, list(&items));
        }
        let expected = ProofError {
            check: NodeCheck::Rlp,
            node: depth as u32,
        };
        assert_eq!(prove(&nodes), Err(expected));
    }
    let expected = ProofError {
        check: NodeCheck::ItemCount,
        node: 0,
    };
    assert_eq!(prove(&[malformed]), Err(expected));
}

#[test]
fn an_embedded_node_of_32_bytes_is_refused() {
    let mut items = vec![vec![0x80]; 17];
    for length in [31, 32] {
        // One item of zeros fills the list.
        let embedded = list(&[string(&vec![0; length - 2])]);
        assert_eq!(embedded.len(), length);
        items[9] = embedded;
        // Slot 0's hash begins with 2, so the way ends in the branch, and only the form of child 9 matters.
        let proven = prove(&[list(&items)]).map_err(|error| error.check);
        let expected = if length < 32 {
            Ok(B256::ZERO)
        } else {
            Err(NodeCheck::Child)
        };
        assert_eq!(proven, expected);
    }
}
