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
use smartsync_clone::Configuration;
use smartsync_program::{Reply, entrypoint, host, revert};

entrypoint!(main);

/// Answers a call that a clone delegated to the program: its caller's calldata, then the clone's code. Whoever delegates or calls
/// with other bytes than a clone works on his own storage and balance, or on the program's, which are nobody's.
pub fn main(input: Vec<u8>) -> Reply {
    let (message, configuration) =
        Configuration::split(&input).ok_or_else(|| revert(NotAClone {}))?;
    if host::sender() == configuration.registry {
        management::perform(message)
    } else {
        view::answer(&configuration, &input)
    }
}
