use alloy_primitives::B256;

/// A rule of the format that the bytes of a multi-proof or a witness break. The numbers are part of the ABI
/// (`MalformedMultiProof.reason`, `MalformedWitness.reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Check {
    /// The first byte is not the format's version, 1.
    Version = 1,
    /// The bytes end too early.
    Truncated = 2,
    /// A change's head has bit 6 set or gives its value more than 32 bytes.
    ChangeHead = 3,
    /// A slot's length byte is over 31.
    SlotLength = 4,
    /// A slot has a leading zero byte.
    SlotLeadingZero = 5,
    /// A value has a leading zero byte.
    ValueLeadingZero = 6,
    /// The changes are not strictly ascending by the hash of their slots.
    NotAscending = 7,
    /// There is no change where one is needed: a proof of nothing has no root.
    NoChanges = 8,
    /// A place skips more than 63 nibbles.
    Skip = 9,
    /// A branch is deeper than 63 nibbles.
    Depth = 10,
    /// A place does not consume all changes that go to it.
    ChangesLeft = 11,
    /// A child that a change goes to is marked as untouched.
    ChangedUntouched = 12,
    /// A branch has fewer than two children.
    TooFewChildren = 13,
    /// A child that is not untouched is marked as inline.
    InlineNotUntouched = 14,
    /// An inline reference is not one RLP list of less than 32 bytes.
    InlineReference = 15,
    /// A revealed node's mark is none that its depth allows.
    RevealMark = 16,
    /// The padding of a revealed path is not zero.
    RevealPadding = 17,
    /// A revealed leaf's value has no byte or more than 32.
    RevealValueLength = 18,
    /// A revealed leaf's value has a leading zero byte.
    RevealValueLeadingZero = 19,
    /// Bytes are left after the proof.
    TrailingBytes = 20,
    /// An account's head has bit 7 set, or gives its nonce more than 8 bytes or its balance more than 32.
    AccountHead = 21,
    /// An account's nonce or balance has a leading zero byte.
    AccountLeadingZero = 22,
    /// An account's storage root is that of the empty trie, or its code hash that of no code, and is written all the same.
    AccountDefault = 23,
    /// An account is said to have proven slots, and its storage is empty.
    SlotsWithoutStorage = 24,
    /// A revealed account is absent, or said to have proven slots.
    RevealedSlots = 25,
    /// A code has no byte.
    CodeLength = 26,
    /// A code begins with `EF`.
    ReservedCode = 27,
    /// The codes are not strictly ascending by their hashes.
    CodeNotAscending = 28,
    /// A code is that of no listed account.
    CodeNotReferenced = 29,
}

/// A multi-proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultiProofError {
    /// The bytes break the format.
    #[error("malformed multi-proof at byte {offset}: {reason:?}")]
    Malformed {
        /// The check that failed.
        reason: Check,
        /// Where the offending item begins.
        offset: u32,
    },
    /// Folding with the old values does not give the recorded storage root: a change is withheld, invented, or belongs
    /// to another state.
    #[error("the pre storage root is {computed}, not {expected}")]
    PreRootMismatch {
        /// The recorded storage root.
        expected: B256,
        /// The root that the old values give.
        computed: B256,
    },
    /// Folding with the new values does not give the proven storage root.
    #[error("the post storage root is {computed}, not {expected}")]
    PostRootMismatch {
        /// The proven storage root.
        expected: B256,
        /// The root that the new values give.
        computed: B256,
    },
    /// A listed change does not change its slot.
    #[error("slot {slot} has the listed value already")]
    SlotUnchanged {
        /// The slot.
        slot: B256,
    },
}

impl MultiProofError {
    /// Number of the check, as in `docs/proof-format.md`; those over 100 are not about the format.
    pub const fn reason(&self) -> u8 {
        match self {
            Self::Malformed { reason, .. } => *reason as u8,
            Self::PreRootMismatch { .. } => 101,
            Self::PostRootMismatch { .. } => 102,
            Self::SlotUnchanged { .. } => 103,
        }
    }
}

/// Where a walk stopped, and why.
pub struct Fault {
    pub reason: Check,
    pub offset: u32,
}

impl From<Fault> for MultiProofError {
    fn from(Fault { reason, offset }: Fault) -> Self {
        Self::Malformed { reason, offset }
    }
}
