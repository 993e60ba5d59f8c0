/// What `GAS` answers unless the host says otherwise: more than any read takes on the source that ends here, so that no limit which code
/// has written in it is taken for what `GAS` answered.
pub const GAS: u64 = 1 << 50;

/// Frames at once.
pub const MAX_FRAMES: usize = 128;

/// Frames at once with those of other runs that wait for this one: fewer than the 1,024 at which a call of the source fails.
pub const MAX_DEPTH: usize = 1_000;

/// Bytes of memory in all frames together.
pub const MAX_MEMORY: usize = 1 << 21;
