//! Multi-proofs: many slots of one storage trie, before and after, in one streaming walk (`docs/proof-format.md`).

mod buffer;
mod change;
mod check;
mod cursor;
mod frame;
mod leaf;
mod payload;
mod reveal;
mod subtree;
mod transition;
mod untouched;
mod walk;
mod witnessed;
mod word;

pub use check::{Check, Fault, MultiProofError};
pub use cursor::Cursor;
pub use transition::{
    Slots, Transition, change_count, confirm_transition, prove_inclusion, transition_roots,
};

pub use walk::{Walk, head};
pub use witnessed::{Form, Witnessed};

#[cfg(feature = "std")]
pub use {
    buffer::Scratch,
    leaf::Leaf,
    payload::Payload,
    reveal::set as set_nibble,
    subtree::{Reference, Subtree, nibble},
    witnessed::{
        ABSENT as ACCOUNT_ABSENT, AccountLeaf, CODE_HASH as ACCOUNT_CODE_HASH,
        SLOTS as ACCOUNT_SLOTS, STORAGE_ROOT as ACCOUNT_STORAGE_ROOT,
    },
    word::Word,
};
