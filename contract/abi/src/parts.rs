//! When the registry takes parts of an update: whoever builds them must know it beforehand.

/// A part that opens a mirror carries at least this many bytes of multi-proof, or [`OPENING_CHANGES`]: locking reads has to be costly and
/// real progress.
pub const OPENING_BYTES: usize = 40_000;
/// The same in slots.
pub const OPENING_CHANGES: u16 = 500;

/// Seconds of the source's time after which an active mirror is opened by a part of any newer block. Before that only by one of the
/// very next block: then a single block of the source changed so much, and all that is locked for is to bring the rest of it.
pub const OPENING_AGE: u64 = 3_600;

/// Seconds of the source's time after which an update in parts may go on at a newer block. Between, it is of one block, so that
/// nobody can put off its end by the next block's changes.
pub const PART_STEP: u64 = 600;
