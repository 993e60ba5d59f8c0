use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use alloy_primitives::{Address, B256, U256};
use relayer::{ChangeSet, Mirror, Relayer};
use smartsync_chain::Clock;

use super::{
    backoff::Backoff, board::Board, event::WatchEvent, history::History, kept::Kept,
    options::WatchOptions, policy::Hold, push_state::PushState,
};
use crate::{
    coordination::{Coordinator, Outcome, Takeover, Turn},
    error::Error,
};

/// A mirror that is due, with its number in the options.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub index: usize,
    pub mirror: Mirror,
    /// Its reads are locked, so that neither price nor limit holds it.
    pub locked: bool,
    /// Least number of changes that it is synced for.
    pub min_changes: u64,
    /// Most that a unit of gas may cost, wei, priority fee included; none where it is locked.
    pub ceiling: Option<U256>,
}

impl Due {
    /// Why it is not sent for so few changes.
    pub fn too_few(&self, changes: u64) -> Option<Hold> {
        let min_changes = self.min_changes;
        (changes < min_changes).then_some(Hold::FewChanges {
            changes,
            min_changes,
        })
    }
}

/// A mirror that is due, with what separates it from its source.
#[derive(Debug)]
pub(super) struct Found {
    pub due: Due,
    pub set: ChangeSet,
}

/// What is remembered from round to round to ask less; nothing is lost with it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memo {
    pub proxy: Option<Address>,
    /// The source's storage root at a source block, by the block's hash.
    pub root: Option<(B256, Option<B256>)>,
    /// That there were too few changes between a recorded block and a storage root.
    pub few: Option<(u64, B256, Hold)>,
    /// The reason why it was held last.
    pub held: Option<&'static str>,
    /// A turn that another relayer left.
    pub takeover: Takeover,
    /// One at another member of its group.
    pub members_takeover: Takeover,
}

/// What is remembered of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// What its reads take of the source, each with what that was at a source block, by the block's hash.
    pub parts: BTreeMap<Part, Option<(B256, Option<B256>)>>,
    /// Whether this watch has found all that it takes.
    pub known: bool,
    /// That too little had changed where this was recorded and there.
    pub few: Option<(Vec<Compared>, Hold)>,
}

/// What a group's reads take of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Its storage, of which it has a mirror: the storage root.
    Storage(Address),
    /// Its balance, in wei.
    Balance(Address),
}

/// A part as it is recorded on the target, and as the source has it.
pub(super) type Compared = (Part, Option<B256>, Option<B256>);

/// The state of the loop.
pub(super) struct Watcher<'a, R> {
    pub relayer: &'a Relayer,
    pub coordinator: &'a dyn Coordinator,
    pub options: &'a WatchOptions,
    pub board: &'a Board,
    pub report: R,
    pub stopped: tokio::sync::watch::Receiver<bool>,
    pub memos: Vec<Memo>,
    pub backoffs: Vec<Backoff>,
    /// Those of the feeds, and turns at them that other relayers left.
    pub feed_backoffs: Vec<Backoff>,
    pub feed_takeovers: Vec<Takeover>,
    /// The turns of this round, and what came of them.
    pub turns: BTreeMap<usize, Box<dyn Turn>>,
    pub outcomes: BTreeMap<usize, Outcome>,
    /// Mirrors that wait for a push of block hashes, with their numbers in the options.
    pub waiting: Vec<(usize, Mirror)>,
    pub push: PushState,
    /// The groups, by their mirrors' numbers in the options.
    pub groups: BTreeMap<usize, Group>,
    /// Proofs of blocks that are not final yet.
    pub kept: Vec<Option<Kept>>,
    pub outage: Backoff,
    /// When the programs' activations were looked at.
    pub looked_at_programs: Option<Instant>,
    /// How this machine's clock stood to the chains' in the last round.
    pub clock: Clock,
    /// What was read, and for which mirrors.
    pub history: Option<(History, BTreeSet<Address>)>,
}

impl<'a, R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'a, R> {
    pub fn new(
        relayer: &'a Relayer,
        coordinator: &'a dyn Coordinator,
        options: &'a WatchOptions,
        board: &'a Board,
        report: R,
        stopped: tokio::sync::watch::Receiver<bool>,
    ) -> Self {
        let mirrors = options.mirrors.len();
        Self {
            relayer,
            coordinator,
            turns: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            options,
            board,
            report,
            stopped,
            memos: vec![Memo::default(); mirrors],
            backoffs: vec![Backoff::default(); mirrors],
            feed_backoffs: vec![Backoff::default(); options.feeds.len()],
            feed_takeovers: vec![Takeover::default(); options.feeds.len()],
            waiting: Vec::new(),
            push: PushState::default(),
            groups: (options.mirrors.iter().enumerate())
                .filter(|(_, watched)| !watched.reads.is_empty())
                .map(|(index, watched)| {
                    let group = Group {
                        known: false,
                        ..Group::known(&watched.members, [])
                    };
                    (index, group)
                })
                .collect(),
            kept: (0..mirrors).map(|_| None).collect(),
            outage: Backoff::default(),
            looked_at_programs: None,
            clock: Clock::Agrees,
            history: None,
        }
    }

    /// Whether the watch is told to end.
    pub fn stopping(&self) -> bool {
        *self.stopped.borrow()
    }

    /// When the nodes are asked again, after they did not answer.
    pub fn outage_over(&self) -> Option<Instant> {
        self.outage.next()
    }
}
