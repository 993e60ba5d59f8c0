//! Stylus program: the SmartSync contract. Creates mirrors of one source chain's contracts and moves them forward with
//! proofs only. It has no owner; whoever sends a transaction, only proven state gets in.
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
mod carried;
mod code;
mod configuration;
mod create;
mod dispatch;
mod knowledge;
mod mirror;
mod multicall;
mod parts;
mod primary;
mod read;
mod reads;
mod record;
mod source;
mod sync;
mod target;

use alloc::vec::Vec;

use smartsync_program::{Reply, entrypoint};

entrypoint!(main);

/// Answers a call to the registry.
pub fn main(input: Vec<u8>) -> Reply {
    let mut call = call::Call::current();
    let output = dispatch::dispatch(&mut call, &input)?;
    call.finish()?;
    Ok(output)
}
