//! Stylus program: a root source for rollups that keep a Merkle-Patricia state. The rollup's own contracts on its parent chain are asked, by
//! proven calls at one parent block, whether a block is final; the parent chain's root source vouches for that block.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod answers;
mod claim;
mod settings;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IRollup::{self, ParentBlockTooLow, ParentBlockTooOld},
    IRootSource::MalformedSubmission,
};
use smartsync_headers as headers;
use smartsync_program::{
    Arguments, Reply, ToWord, encode, entrypoint, host, refuse_value, revert, split,
    unknown_selector,
};

use crate::{answers::Answers, settings::Settings};

entrypoint!(main);

/// Answers a call to the root source.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        IRollup::stateRootCall::SELECTOR => headers::state_root(arguments),
        IRollup::submitHeaderCall::SELECTOR => submit(arguments),
        IRollup::extendCall::SELECTOR => headers::extend(arguments),
        IRollup::extendManyCall::SELECTOR => headers::extend_many(arguments),
        IRollup::latestBlockCall::SELECTOR => headers::latest_block(),
        IRollup::minBlockTimeCall::SELECTOR => headers::min_block_time(),
        IRollup::newestParentBlockCall::SELECTOR => {
            Ok(encode(&[Settings::load().newest_parent_block.to_word()]))
        }
        IRollup::describeCall::SELECTOR => settings::describe(),
        CONSTRUCTOR_SELECTOR => settings::initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}

/// Takes a header that the rollup's contracts take for final at the end of a parent block.
fn submit(arguments: Arguments<'_>) -> Reply {
    let submission = Arguments::new(arguments.bytes(0)?);
    let (Ok(parent_block), Ok(header), Ok(claim), Ok(witness)) = (
        submission.uint64(0),
        submission.bytes(1),
        submission.bytes(2),
        submission.bytes(3),
    ) else {
        return Err(revert(MalformedSubmission {}));
    };
    let header = headers::decode(header)?;
    if headers::is_known(&header)? {
        return Ok(Vec::new());
    }
    let settings = Settings::load();
    if parent_block < settings.newest_parent_block {
        return Err(revert(ParentBlockTooLow {
            parentBlock: parent_block,
            newestUsed: settings.newest_parent_block,
        }));
    }
    let claim = claim::read(&settings, &header, claim)?;
    let answers = Answers::ask(&settings.prover, parent_block, claim.questions(), witness)?;
    let oldest_allowed = host::timestamp().saturating_sub(settings.max_parent_age);
    if answers.timestamp < oldest_allowed {
        return Err(revert(ParentBlockTooOld {
            timestamp: answers.timestamp,
            oldestAllowed: oldest_allowed,
        }));
    }
    claim.confirm(&answers)?;
    settings.use_parent_block(parent_block);
    headers::accept(&header)?;
    Ok(Vec::new())
}
