use alloy_primitives::{Address, B256, U256};

use crate::{MultiProofError, NodeCheck, WitnessError};

/// A multi-proof cannot be built from what was given. Paths are nibbles from the root, one in each byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A slot is listed twice.
    #[error("slot {slot:#x} is listed twice")]
    DuplicateSlot {
        /// The slot.
        slot: U256,
    },
    /// There are more changes than a multi-proof can list.
    #[error("{got} changes are too many, a multi-proof lists at most {most}")]
    TooManyChanges {
        /// Changes given.
        got: usize,
        /// Changes that a proof holds at most.
        most: usize,
    },
    /// Nothing is listed, so there is nothing to prove the inclusion of.
    #[error("an inclusion proof needs at least one slot")]
    NoSlots,
    /// Nothing is listed as changed, but the roots differ.
    #[error("no change is listed, but the storage root goes from {pre} to {post}")]
    NothingListed {
        /// Root before.
        pre: B256,
        /// Root after.
        post: B256,
    },
    /// A node on the way to a listed slot is not among those given.
    #[error("no node is given for the path {}", nibbles(.path))]
    NotRevealed {
        /// Where the node is.
        path: Vec<u8>,
    },
    /// A branch collapses onto a neighbour of which only the hash is known.
    #[error("the neighbour at the path {} is needed and not given", nibbles(.path))]
    MissingSibling {
        /// Where the neighbour is.
        path: Vec<u8>,
    },
    /// A node is not one of a canonical trie.
    #[error("the node at the path {} is malformed: {check:?}", nibbles(.path))]
    MalformedNode {
        /// Where the node is.
        path: Vec<u8>,
        /// The check that failed.
        check: NodeCheck,
    },
    /// A leaf holds the value zero, which no canonical trie does: the node that serves the proof keeps slots that were
    /// set to zero (anvil does), so its storage roots are not those of Ethereum.
    #[error(
        "the trie keeps a zero value as a leaf (hashed slot {hashed_slot}): its storage root is not canonical"
    )]
    ZeroValueLeaf {
        /// Hash of the slot.
        hashed_slot: B256,
    },
    /// A listed value is not the one in the trie.
    #[error("slot {slot:#x} is {got:#x} in the trie, not {expected:#x}")]
    ValueMismatch {
        /// The slot.
        slot: U256,
        /// The value listed.
        expected: U256,
        /// The value in the trie.
        got: U256,
    },
    /// Something changed where no listed slot is: the list of changes is incomplete.
    #[error("something under the path {} changed and is not listed", nibbles(.path))]
    UnlistedChange {
        /// Where it changed.
        path: Vec<u8>,
    },
    /// The finished proof folds to another pre root.
    #[error("the proof folds to the pre storage root {computed}, not {expected}")]
    PreRootMismatch {
        /// Root asked for.
        expected: B256,
        /// Root of the proof.
        computed: B256,
    },
    /// The finished proof folds to another post root.
    #[error("the proof folds to the post storage root {computed}, not {expected}")]
    PostRootMismatch {
        /// Root asked for.
        expected: B256,
        /// Root of the proof.
        computed: B256,
    },
    /// A witness without an account proves nothing.
    #[error("a witness needs at least one account")]
    NoAccounts,
    /// An account is listed twice.
    #[error("account {account} is listed twice")]
    DuplicateAccount {
        /// The account.
        account: Address,
    },
    /// A code is longer than a witness can hold.
    #[error("code of {length} bytes is too long for a witness")]
    CodeTooLarge {
        /// Its length.
        length: usize,
    },
    /// A witness does not hold: a listed code is that of no account, or there is a bug of the builder.
    #[error("the witness is refused")]
    WitnessRefused(#[from] WitnessError),
    /// The verifier refuses the finished proof: a bug of the builder.
    #[error("the verifier refuses the finished proof")]
    Refused(#[from] MultiProofError),
}

fn nibbles(path: &[u8]) -> String {
    path.iter()
        .map(|nibble| char::from_digit(u32::from(*nibble), 16).unwrap_or('?'))
        .collect()
}
