//! Messages from the registry to a mirror: one byte of operation, then its fields, packed. They are not ABI calls,
//! because every selector belongs to the source contract.

/// Confirm and apply a transition: pre storage root (32), post storage root (32), multi-proof.
pub const TRANSITION: u8 = 1;
/// Write slots proven by inclusion, pass over those that have their value: post storage root (32), multi-proof. One must change.
pub const PART: u8 = 2;
/// Write unproven slots: (slot (32), value (32))*.
pub const LOAD: u8 = 3;
/// Send the whole balance away: receiver (20).
pub const SWEEP: u8 = 4;
/// Answer a read of another mirror, through the registry: caller (20), source block (8), its timestamp (8), gas (8), frames that wait
/// (8), calldata. Goes to the reader, statically, not to the program.
pub const READ: u8 = 5;
/// As `PART`, and every slot must change.
pub const OPENING_PART: u8 = 6;

/// Gas of a read that is given as much as it takes.
pub const UNLIMITED: u64 = u64::MAX;

/// First byte of what reader, mirror and `read` answer when they answer: the source reverted with the data behind it, before which is the
/// most gas that it took (8 bytes) where what it was given is limited.
pub const REVERTED: u8 = 0;
/// The source returned the data behind it.
pub const RETURNED: u8 = 1;
/// `read` only: the account has no mirror at the block; where its original code stands (20 bytes), and the error that says why its
/// storage is not known.
pub const CODE_ONLY: u8 = 2;
/// `read` only: the account has no code.
pub const NO_CODE: u8 = 3;
/// `read` only: the account is a precompiled contract that source and target have in common.
pub const PRECOMPILE: u8 = 4;
