//! What the SmartSync programs share: the entry point, safe host functions, ABI decoding and encoding, proof errors as
//! Solidity errors.
//!
//! The programs are bytes-in, bytes-out. Selectors, errors and events are the `sol!` types of `smartsync-abi`; host
//! functions are the Stylus SDK's, through [`host`]. The SDK's router is not used: the ABI would have to be written twice,
//! a mirror has no ABI of its own, and a program pays for each byte it carries on every call.
#![no_std]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod address_set;
mod calldata;
mod entry;
mod event;
pub mod host;
#[cfg(target_arch = "wasm32")]
pub mod math;
mod revert;
pub mod source_chain;
pub mod storage;
mod words;

pub use address_set::AddressSet;
pub use calldata::{Arguments, split, uint64};
pub use entry::Reply;
pub use event::emit;
pub use revert::{
    header_revert, malformed, multi_proof_revert, proof_revert, refuse_value, revert,
    unknown_selector,
};
pub use words::{ToWord, encode, question};

#[doc(hidden)]
pub use mini_alloc;
