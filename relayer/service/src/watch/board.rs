use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use alloy_primitives::{Address, TxHash, U256};
use smartsync_chain::clock;

use super::{
    history::{DAY, STEPS_KEPT, Step, StepKind},
    losses::Loss,
    policy::Policy,
    view::{FeedView, MirrorView, PushTotals, SourceView, TargetView, View, WalletView},
};

/// Whom something was spent on, by the number in the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A mirror, with its group.
    Mirror(usize),
    /// A feed.
    Feed(usize),
}

/// What a watch knows, for whoever looks: the web page, the metrics, the health checks. Nothing in it is needed by a later
/// run.
#[derive(Clone, Debug)]
pub struct Board {
    state: Arc<RwLock<State>>,
}

#[derive(Debug)]
struct State {
    view: View,
    /// When the loop last did something.
    tick: Instant,
    /// Steps of the last day sent by this wallet, whatever they were for.
    own: VecDeque<(u64, U256)>,
    /// Whom transactions were for that name no mirror or feed of the options, with their times.
    owners: BTreeMap<TxHash, (u64, Owner)>,
    mirrors: Vec<Times>,
    feeds: Vec<Times>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    failing: Option<Instant>,
    next_try: Option<Instant>,
}

impl Times {
    /// Seconds since it began to fail, and until it is tried again.
    fn at(self, now: Instant) -> (u64, u64) {
        let since = |instant| now.saturating_duration_since(instant).as_secs();
        let until = |next: Instant| next.saturating_duration_since(now).as_secs();
        (
            self.failing.map_or(0, since),
            self.next_try.map_or(0, until),
        )
    }
}

impl Board {
    /// An empty board for these mirrors, by name, address and policy, and these feeds, each with its spending limit.
    pub(crate) fn new(
        mirrors: impl IntoIterator<Item = (String, Address, Policy)>,
        feeds: impl IntoIterator<Item = (String, Address, Option<U256>)>,
        spending_limit: Option<U256>,
    ) -> Self {
        let mirrors: Vec<MirrorView> = mirrors
            .into_iter()
            .map(|(name, address, policy)| MirrorView::new(name, address, &policy))
            .collect();
        let feeds: Vec<FeedView> = feeds
            .into_iter()
            .map(|(name, address, limit)| FeedView::new(name, address, limit))
            .collect();
        let now = Instant::now();
        Self {
            state: Arc::new(RwLock::new(State {
                mirrors: vec![Times::default(); mirrors.len()],
                feeds: vec![Times::default(); feeds.len()],
                view: View {
                    version: env!("CARGO_PKG_VERSION"),
                    uptime_seconds: 0,
                    idle_seconds: 0,
                    now: 0,
                    reachable: false,
                    problem: None,
                    clock_difference_seconds: 0,
                    rounds: 0,
                    source: SourceView::default(),
                    target: TargetView::default(),
                    pushes: PushTotals::default(),
                    programs: Vec::new(),
                    wallet: WalletView {
                        spending_limit,
                        ..WalletView::default()
                    },
                    mirrors,
                    feeds,
                    started: now,
                },
                tick: now,
                own: VecDeque::new(),
                owners: BTreeMap::new(),
            })),
        }
    }

    /// Everything as it is now.
    pub fn view(&self) -> View {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut view = state.view.clone();
        view.uptime_seconds = now.duration_since(view.started).as_secs();
        view.idle_seconds = now.saturating_duration_since(state.tick).as_secs();
        view.now = clock::local_time();
        for (mirror, times) in view.mirrors.iter_mut().zip(&state.mirrors) {
            (mirror.failing_seconds, mirror.retry_seconds) = times.at(now);
        }
        for (feed, times) in view.feeds.iter_mut().zip(&state.feeds) {
            (feed.failing_seconds, feed.retry_seconds) = times.at(now);
        }
        view
    }

    /// How long the loop has done nothing.
    pub fn idle(&self) -> Duration {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.tick.elapsed()
    }

    /// Why the service is not ready: a node or the root source does not answer, or a mirror fails longer than this.
    /// Empty when it is.
    pub fn unready(&self, longest_failure: Duration) -> Vec<String> {
        let view = self.view();
        let mut reasons = Vec::new();
        if view.rounds == 0 && view.problem.is_none() {
            reasons.push("the first round is not over yet".to_owned());
        }
        reasons.extend(view.problem.clone());
        let mirrors = (view.mirrors.iter())
            .map(|mirror| (&mirror.name, mirror.error.as_ref(), mirror.failing_seconds));
        let feeds =
            (view.feeds.iter()).map(|feed| (&feed.name, feed.error.as_ref(), feed.failing_seconds));
        reasons.extend(mirrors.chain(feeds).filter_map(|(name, error, seconds)| {
            let error = error?;
            (Duration::from_secs(seconds) >= longest_failure)
                .then(|| format!("{name} fails since {seconds} s: {error}"))
        }));
        reasons
    }

