//! Stylus program: the exact lane of reads. A clone (`smartsync-clone`) delegates to it what its source's trapped code does not
//! answer; it interprets the source's own code on the mirror's storage, as a STATICCALL at the mirror's source block would run it.
//!
//! It answers one flag (0 reverted, 1 returned), the most gas that it took where that is limited (8 bytes), and the data. Whatever is
//! not known ends the whole read with a typed error: no frame of the interpreted code can catch it. It imports nothing that writes or
//! sends.
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
    management::{READ, RETURNED, REVERTED, UNLIMITED},
};
use smartsync_clone::Configuration;
use smartsync_evm::Entry;
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
    let (moment, mut entry) = if sender == configuration.registry {
        let (moment, entry) = across(message).ok_or_else(malformed)?;
        (Some(moment), entry)
    } else {
        let entry = Entry {
            caller: sender,
            input: message.to_vec(),
            ..Entry::default()
        };
        (None, entry)
    };
    entry.address = configuration.source;
    let mut world = World::new(&configuration, moment);
    let code = world.own_code()?;
    let (answer, used) = smartsync_evm::run_counting(&mut world, code, entry)?;
    let mut output = Vec::with_capacity(answer.data.len().saturating_add(9));
    output.push(if answer.success { RETURNED } else { REVERTED });
    if let Some(gas) = used {
        output.extend_from_slice(&gas.to_be_bytes());
    }
    output.extend_from_slice(&answer.data);
    Ok(output)
}

/// Takes apart a read across mirrors (`smartsync_abi::management::READ`).
fn across(message: &[u8]) -> Option<(Moment, Entry)> {
    let (operation, rest) = message.split_first()?;
    let (caller, rest) = rest.split_first_chunk::<20>()?;
    let (block, rest) = rest.split_first_chunk::<8>()?;
    let (timestamp, rest) = rest.split_first_chunk::<8>()?;
    let (gas, rest) = rest.split_first_chunk::<8>()?;
    let (depth, calldata) = rest.split_first_chunk::<8>()?;
    let moment = Moment {
        block: u64::from_be_bytes(*block),
        timestamp: u64::from_be_bytes(*timestamp),
    };
    let entry = Entry {
        address: Address::ZERO,
        caller: Address::new(*caller),
        input: calldata.to_vec(),
        gas: Some(u64::from_be_bytes(*gas)).filter(|gas| *gas != UNLIMITED),
        depth: u64::from_be_bytes(*depth).try_into().ok()?,
    };
    (*operation == READ).then_some((moment, entry))
}
