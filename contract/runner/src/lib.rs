//! Stylus program: what the prover delegates to when a witness is proven. It runs the call on what the prover tells it of the source
//! chain's state, and reads what it does not say, facts and codes, where the prover does: it runs on the prover's storage.
//!
//! It answers one flag (0 reverted, 1 returned) and the data. It imports nothing that writes or sends. It proves nothing: whoever
//! calls it himself is told of a state that he made up.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod codes;
mod world;

use alloc::vec::Vec;

use smartsync_abi::management::{RETURNED, REVERTED};
use smartsync_evm::{Answer, Call, CallKind, Host, Resolved};
use smartsync_program::{Reply, malformed, view_entrypoint};
use smartsync_views::message::Message;

use crate::world::World;

view_entrypoint!(main);

/// Runs the call of a message.
pub fn main(input: Vec<u8>) -> Reply {
    let message = Message::read(&input).ok_or_else(malformed)?;
    let mut world = World::new(&message);
    let question = Call {
        kind: CallKind::Call,
        from: &message.from,
        target: &message.to,
        input: message.data,
    };
    let answer = match world.call(&question)? {
        Resolved::Answer { success, data } => Answer { success, data },
        Resolved::Run(code) => smartsync_evm::run(
            &mut world,
            code,
            message.to,
            message.from,
            message.data.to_vec(),
        )?,
    };
    let mut output = Vec::with_capacity(answer.data.len().saturating_add(1));
    output.push(if answer.success { RETURNED } else { REVERTED });
    output.extend_from_slice(&answer.data);
    Ok(output)
}
