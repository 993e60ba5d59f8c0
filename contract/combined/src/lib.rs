//! Stylus program: a root source over M of N distinct others. It keeps no headers: it asks.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod members;

use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    ICombined::{self, MembersDisagree, NoQuorum, UnknownMember},
    IRootSource::{MalformedSubmission, submitHeaderCall},
};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, entrypoint, host, refuse_value, revert, split,
    unknown_selector,
};

use crate::members::{Answer, Settings};

entrypoint!(main);

/// Answers a call to the root source.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        ICombined::stateRootCall::SELECTOR => state_root(arguments),
        ICombined::latestBlockCall::SELECTOR => latest_block(),
        ICombined::submitHeaderCall::SELECTOR => submit(arguments),
        ICombined::membersCall::SELECTOR => Ok(members::all()),
        ICombined::thresholdCall::SELECTOR => Ok(encode(&[Settings::load().threshold.to_word()])),
        ICombined::gasCapCall::SELECTOR => Ok(encode(&[Settings::load().gas_cap.to_word()])),
        CONSTRUCTOR_SELECTOR => members::initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}

/// The one answer that enough members give.
fn state_root(arguments: Arguments<'_>) -> Reply {
    let block = arguments.uint64(0)?;
    let settings = Settings::load();
    let answers = settings.state_roots(block)?;
    let mut agreed: Option<&Answer> = None;
    for answer in &answers {
        let votes = answers.iter().filter(|other| *other == answer).count() as u64;
        // Before the constructor the threshold is 0, and there are no answers.
        if votes >= settings.threshold && agreed != Some(answer) {
            if agreed.is_some() {
                return Err(revert(MembersDisagree { blockNumber: block }));
            }
            agreed = Some(answer);
        }
    }
    match agreed {
        Some(answer) => Ok(encode(&[answer.state_root, answer.timestamp.to_word()])),
        None => Err(revert(NoQuorum { blockNumber: block })),
    }
}

/// The M-th highest of the members' latest blocks: so many have reached it.
fn latest_block() -> Reply {
    let settings = Settings::load();
    let latest = settings.latest_blocks()?;
    // Too few answers are no answer: a low one would make mirrors look fresher than anyone can say.
    if (latest.len() as u64) < settings.threshold {
        return Err(revert(NoQuorum { blockNumber: 0 }));
    }
    let reached = |block: u64| {
        latest.iter().filter(|other| **other >= block).count() as u64 >= settings.threshold
    };
    let highest = latest.iter().copied().filter(|block| reached(*block)).max();
    Ok(encode(&[highest.unwrap_or_default().to_word()]))
}

/// Hands a submission to the member it names.
fn submit(arguments: Arguments<'_>) -> Reply {
    let submission = Arguments::new(arguments.bytes(0)?);
    let (Ok(index), Ok(inner)) = (submission.uint64(0), submission.bytes(1)) else {
        return Err(revert(MalformedSubmission {}));
    };
    let member = Settings::load()
        .member(index)
        .ok_or_else(|| revert(UnknownMember { index }))?;
    let mut input = Vec::with_capacity(inner.len().saturating_add(4 + 64));
    input.extend_from_slice(&submitHeaderCall::SELECTOR);
    input.extend_from_slice(&encode(&[32.to_word(), (inner.len() as u64).to_word()]));
    input.extend_from_slice(inner);
    host::call(&member, &input, &B256::ZERO)?;
    Ok(Vec::new())
}
