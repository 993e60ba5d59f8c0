//! Keeping mirrors fresh: when, at what price, and what to do when something fails.
//!
//! A round looks at both chains, decides for each mirror by its [`Policy`], finds and proves the changes of those that are
//! due, and sends them, those of one source block together. Nothing in memory is needed by a later run: the last sync is
//! the record's block, and what was spent is read from the chain.

mod backoff;
mod batch;
mod board;
mod heads;
mod history;
mod kept;
mod look;
mod losses;
mod outcome;
mod policy;
mod push;
mod round;
mod service;
mod spending;
mod submit;
mod turns;
mod view;

use std::{future::Future, pin::pin, time::Duration};

use alloy_primitives::{Address, U256};

pub use backoff::Retry;
pub use board::Board;
pub use history::{Step, StepKind};
pub(crate) use policy::HOLDS;
pub use policy::{Hold, Policy};
pub use service::{ServiceOptions, run};
pub use view::{
    Condition, MirrorView, PolicyView, PushTotals, SourceView, TargetView, Totals, View, WalletView,
};

use crate::{
    coordination::Coordinator, error::Error, relayer::Relayer, root_source::PushReport,
    sync::SyncReport,
};
use heads::Heads;
use round::Watcher;

/// What to keep fresh.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// The mirrors.
    pub mirrors: Vec<Watched>,
    /// Most wei spent on all of them within 24 hours.
    pub spending_limit: Option<U256>,
    /// Longest time between two rounds.
    pub poll: Duration,
    /// Shortest time between two rounds, where new source blocks are pushed.
    pub pace: Duration,
    /// Pauses after failures.
    pub retry: Retry,
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
                })
                .collect(),
            spending_limit: None,
            poll: every,
            pace: every,
            retry: Retry {
                first: every.min(Retry::default().first),
                ..Retry::default()
            },
        }
    }

    /// A board for these mirrors.
    pub fn board(&self) -> Board {
        Board::new(
            self.mirrors
                .iter()
                .map(|mirror| (mirror.name.clone(), mirror.address, mirror.policy.clone())),
            self.spending_limit,
        )
    }
}

/// What happened.
#[derive(Debug)]
pub enum WatchEvent {
    /// A transaction moved a mirror.
    Synced(Box<SyncReport>),
    /// A mirror needs nothing now.
    Current(Address),
    /// A mirror could be synced and is not, for another reason than in the round before.
    Held(Address, Hold),
    /// A mirror could not be brought up to date; it is tried again after this pause.
    Failed(Address, Error, Duration),
    /// Hashes of source blocks are on their way to the block-hash buffer.
    Pushed(Box<PushReport>),
    /// No block hashes could be pushed; it is tried again after this pause.
    NotPushed(Error, Duration),
    /// A node or the root source does not answer; all is tried again after this pause.
    Unreachable(Error, Duration),
}

/// Keeps mirrors fresh until `shutdown`. A sync that is under way is finished first. Failures are reported and tried
/// again, later each time. Only `report` can end the watch with an error. The coordinator gives turns where other
/// relayers keep the same mirrors; [`Alone`](crate::Alone) gives all of them.
pub async fn watch(
    relayer: &Relayer,
    coordinator: &dyn Coordinator,
    options: &WatchOptions,
    board: &Board,
    shutdown: impl Future<Output = ()>,
    report: impl FnMut(WatchEvent) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut shutdown = pin!(shutdown);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut heads = Heads::follow(&relayer.source.urls(), options.poll, options.pace);
    let mut watcher = Watcher::new(relayer, coordinator, options, board, report, stopped);
    loop {
        let began = tokio::time::Instant::now();
        {
            let mut round = pin!(watcher.round());
            loop {
                tokio::select! {
                    biased;
                    () = &mut shutdown, if !*stop.borrow() => {
                        stop.send_replace(true);
                    }
                    result = &mut round => break result?,
                }
            }
        }
        if *stop.borrow() {
            return Ok(());
        }
        let next = async {
            heads.next(began).await;
            if let Some(recovered) = watcher.outage_over() {
                tokio::time::sleep_until(recovered.into()).await;
            }
        };
        tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            () = next => {}
        }
    }
}
