//! Builds multi-proofs: from EIP-1186 nodes, or from whole states.

mod change;
mod decode;
mod error;
mod kept;
mod load;
mod proof;
mod state;
mod trie;
mod union;
mod witness;

pub use change::SlotChange;
pub use error::BuildError;
pub use proof::{Built, build_inclusion, build_transition};
pub use state::{StateTrie, build_from_states, storage_root};
pub use witness::{AccountProof, build_witness};
