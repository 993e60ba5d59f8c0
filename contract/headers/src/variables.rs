//! Where the store's variables are.

/// Variables from this number on belong to the store; a root source's own come before.
const FIRST: u8 = 16;

/// The highest known block, see `frontier`.
pub(crate) const FRONTIER: u8 = FIRST;
/// Mapping from block number to state root.
pub(crate) const STATE_ROOTS: u8 = FIRST + 1;
/// Mapping from block number to `stamp`.
pub(crate) const STAMPS: u8 = FIRST + 2;
