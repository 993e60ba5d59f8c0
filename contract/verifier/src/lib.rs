//! Stylus program: the proof functions as view calls, for anyone to deploy and use. It has no state.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod multi_proofs;
mod proofs;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::IVerifier;
use smartsync_program::{Reply, entrypoint, refuse_value, split, unknown_selector};

entrypoint!(main);

/// Answers a call to the verifier.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        IVerifier::verifyAccountCall::SELECTOR => proofs::account(arguments),
        IVerifier::verifyStorageCall::SELECTOR => proofs::storage(arguments),
        IVerifier::verifyMultiProofCall::SELECTOR => multi_proofs::inclusion(arguments),
        IVerifier::transitionRootsCall::SELECTOR => multi_proofs::roots(arguments),
        IVerifier::confirmTransitionCall::SELECTOR => multi_proofs::transition(arguments),
        selector => Err(unknown_selector(selector)),
    }
}
