//! Multi-proofs: many slots of one storage trie, before and after, in one streaming walk (`docs/proof-format.md`).

mod buffer;
mod change;
mod check;
mod cursor;
mod frame;
mod payload;
mod reveal;
mod subtree;
mod transition;
mod untouched;
mod walk;
mod word;

pub use check::{Check, MultiProofError};
pub use transition::{
    Slots, Transition, change_count, confirm_transition, prove_inclusion, transition_roots,
};

#[cfg(feature = "std")]
pub use {
    payload::Payload,
    reveal::set as set_nibble,
    subtree::{Reference, Scratch, Subtree, nibble},
    untouched::INLINE_DEPTH,
    word::Word,
};
