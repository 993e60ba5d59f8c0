//! What ArbOS takes for reading and writing its state, and for what is copied in and out.

/// Gas of reading one slot of ArbOS's state.
pub const STORAGE_READ: u64 = 800;
/// Gas of writing anything but zero to a slot of ArbOS's state, whatever it held.
pub const STORAGE_WRITE: u64 = 20_000;
/// Gas of writing zero to a slot of ArbOS's state.
pub const STORAGE_CLEAR: u64 = 5_000;
/// Gas of copying one word in or out.
pub const COPY_WORD: u64 = 3;
