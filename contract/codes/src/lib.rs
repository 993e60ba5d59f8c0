//! Stylus program: code of source chains on the target, once trapped, to be run, and once as it is, to be read. It knows no source
//! chain, no mirror and no owner: code is named by its hash, anybody brings it, and it stands for good.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod code;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::ICodes;
use smartsync_program::{Reply, entrypoint, refuse_value, split, unknown_selector};

entrypoint!(main);

/// Answers a call to the keeper of codes.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        ICodes::codeOfCall::SELECTOR => code::code_of(arguments),
        ICodes::originalOfCall::SELECTOR => code::original_of(arguments),
        ICodes::deployCodeCall::SELECTOR => code::deploy(arguments),
        selector => Err(unknown_selector(selector)),
    }
}
