//! Stylus program: a root source that takes headers vouched for by M of N signers.
//!
//! The signers' promise is to sign only headers that are final on the source chain, and one per number.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod settings;
mod signatures;
mod signers;
mod submission;
mod typed_data;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::{CONSTRUCTOR_SELECTOR, INotary};
use smartsync_headers as headers;
use smartsync_program::{Reply, ToWord, encode, entrypoint, refuse_value, split, unknown_selector};

entrypoint!(main);

/// Answers a call to the notary.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        INotary::stateRootCall::SELECTOR => headers::state_root(arguments),
        INotary::submitHeaderCall::SELECTOR => submission::submit(arguments),
        INotary::extendCall::SELECTOR => headers::extend(arguments),
        INotary::extendManyCall::SELECTOR => headers::extend_many(arguments),
        INotary::latestBlockCall::SELECTOR => headers::latest_block(),
        INotary::minBlockTimeCall::SELECTOR => headers::min_block_time(),
        INotary::rotateCall::SELECTOR => signers::rotate(arguments),
        INotary::signersCall::SELECTOR => Ok(signers::all()),
        INotary::thresholdCall::SELECTOR => {
            Ok(encode(&[settings::Settings::load().threshold.to_word()]))
        }
        INotary::epochCall::SELECTOR => Ok(encode(&[settings::Settings::load().epoch.to_word()])),
        INotary::sourceChainIdCall::SELECTOR => {
            Ok(encode(&[settings::source_chain_id().to_word()]))
        }
        INotary::headerDigestCall::SELECTOR => typed_data::header_digest_of(arguments),
        INotary::rotationDigestCall::SELECTOR => typed_data::rotation_digest_of(arguments),
        CONSTRUCTOR_SELECTOR => signers::initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}
