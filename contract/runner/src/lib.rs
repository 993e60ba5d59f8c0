//! Stylus program: what the prover delegates to when a witness is proven. It runs the calls on what the prover tells it of the source
//! chain's state, and reads what it does not say, facts and codes, where the prover does: it runs on the prover's storage.
//!
//! It answers for each call one flag (0 reverted, 1 returned) and the data. It imports nothing that writes or sends. It proves nothing: whoever
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

use alloy_primitives::Address;
use smartsync_abi::management::{RETURNED, REVERTED};
use smartsync_evm::{Answer, Call, CallKind, Entry, Host, Resolved};
use smartsync_program::{Reply, malformed, view_entrypoint};
use smartsync_views::message::{Message, append_answer};

use crate::world::World;

view_entrypoint!(main);

/// Runs the calls of a message.
pub fn main(input: Vec<u8>) -> Reply {
    let message = Message::read(&input).ok_or_else(malformed)?;
    let mut world = World::new(&message);
    let mut answers = Vec::new();
    for (to, data) in &message.calls {
        let Answer { success, data } = run(&mut world, &message.from, to, data)?;
        let flag = if success { RETURNED } else { REVERTED };
        append_answer(&mut answers, flag, &data);
    }
    Ok(answers)
}

fn run(
    world: &mut World<'_>,
    from: &Address,
    to: &Address,
    data: &[u8],
) -> Result<Answer, Vec<u8>> {
    let question = Call {
        kind: CallKind::Call,
        from,
        target: to,
        input: data,
        gas: None,
        depth: 0,
    };
    match world.call(&question)? {
        Resolved::Answer { success, data, .. } => Ok(Answer { success, data }),
        Resolved::Run(code) => {
            let entry = Entry {
                address: *to,
                caller: *from,
                input: data.to_vec(),
                gas: None,
                depth: 0,
            };
            smartsync_evm::run(world, code, entry)
        }
    }
}
