//! Nodes that no canonical trie has, given to the builder: each is named, with its path and what is wrong with it.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use smartsync_proof::{BuildError, NodeCheck, build_inclusion};

use crate::{
    builder::{build, many},
    oracle::changes,
    rlp::{self, hash, string},
};

/// A list of items that are RLP already.
fn list(items: &[Vec<u8>]) -> Bytes {
    rlp::list(items).into()
}

/// What the builder says of a trie of these nodes, the first of which is the root. Slot 0's hash begins with 290decd9.
fn refusal(nodes: &[Bytes]) -> BuildError {
    let slot = (U256::ZERO, U256::ZERO);
    build_inclusion(&[slot], keccak256(&nodes[0]), nodes.to_vec()).unwrap_err()
}

fn malformed(path: &[u8], check: NodeCheck) -> BuildError {
    BuildError::MalformedNode {
        path: path.to_vec(),
        check,
    }
}

#[test]
fn a_list_with_neither_2_nor_17_items_is_named() {
    for items in [0, 1, 3, 15, 16, 18, 19] {
        let node = list(&vec![vec![0x80]; items]);
        assert_eq!(
            refusal(&[node]),
            malformed(&[], NodeCheck::ItemCount),
            "{items}"
        );
    }
}

#[test]
fn an_embedded_node_of_32_bytes_is_named() {
    let mut items = vec![vec![0x80]; 17];
    // A leaf below nibble 9, whose path ends at 64 nibbles only if it is as long as a hash would be.
    let embedded = list(&[string(&[0x11; 29]), vec![0x01]]);
    assert_eq!(embedded.len(), 32);
    items[9] = embedded.to_vec();
    assert_eq!(refusal(&[list(&items)]), malformed(&[], NodeCheck::Child));
}

#[test]
fn an_extension_without_nibbles_or_down_to_the_leaves_is_named() {
    let child = string(&[7; 32]);
    for path in [vec![0x00], [vec![0x00], vec![0x29; 32]].concat()] {
        let node = list(&[string(&path), child.clone()]);
        let error = refusal(&[node]);
        assert_eq!(error, malformed(&[], NodeCheck::PathLength), "{path:02x?}");
    }
    // 63 nibbles leave one for the branch below. These part from slot 0's way at the first.
    let longest = list(&[string(&[&[0x15][..], &[0x29; 31]].concat()), child]);
    let slot = (U256::ZERO, U256::ZERO);
    assert!(build_inclusion(&[slot], keccak256(&longest), [longest]).is_ok());
}

#[test]
fn an_extension_over_a_leaf_or_an_extension_is_named() {
    let key = keccak256(B256::ZERO);
    let leaf = list(&[string(&[&[0x20], &key[1..]].concat()), vec![0x05]]);
    let extension = list(&[string(&[0x00, 0x0d]), string(&[7; 32])]);
    for below in [leaf, extension] {
        let above = list(&[string(&[0x00, 0x29]), hash(&below)]);
        let error = refusal(&[above, below]);
        assert_eq!(error, malformed(&[2, 9], NodeCheck::ExtensionChild));
    }
}

#[test]
fn paths_in_errors_are_told_nibble_by_nibble() {
    let path = vec![0x2, 0xa, 0x0, 0xf];
    let told = [
        BuildError::NotRevealed { path: path.clone() },
        BuildError::MissingSibling { path: path.clone() },
        BuildError::UnlistedChange { path: path.clone() },
        malformed(&path, NodeCheck::Rlp),
    ];
    for error in told {
        assert!(error.to_string().contains("path 2a0f"), "{error}");
    }
}

#[test]
fn an_unlisted_change_is_told_with_the_path_of_the_branch_child_it_is_in() {
    let pre = many();
    let mut post = pre.clone();
    post.insert(U256::from(3), U256::from(1_000));
    let listed = changes(&pre, &post);
    // Slot 2's hash begins with 4, slot 3's with c: their ways part at the root.
    post.insert(U256::from(2), U256::from(1_000));
    let unlisted = BuildError::UnlistedChange { path: vec![4] };
    assert_eq!(build(&pre, &post, &listed).unwrap_err(), unlisted);
}
