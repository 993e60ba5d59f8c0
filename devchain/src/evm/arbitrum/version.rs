//! Which ArbOS the chain runs.

/// The version, as headers and ArbSys have it.
pub const ARBOS_VERSION: u64 = 51;
