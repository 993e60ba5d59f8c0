//! What the programs that interpret views of the source chain's contracts share: the code that a registry keeps, the precompiled
//! contracts that every chain has, and what the interpreter refuses as Solidity errors.
#![no_std]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

pub mod message;
pub mod original;
pub mod precompile;
mod refusal;
mod runtime;

pub use refusal::refusal_revert;

use alloc::vec::Vec;

use smartsync_evm::Resolved;

#[doc(hidden)]
pub use smartsync_program;

/// What a call of an account without code answers.
pub fn nothing() -> Resolved {
    Resolved::Answer {
        success: true,
        data: Vec::new(),
        gas: Some(0),
    }
}
