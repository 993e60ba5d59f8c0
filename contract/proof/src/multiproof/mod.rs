//! Multi-proofs: many slots of one storage trie, before and after, in one streaming walk (`docs/proof-format.md`).

mod change;
mod check;
mod cursor;
mod frame;
mod payload;
mod reveal;
mod subtree;
mod transition;
mod walk;
mod word;

pub use check::{Check, MultiProofError};
pub use transition::{Slots, Transition, confirm_transition, prove_inclusion, transition_roots};

#[cfg(feature = "std")]
pub use {
    payload::Payload,
    reveal::set as set_nibble,
    subtree::{Reference, Subtree, nibble},
    walk::INLINE_DEPTH,
    word::Word,
};
