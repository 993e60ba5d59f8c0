//! Stylus program: the exact lane of reads. A clone (`smartsync-clone`) delegates to it what its source's trapped code does not
//! answer; it interprets the source's own code on the mirror's storage, as a STATICCALL at the mirror's source block would run it.
//!
//! It answers one flag (0 reverted, 1 returned) and the data. Whatever is not known ends the whole read with a typed error: no
//! frame of the interpreted code can catch it. It imports nothing that writes or sends.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod known;
mod registry;
mod world;

use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_abi::{
    IProxy::NotAClone,
    management::{READ, RETURNED, REVERTED},
};
use smartsync_clone::Configuration;
use smartsync_program::{Reply, host, malformed, revert, view_entrypoint};

use crate::world::{Moment, World};

view_entrypoint!(main);

/// Answers a read that a clone delegated to the program: its caller's calldata, then the clone's code. Whoever sends other bytes
/// reads an account of his own.
pub fn main(input: Vec<u8>) -> Reply {
    let (message, configuration) =
        Configuration::split(&input).ok_or_else(|| revert(NotAClone {}))?;
    let sender = host::sender();
    // The registry speaks for another mirror's source; a clone sends nothing else of its here.
    let (caller, moment, calldata) = if sender == configuration.registry {
        let (caller, moment, calldata) = across(message).ok_or_else(malformed)?;
        (caller, Some(moment), calldata)
    } else {
        (sender, None, message)
    };
    let mut world = World::new(&configuration, moment);
    let code = world.own_code()?;
    let answer = smartsync_evm::run(
        &mut world,
        code,
        configuration.source,
        caller,
        calldata.to_vec(),
    )?;
    let mut output = Vec::with_capacity(answer.data.len().saturating_add(1));
    output.push(if answer.success { RETURNED } else { REVERTED });
    output.extend_from_slice(&answer.data);
    Ok(output)
}

/// Takes apart a read across mirrors (`smartsync_abi::management::READ`).
fn across(message: &[u8]) -> Option<(Address, Moment, &[u8])> {
    let (operation, rest) = message.split_first()?;
    let (caller, rest) = rest.split_first_chunk::<20>()?;
    let (block, rest) = rest.split_first_chunk::<8>()?;
    let (timestamp, calldata) = rest.split_first_chunk::<8>()?;
    let moment = Moment {
        block: u64::from_be_bytes(*block),
        timestamp: u64::from_be_bytes(*timestamp),
    };
    (*operation == READ).then_some((Address::new(*caller), moment, calldata))
}
