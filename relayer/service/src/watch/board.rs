use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U256};
use smartsync_chain::clock;

use super::{
    history::{DAY, STEPS_KEPT, Step, StepKind},
    losses::Loss,
    policy::Policy,
    view::{FeedView, MirrorView, PushTotals, SourceView, TargetView, View, WalletView},
};

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
    /// Steps of the last day sent by this wallet, whatever the mirror.
    own: VecDeque<(u64, U256)>,
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
    /// An empty board for these mirrors, by name, address and policy, and these feeds.
    pub(crate) fn new(
        mirrors: impl IntoIterator<Item = (String, Address, Policy)>,
        feeds: impl IntoIterator<Item = (String, Address)>,
        spending_limit: Option<U256>,
    ) -> Self {
        let mirrors: Vec<MirrorView> = mirrors
            .into_iter()
            .map(|(name, address, policy)| MirrorView::new(name, address, &policy))
            .collect();
        let feeds: Vec<FeedView> = feeds
            .into_iter()
            .map(|(name, address)| FeedView::new(name, address))
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
        });
    }

    /// What a transaction of this wallet cost that failed, and so left no event: shared out equally. `new` as for
    /// [`Self::take_steps`].
    pub(crate) fn take_loss(&self, loss: &Loss, new: bool) {
        self.write(|state| {
            state.own.push_back((loss.time, loss.fee));
            let share = loss.fee / U256::from(loss.proxies.len().max(1));
            let mirrors = state.view.mirrors.iter_mut().filter(|mirror| {
                mirror
                    .proxy
                    .is_some_and(|proxy| loss.proxies.contains(&proxy))
            });
            for mirror in mirrors {
                mirror.own.push_back((loss.time, share));
                if new {
                    mirror.totals.fees = mirror.totals.fees.saturating_add(share);
                }
            }
        });
    }

    /// Takes in what transactions did, in the order of the chain. `new`: since this process started, so that those of its
    /// wallet are its own.
    pub(crate) fn take_steps(&self, steps: impl IntoIterator<Item = Step>, new: bool) {
        self.write(|state| {
            let wallet = state.view.wallet.address;
            for step in steps {
                let own = Some(step.sender) == wallet;
                if own {
                    state.own.push_back((step.time, step.fee));
                }
                let mirrors = state.view.mirrors.iter_mut();
                for mirror in mirrors.filter(|mirror| mirror.proxy == Some(step.proxy)) {
                    if own {
                        mirror.own.push_back((step.time, step.fee));
                    }
                    if own && new {
                        mirror.totals.count(&step);
                    }
                    if step.kind != StepKind::Skipped {
                        if mirror.steps.len() >= STEPS_KEPT {
                            mirror.steps.pop_front();
                        }
                        mirror.steps.push_back(step.clone());
                    }
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
        });
    }
}
