//! Stylus program: proven calls. It runs a view of any contract of the source chain on what a witness proves of its state at one
//! block, as a STATICCALL at the end of that block would run it. Nobody signs the answer, and no mirror is needed. It proves the
//! witness, and delegates to the runner (`smartsync-runner`) then: in one program they would not fit.
//!
//! Whatever is not known ends the whole call with a typed error: no frame of the interpreted code can catch it.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod call;
mod configuration;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::{CONSTRUCTOR_SELECTOR, IProver};
use smartsync_program::{
    Reply, ToWord, encode, entrypoint, refuse_value,
    source_chain::{self, SourceChain},
    split, unknown_selector,
};

entrypoint!(main);

/// Answers a call to the prover.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        IProver::callCall::SELECTOR => call::call(arguments),
        IProver::callsCall::SELECTOR => call::calls(arguments),
        IProver::sourceChainCall::SELECTOR => Ok(configuration::encoded_source_chain()),
        IProver::precompilesCall::SELECTOR => Ok(SourceChain::load().encoded_precompiles()),
        IProver::nativeRangesCall::SELECTOR => Ok(SourceChain::load().encoded_native_ranges()),
        IProver::rootSourceCall::SELECTOR => Ok(encode(&[source_chain::root_source().0.to_word()])),
        IProver::runnerCall::SELECTOR => Ok(encode(&[configuration::runner().to_word()])),
        IProver::registryCall::SELECTOR => Ok(encode(&[configuration::registry().to_word()])),
        CONSTRUCTOR_SELECTOR => configuration::initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}
