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
    ICombined::{self, NoQuorum, UnknownMember},
    IRootSource::{MalformedSubmission, submitHeaderCall},
};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, entrypoint, host, refuse_value, revert, split,
    unknown_selector,
};

use crate::members::Settings;

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

/// The one answer that enough members give. More than half of them are needed, so there is no second one.
fn state_root(arguments: Arguments<'_>) -> Reply {
    let block = arguments.uint64(0)?;
    let settings = Settings::load();
    let answers = settings.state_roots(block)?;
    // Before the constructor there are no answers.
    let agreed = answers.iter().find(|answer| {
        answers.iter().filter(|other| other == answer).count() as u64 >= settings.threshold
    });
    match agreed {
        Some(answer) => Ok(encode(&[answer.state_root, answer.timestamp.to_word()])),
        None => Err(revert(NoQuorum { blockNumber: block })),
    }
}

/// The M-th highest of the members' latest blocks: so many may have reached it.
///
/// Whoever calls can make members fail: by the WASM pages that are open already, which entering a program is charged for, and by the
/// choice of the programs that are activated again. Were a silent member left out, or counted as one that knows nothing, he would make
/// the answer lower and mirrors look fresher than they are. So it counts as one that has reached every block.
fn latest_block() -> Reply {
    let settings = Settings::load();
    let latest = settings.latest_blocks()?;
    if (latest.len() as u64) < settings.threshold {
        return Err(revert(NoQuorum { blockNumber: 0 }));
    }
    // Fewer than the threshold, which is more than half: the highest one is always an answer.
    let silent = settings.count.saturating_sub(latest.len() as u64);
    let reached = |block: u64| {
        let known = latest.iter().filter(|other| **other >= block).count() as u64;
        known.saturating_add(silent) >= settings.threshold
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
