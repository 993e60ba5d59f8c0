use std::collections::HashSet;

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::nodes::TrieNode;

use crate::State;

/// Bytes of the nodes of EIP-1186 proofs: all of them, and each distinct one once.
pub fn eip1186_bytes(nodes: &[Bytes]) -> (usize, usize) {
    let distinct: HashSet<&Bytes> = nodes.iter().collect();
    (
        nodes.iter().map(|node| node.len()).sum(),
        distinct.iter().map(|node| node.len()).sum(),
    )
}

/// What no multi-proof of these changes can leave out, given the nodes on the ways to them after the changes: the reference of each
/// subtree beside the ways, and the slots and values in as few bytes as they have.
pub fn floor_bytes(nodes: &[Bytes], changes: &State) -> usize {
    let distinct: HashSet<&Bytes> = nodes.iter().collect();
    let hashes: HashSet<B256> = distinct.iter().map(keccak256).collect();
    let siblings: usize = distinct.iter().map(|node| beside(node, &hashes)).sum();
    let listed: usize = changes
        .iter()
        .map(|(slot, value)| slot.byte_len() + value.byte_len())
        .sum();
    siblings + listed
}

/// References in a branch that are not of nodes on the ways. A child that is held in its branch is on a way, or it is counted
/// with its length.
fn beside(mut node: &[u8], on_the_ways: &HashSet<B256>) -> usize {
    let Ok(TrieNode::Branch(branch)) = <TrieNode as alloy_rlp::Decodable>::decode(&mut node) else {
        return 0;
    };
    branch
        .stack
        .iter()
        .filter_map(|child| child.as_hash())
        .filter(|hash| !on_the_ways.contains(hash))
        .count()
        * B256::len_bytes()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;
    use alloy_trie::{
        Nibbles, TrieMask,
        nodes::{BranchNode, LeafNode, RlpNode},
    };

    use super::*;

    #[test]
    fn the_floor_is_the_hashes_beside_the_way_and_what_is_listed() {
        let leaf = TrieNode::Leaf(LeafNode::new(Nibbles::from_nibbles([1; 63]), vec![7; 32]));
        let leaf = Bytes::from(alloy_rlp::encode(leaf));
        let beside = RlpNode::word_rlp(&B256::repeat_byte(9));
        let stack = vec![beside.clone(), RlpNode::from_rlp(&leaf), beside];
        let branch = TrieNode::Branch(BranchNode::new(stack, TrieMask::new(0b111)));
        let branch = Bytes::from(alloy_rlp::encode(branch));
        let change = State::from([(U256::from(0x1234), U256::from(5))]);
        // A node of a second proof is the same node.
        let nodes = [branch.clone(), leaf, branch];
        assert_eq!(floor_bytes(&nodes, &change), 2 * 32 + 2 + 1);
        let (all, distinct) = eip1186_bytes(&nodes);
        assert_eq!(all - distinct, nodes[0].len());
    }
}
