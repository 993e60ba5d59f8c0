//! The deepest trie there can be. No slots with 63 shared nibbles are known, so the skeleton around one real slot is
//! made up; both of its roots are computed here, node by node.

use alloy_primitives::{B256, U256, keccak256};
use smartsync_proof::{Check, MultiProofError, Transition, transition_roots};

use crate::{
    forgery::state,
    oracle::{Storage, hashed},
    rlp::list,
};

/// Two untouched children of a branch at each depth, and their made-up hashes.
fn siblings(nibble: u8, depth: u8) -> [(u8, B256); 2] {
    let mut nibbles = [(nibble + 3) % 16, (nibble + 9) % 16];
    nibbles.sort_unstable();
    nibbles.map(|sibling| (sibling, keccak256([sibling, depth])))
}

fn nibbles(key: B256) -> Vec<u8> {
    key.iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .collect()
}

/// The proof that sets slot 0 to 2, with a branch at every depth.
fn proof() -> Vec<u8> {
    let key = nibbles(hashed(U256::ZERO));
    let mut places = Vec::new();
    for (depth, nibble) in (0u8..).zip(&key) {
        let mask = siblings(*nibble, depth)
            .iter()
            .fold(0u16, |mask, (sibling, _)| mask | 1 << sibling);
        places.push(0);
        places.extend(mask.to_be_bytes());
    }
    places.push(0xff);
    for (depth, nibble) in (0u8..64).zip(&key).rev() {
        if depth >= 8 {
            places.extend([0, 0]);
        }
        for (_, hash) in siblings(*nibble, depth) {
            places.extend(hash);
        }
    }
    [&[1, 0, 1][..], &[1, 0, 2], &places].concat()
}

/// The root when slot 0 has a value.
fn root(value: u8) -> B256 {
    // A leaf without any path left: the flag alone.
    let mut reference = vec![0xc2, 0x20, value];
    let mut node = Vec::new();
    for (depth, nibble) in (0u8..64).zip(nibbles(hashed(U256::ZERO))).rev() {
        let mut items = vec![vec![0x80]; 17];
        items[usize::from(nibble)] = reference;
        for (sibling, hash) in siblings(nibble, depth) {
            items[usize::from(sibling)] = alloy_rlp::encode(hash);
        }
        let payload = items.concat();
        node = Vec::new();
        alloy_rlp::Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(&mut node);
        node.extend(payload);
        reference = alloy_rlp::encode(keccak256(&node));
    }
    keccak256(&node)
}

#[test]
fn a_trie_with_a_branch_at_every_depth_is_folded() {
    let folded = transition_roots(&proof(), &mut Storage(state([(0, 1)])));
    let expected = Transition {
        pre_storage_root: root(1),
        post_storage_root: root(2),
        changes: 1,
    };
    assert_eq!(folded, Ok(expected));
}

#[test]
fn a_branch_below_the_deepest_leaf_is_refused() {
    let mut forged = proof();
    let leaf = 6 + 64 * 3;
    assert_eq!(forged[leaf], 0xff);
    forged[leaf] = 0;
    let error = MultiProofError::Malformed {
        reason: Check::Depth,
        offset: leaf as u32,
    };
    assert_eq!(
        transition_roots(&forged, &mut Storage(state([(0, 1)]))),
        Err(error)
    );
}

#[test]
fn a_revealed_branch_or_extension_below_the_deepest_branch_is_refused() {
    // Slot 0 is deleted from a branch at depth 63, whose other child can only be a leaf.
    let nibble = hashed(U256::ZERO)[31] & 0x0f;
    let mask = 1u16 << ((nibble + 1) % 16);
    let start = [&[1, 0, 1, 0, 0, 63][..], &mask.to_be_bytes(), &[0xff]].concat();
    let storage = || Storage(state([(0, 1)]));
    for mark in [0x40, 0x01] {
        let forged = [&start[..], &[mark], &[0x11; 33]].concat();
        let offset = start.len() as u32;
        let error = MultiProofError::Malformed {
            reason: Check::RevealMark,
            offset,
        };
        assert_eq!(transition_roots(&forged, &mut storage()), Err(error));
    }
    // The leaf has no nibble of path left.
    let leaf = [&start[..], &[0xff, 1, 7]].concat();
    assert!(transition_roots(&leaf, &mut storage()).is_ok());
}

/// The root of an extension of 50 nibbles over a branch of slot 0's leaf and some embedded siblings.
fn root_over_embedded(value: u8, siblings: &[(u8, Vec<u8>)]) -> B256 {
    let key = hashed(U256::ZERO);
    let path = alloy_rlp::encode(&[&[0x00], &key[..25]].concat()[..]);
    // 13 nibbles are left below the branch: an odd number.
    let leaf_path = alloy_rlp::encode(&[&[0x30 | key[25] & 0x0f], &key[26..]].concat()[..]);
    let mut items = vec![vec![0x80]; 17];
    items[usize::from(key[25] >> 4)] = list(&[leaf_path, vec![value]]);
    for (sibling, node) in siblings {
        items[usize::from(*sibling)] = node.clone();
    }
    let branch = list(&items);
    let reference = if branch.len() < 32 {
        branch
    } else {
        alloy_rlp::encode(keccak256(&branch))
    };
    keccak256(list(&[path, reference]))
}

#[test]
fn a_branch_of_embedded_nodes_is_encoded_right_at_every_length() {
    let nibble = hashed(U256::ZERO)[25] >> 4;
    let mut lengths = std::collections::BTreeSet::new();
    for total in 1..=15usize * 31 {
        let mut left = total;
        let mut siblings = Vec::new();
        for sibling in (0..16u8).filter(|sibling| *sibling != nibble) {
            let length = left.min(31);
            if length > 0 {
                let mut node = vec![0xc0 + length as u8 - 1];
                node.resize(length, 0x01);
                siblings.push((sibling, node));
            }
            left -= length;
        }
        lengths.insert(10 + (15 - siblings.len()) + total + 1);
        let mask = siblings
            .iter()
            .fold(0u16, |mask, (sibling, _)| mask | 1 << sibling)
            .to_be_bytes();
        let nodes: Vec<u8> = siblings.iter().flat_map(|(_, node)| node.clone()).collect();
        let proof = [&[1, 0, 1, 1, 0, 2, 50][..], &mask, &[0xff], &mask, &nodes].concat();
        let expected = Transition {
            pre_storage_root: root_over_embedded(1, &siblings),
            post_storage_root: root_over_embedded(2, &siblings),
            changes: 1,
        };
        assert_eq!(
            transition_roots(&proof, &mut Storage(state([(0, 1)]))),
            Ok(expected),
            "{total}"
        );
    }
    // Both ends of each form of the prefix of a list, and of what is embedded.
    for length in [29, 30, 31, 55, 56, 57, 255, 256, 257] {
        assert!(lengths.contains(&length), "{length}");
    }
}
