use alloy_primitives::Bytes;
use alloy_trie::nodes::TrieNode;

/// The types of the nodes of an EIP-1186 storage proof, root first: B a branch, E an extension, L a leaf. A leaf that its branch
/// holds is a node of its own here, as it is in the trie.
pub fn path_of(nodes: &[Bytes]) -> String {
    let mut path = String::new();
    for node in nodes {
        path.push(
            match <TrieNode as alloy_rlp::Decodable>::decode(&mut node.as_ref()) {
                Ok(TrieNode::Branch(_)) => 'B',
                Ok(TrieNode::Extension(_)) => 'E',
                Ok(TrieNode::Leaf(_)) => 'L',
                Ok(TrieNode::EmptyRoot) | Err(_) => '?',
            },
        );
    }
    if path.ends_with('B') {
        path.push('L');
    }
    path
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;
    use alloy_trie::{
        Nibbles, TrieMask,
        nodes::{BranchNode, ExtensionNode, LeafNode, RlpNode},
    };

    use super::*;

    fn encoded(node: TrieNode) -> Bytes {
        alloy_rlp::encode(node).into()
    }

    #[test]
    fn a_path_names_the_nodes_from_the_root() {
        let hash = RlpNode::word_rlp(&B256::repeat_byte(7));
        let branch = encoded(TrieNode::Branch(BranchNode::new(
            vec![hash.clone(), hash.clone()],
            TrieMask::new(3),
        )));
        let extension = encoded(TrieNode::Extension(ExtensionNode::new(
            Nibbles::from_nibbles([1, 2]),
            hash,
        )));
        let leaf = encoded(TrieNode::Leaf(LeafNode::new(
            Nibbles::from_nibbles([3]),
            vec![1],
        )));
        assert_eq!(
            path_of(&[branch.clone(), extension, branch.clone(), leaf]),
            "BEBL"
        );
        assert_eq!(path_of(&[branch]), "BL");
    }
}
