#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod account;
#[cfg(feature = "std")]
// The builder runs off chain, on what the user gave; an index out of bounds there is a bug to be loud about.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod build;
mod header;
mod lookup;
mod multiproof;
mod node_check;
mod rlp;
mod root;
mod storage;
mod witness;

pub use account::{Account, verify_account};
#[cfg(feature = "std")]
pub use build::{
    AccountProof, BuildError, Built, SlotChange, StateTrie, build_from_states, build_inclusion,
    build_transition, build_witness, storage_root,
};
pub use header::{Header, HeaderError};
pub use multiproof::{
    Check, MultiProofError, Slots, Transition, change_count, confirm_transition, prove_inclusion,
    transition_roots,
};
pub use node_check::{NodeCheck, ProofError};
pub use root::EMPTY_ROOT;
pub use storage::verify_storage;
pub use witness::{Witness, WitnessError, WitnessedAccount};
