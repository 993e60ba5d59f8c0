//! Stylus program: the mirror. Deployed and activated once; each mirror is a clone (`smartsync-clone`) that
//! delegate-calls it and carries the configuration in its code.
//!
//! Dispatch is by caller, not by selector: the registry manages, everybody else reads. Nothing of ours is in storage,
//! and no selector is ours.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod management;
mod view;

use alloc::vec::Vec;

use smartsync_abi::IProxy::NotAClone;
use smartsync_clone::{Configuration, LENGTH};
use smartsync_program::{Reply, entrypoint, host, revert};

entrypoint!(main);

/// Answers a call that a clone delegated to the program.
pub fn main(input: Vec<u8>) -> Reply {
    let this = host::this();
    // One byte more than a clone has, so that longer code does not pass for one. Called directly, the program finds its
    // own code here, which is none.
    let (code, length) = host::code_head::<{ LENGTH + 1 }>(&this);
    let configuration = code
        .get(..length)
        .and_then(Configuration::parse)
        .ok_or_else(|| revert(NotAClone {}))?;
    let sender = host::sender();
    if sender == configuration.registry {
        management::perform(&this, &input)
    } else {
        view::answer(&configuration, &this, &sender, &input)
    }
}
