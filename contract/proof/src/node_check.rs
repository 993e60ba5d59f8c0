/// What is wrong with a node of an EIP-1186 proof. The numbers are part of the ABI (`InvalidProof.reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum NodeCheck {
    /// The proof ends before the key is decided.
    Missing = 1,
    /// The node's hash is not the one its parent, or the root, names.
    Hash = 2,
    /// Nodes are left after the key is decided.
    Unused = 3,
    /// The node is not one canonical RLP list.
    Rlp = 4,
    /// The list has neither 2 nor 17 items.
    ItemCount = 5,
    /// The path is not in hex-prefix encoding (Yellow Paper, appendix C).
    Path = 6,
    /// The path is too long for its depth, or a leaf's path too short.
    PathLength = 7,
    /// A child is neither a hash nor an embedded node of less than 32 bytes.
    Child = 8,
    /// A branch holds a value, which a trie of hashed keys never has.
    BranchValue = 9,
    /// A node of less than 32 bytes is named by hash though it must be embedded.
    NotEmbedded = 10,
    /// An extension leads to something other than a branch.
    ExtensionChild = 11,
    /// The leaf's value is not a canonical account or storage word.
    Value = 12,
    /// The leaf holds zero, which must not be in a trie.
    ZeroValue = 13,
}

/// An EIP-1186 proof that proves nothing: neither presence nor absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {node} of the proof: {check:?}")]
pub struct ProofError {
    /// The check that failed.
    pub check: NodeCheck,
    /// Index of the node, root first.
    pub node: u32,
}

impl ProofError {
    /// Number of the check, as in `docs/proof-format.md`.
    pub const fn reason(&self) -> u8 {
        self.check as u8
    }

    /// Index of the node at which it failed, root first.
    pub const fn node(&self) -> u32 {
        self.node
    }
}
