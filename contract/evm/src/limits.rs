/// What `GAS` answers unless the host says otherwise.
pub const GAS: u64 = 1_000_000_000;

/// Frames at once.
pub const MAX_FRAMES: usize = 128;

/// Bytes of memory in all frames together.
pub const MAX_MEMORY: usize = 1 << 21;
