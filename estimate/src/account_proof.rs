use std::collections::HashMap;

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_rlp::Decodable as _;
use alloy_trie::{Nibbles, TrieAccount, nodes::TrieNode};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::skeleton::{Item, draw};

/// An account proof of a contract among so many accounts, root first.
pub fn account_proof(accounts: u64, seed: u64) -> Vec<Bytes> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut word = || B256::from(random.random::<[u8; 32]>());
    let account = TrieAccount {
        nonce: 1,
        balance: U256::ZERO,
        storage_root: word(),
        code_hash: word(),
    };
    let leaf = alloy_rlp::encode(account);
    let key = keccak256(word());
    let item = Item {
        key,
        values: [Some(leaf.clone()), Some(leaf)],
    };
    let [_, lane] = draw(&mut random, vec![item], accounts.saturating_sub(1));
    let nodes: HashMap<B256, Bytes> = lane
        .nodes
        .into_iter()
        .map(|node| (keccak256(&node), node))
        .collect();
    walk(lane.root, &Nibbles::unpack(key), &nodes)
}

/// The nodes on the way to a key.
fn walk(root: B256, key: &Nibbles, nodes: &HashMap<B256, Bytes>) -> Vec<Bytes> {
    let mut proof = Vec::new();
    let mut depth = 0;
    let mut next = Some(root);
    while let Some(node) = next.and_then(|hash| nodes.get(&hash)) {
        proof.push(node.clone());
        next = match TrieNode::decode(&mut node.as_ref()) {
            Ok(TrieNode::Branch(branch)) => {
                let below = (1u16 << key.get(depth).unwrap_or_default()) - 1;
                let at = (branch.state_mask.get() & below).count_ones() as usize;
                depth += 1;
                branch.stack.get(at).and_then(|child| child.as_hash())
            }
            Ok(TrieNode::Extension(extension)) => {
                depth += extension.key.len();
                extension.child.as_hash()
            }
            _ => None,
        };
    }
    proof
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_proof_of_a_large_chain_has_eight_nodes_and_a_few() {
        for seed in 0..5 {
            let proof = account_proof(1 << 28, seed);
            assert!((8..=11).contains(&proof.len()), "{} nodes", proof.len());
            let bytes: usize = proof.iter().map(|node| node.len()).sum();
            assert!((3_500..4_200).contains(&bytes), "{bytes} bytes");
            for pair in proof.windows(2) {
                let hash = keccak256(&pair[1]);
                assert!(pair[0].windows(32).any(|window| window == hash.as_slice()));
            }
        }
        assert_eq!(account_proof(1, 0).len(), 1);
    }
}
