//! Messages from the registry to a mirror: one byte of operation, then its fields, packed. They are not ABI calls,
//! because every selector belongs to the source contract.

/// Confirm and apply a transition: pre storage root (32), post storage root (32), multi-proof.
pub const TRANSITION: u8 = 1;
/// Apply slots proven by inclusion: post storage root (32), multi-proof.
pub const PART: u8 = 2;
/// Write unproven slots: (slot (32), value (32))*.
pub const LOAD: u8 = 3;
/// Send the whole balance away: receiver (20).
pub const SWEEP: u8 = 4;
