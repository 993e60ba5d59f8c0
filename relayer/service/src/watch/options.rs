use std::time::Duration;

use alloy_primitives::{Address, U256};

use smartsync_execution::Read;

use super::{
    backoff::Retry, board::Board, feed_policy::FeedPolicy, keep_alive::KeepAlive, policy::Policy,
};

/// What to keep fresh.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// The mirrors.
    pub mirrors: Vec<Watched>,
    /// The feeds.
    pub feeds: Vec<WatchedFeed>,
    /// Most wei spent on all of them within 24 hours.
    pub spending_limit: Option<U256>,
    /// Longest time between two rounds.
    pub poll: Duration,
    /// Shortest time between two rounds, where new source blocks are pushed.
    pub pace: Duration,
    /// Pauses after failures.
    pub retry: Retry,
    /// When the programs' activations are renewed.
    pub keep_alive: KeepAlive,
}

/// One mirror to keep fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// What it is called in logs, metrics and on the web page.
    pub name: String,
    /// The source, or the mirror itself.
    pub address: Address,
    /// When it is synced.
    pub policy: Policy,
    /// What is read through it: all that this takes is kept at one block with it, and its policy counts for all.
    pub reads: Vec<Read>,
    /// The contracts that those take as of an earlier run, shown until it is moved.
    pub members: Vec<Address>,
}

/// One feed to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedFeed {
    /// What it is called in logs, metrics and on the web page.
    pub name: String,
    /// Where it stands on the target.
    pub address: Address,
    /// When it is updated.
    pub policy: FeedPolicy,
}

impl WatchOptions {
    /// Syncs these sources or mirrors at each newer final block, and looks for one this often.
    pub fn every(sources: Vec<Address>, every: Duration) -> Self {
        Self {
            mirrors: sources
                .into_iter()
                .map(|address| Watched {
                    name: address.to_string(),
                    address,
                    policy: Policy::always(),
                    reads: Vec::new(),
                    members: Vec::new(),
                })
                .collect(),
            feeds: Vec::new(),
            spending_limit: None,
            poll: every,
            pace: every,
            retry: Retry {
                first: every.min(Retry::default().first),
                ..Retry::default()
            },
            keep_alive: KeepAlive::default(),
        }
    }

    /// A board for these mirrors and feeds.
    pub fn board(&self) -> Board {
        Board::new(
            self.mirrors
                .iter()
                .map(|mirror| (mirror.name.clone(), mirror.address, mirror.policy.clone())),
            self.feeds.iter().map(|feed| {
                let limit = feed.policy.spending_limit;
                (feed.name.clone(), feed.address, limit)
            }),
            self.spending_limit,
        )
    }
}