    /// Reads something without a copy of everything.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        read(&state.view)
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.tick = Instant::now();
        change(&mut state);
    }

    /// The loop is alive.
    pub(crate) fn tick(&self) {
        self.write(|_| {});
    }

    /// Changes what is not about one mirror.
    pub(crate) fn update(&self, change: impl FnOnce(&mut View)) {
        self.write(|state| change(&mut state.view));
    }

    /// Changes what is known of one mirror.
    pub(crate) fn mirror(&self, index: usize, change: impl FnOnce(&mut MirrorView)) {
        self.write(|state| {
            if let Some(mirror) = state.view.mirrors.get_mut(index) {
                change(mirror);
            }
        });
    }

    /// Changes what is known of one feed.
    pub(crate) fn feed(&self, index: usize, change: impl FnOnce(&mut FeedView)) {
        self.write(|state| {
            if let Some(feed) = state.view.feeds.get_mut(index) {
                change(feed);
            }
        });
    }

    /// Says since when a feed fails and when it is tried again.
    pub(crate) fn feed_times(
        &self,
        index: usize,
        failing: Option<Instant>,
        next_try: Option<Instant>,
    ) {
        self.write(|state| {
            if let Some(times) = state.feeds.get_mut(index) {
                *times = Times { failing, next_try };
            }
        });
    }

    /// Says since when a mirror fails and when it is tried again.
    pub(crate) fn times(&self, index: usize, failing: Option<Instant>, next_try: Option<Instant>) {
        self.write(|state| {
            if let Some(times) = state.mirrors.get_mut(index) {
                *times = Times { failing, next_try };
            }
        });
    }

    /// Forgets the history, before it is read anew.
    pub(crate) fn forget(&self) {
        self.write(|state| {
            state.own.clear();
            for mirror in &mut state.view.mirrors {
                mirror.own.clear();
                mirror.steps.clear();
            }
            for feed in &mut state.view.feeds {
                feed.own.clear();
            }
        });
    }

    /// What a transaction of this wallet cost that left no event, because it failed or brought a header: shared out equally. `new` as for
    /// [`Self::take_steps`].
    pub(crate) fn take_loss(&self, loss: &Loss, new: bool) {
        self.write(|state| {
            state.own.push_back((loss.time, loss.fee));
            let share = loss.fee / U256::from(loss.of.len().max(1));
            for of in &loss.of {
                match state.owner(*of) {
                    Some(Owner::Mirror(index)) => {
                        if let Some(mirror) = state.view.mirrors.get_mut(index) {
                            mirror.own.push_back((loss.time, share));
                            if new {
                                mirror.totals.fees = mirror.totals.fees.saturating_add(share);
                            }
                        }
                    }
                    Some(Owner::Feed(index)) => {
                        if let Some(feed) = state.view.feeds.get_mut(index) {
                            feed.own.push_back((loss.time, share));
                        }
                    }
                    None => {}
                }
            }
        });
    }

    /// Takes in what transactions did, in the order of the chain. `new`: since this process started, so that those of its
    /// wallet are its own. What names nothing that is watched was for the `owner`.
    pub(crate) fn take_steps(
        &self,
        steps: impl IntoIterator<Item = Step>,
        new: bool,
        owner: Option<Owner>,
    ) {
        self.write(|state| {
            let wallet = state.view.wallet.address;
            for step in steps {
                let own = Some(step.sender) == wallet;
                let named = step.of.and_then(|of| state.owner(of));
                if let (true, None, Some(owner)) = (own, named, owner) {
                    state.owners.insert(step.tx_hash, (step.time, owner));
                }
                let kept = state.owners.get(&step.tx_hash).map(|(_, owner)| *owner);
                if own {
                    state.own.push_back((step.time, step.fee));
                }
                match named.or(kept) {
                    Some(Owner::Mirror(index)) => {
                        if let Some(mirror) = state.view.mirrors.get_mut(index) {
                            mirror.take(step, own, new);
                        }
                    }
                    Some(Owner::Feed(index)) => {
                        if let Some(feed) = state.view.feeds.get_mut(index)
                            && own
                        {
                            feed.own.push_back((step.time, step.fee));
                        }
                    }
                    None => {}
                }
            }
        });
    }

    /// Forgets what was spent more than a day before `now` (the target's clock, seconds), and adds up the rest.
    pub(crate) fn settle(&self, now: u64) {
        let sum = |own: &mut VecDeque<(u64, U256)>| {
            own.retain(|(time, _)| time.saturating_add(DAY) > now);
            own.iter()
                .fold(U256::ZERO, |sum, (_, fee)| sum.saturating_add(*fee))
        };
        self.write(|state| {
            state.view.wallet.spent_day = sum(&mut state.own);
            for mirror in &mut state.view.mirrors {
                mirror.spent_day = sum(&mut mirror.own);
            }
            for feed in &mut state.view.feeds {
                feed.spent_day = sum(&mut feed.own);
            }
            let owners = &mut state.owners;
            owners.retain(|_, (time, _)| time.saturating_add(DAY) > now);
        });
    }
}

impl State {
    /// Whom a mirror or feed belongs to: itself if it is watched, else the first group that has it as a member.
    fn owner(&self, of: Address) -> Option<Owner> {
        let view = &self.view;
        let itself = (view.mirrors.iter()).position(|mirror| mirror.proxy == Some(of));
        let feed = || view.feeds.iter().position(|feed| feed.address == of);
        let group = || {
            (view.mirrors.iter()).position(|mirror| {
                let members = mirror.group.iter().flat_map(|group| &group.members);
                members.into_iter().any(|member| member.proxy == Some(of))
            })
        };
        itself
            .map(Owner::Mirror)
            .or_else(|| feed().map(Owner::Feed))
            .or_else(|| group().map(Owner::Mirror))
    }
}

impl MirrorView {
    /// A step of the mirror itself, or of what its group needs.
    fn take(&mut self, step: Step, own: bool, new: bool) {
        let itself = step.of.is_some() && step.of == self.proxy;
        if own {
            self.own.push_back((step.time, step.fee));
            if new {
                self.totals.count(&step, itself);
            }
        }
        if itself && step.kind != StepKind::Skipped {
            if self.steps.len() >= STEPS_KEPT {
                self.steps.pop_front();
            }
            self.steps.push_back(step);
        }
    }
}
