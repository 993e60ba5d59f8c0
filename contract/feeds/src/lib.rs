//! Stylus program: creates feeds, and is what they delegate their updates to. A feed (`smartsync-feed`) keeps the answers to one question,
//! asked by proven calls.
//!
//! It has no storage of its own. An update works on the feed's, whose code says what the question is; reads never come here.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

mod create;
mod update;

use alloc::vec::Vec;

use alloy_sol_types::SolCall;
use smartsync_abi::{IFeed, IFeeds};
use smartsync_feed::Question;
use smartsync_program::{Reply, entrypoint, host, refuse_value, split, unknown_selector};

entrypoint!(main);

/// Answers a call to the program, or one that a feed delegates.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        IFeeds::createCall::SELECTOR => create::create(arguments),
        IFeeds::feedOfCall::SELECTOR => create::feed_of(arguments),
        IFeed::updateCall::SELECTOR => {
            let this = host::this();
            let code = host::code_from(&this, 0, host::code_size(&this), 0);
            match Question::parse(&code) {
                Some((question, _)) => update::update(&question, arguments),
                // Nobody's feed: the program itself, or a contract that borrows it.
                None => Err(unknown_selector(selector)),
            }
        }
        selector => Err(unknown_selector(selector)),
    }
}
