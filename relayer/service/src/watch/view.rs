use std::{collections::VecDeque, time::Instant};

use alloy_primitives::{Address, B256, U256};
use relayer::programs::Activation;
use serde::Serialize;
use smartsync_groups::{FeedReport, GroupState};

use super::{
    history::{Step, StepKind},
    policy::{Hold, Policy},
};

/// Everything at one instant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Version of the relayer.
    pub version: &'static str,
    /// Seconds since the watch began.
    pub uptime_seconds: u64,
    /// Seconds since the loop last did something.
    pub idle_seconds: u64,
    /// This machine's clock, seconds since 1970.
    pub now: u64,
    /// Whether both nodes and the root source answered last time.
    pub reachable: bool,
    /// What the nodes said when they were last asked in vain.
    pub problem: Option<String>,
    /// This machine's clock less the newest block's time in the last round, in seconds.
    pub clock_difference_seconds: i64,
    /// Rounds completed.
    pub rounds: u64,
    /// The source chain.
    pub source: SourceView,
    /// The target chain.
    pub target: TargetView,
    /// What is spent.
    pub wallet: WalletView,
    /// Pushes of block hashes.
    pub pushes: PushTotals,
    /// The programs of the deployment, as of the last look.
    pub programs: Vec<ProgramView>,
    /// The mirrors, in the order of the configuration.
    pub mirrors: Vec<MirrorView>,
    /// The feeds, in the order of the configuration.
    pub feeds: Vec<FeedView>,
    /// When the watch began.
    #[serde(skip)]
    pub(super) started: Instant,
}

/// A program of the deployment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramView {
    /// Its name in the deployment file.
    pub name: &'static str,
    /// Where it stands.
    pub address: Address,
    /// Seconds until its activation ends; 0 when it has ended.
    pub seconds_left: u64,
}

impl ProgramView {
    pub(super) fn of(activation: &Activation) -> Self {
        Self {
            name: activation.program.name,
            address: activation.program.address,
            seconds_left: activation.left.map_or(0, |left| left.as_secs()),
        }
    }
}

/// The source chain.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// Chain id.
    pub chain_id: u64,
    /// Newest block.
    pub head: u64,
    /// Its timestamp in seconds.
    pub head_time: u64,
    /// Newest block that is final and that the root source can be brought up to.
    pub usable: u64,
    /// Its timestamp in seconds.
    pub usable_time: u64,
}

/// The target chain.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetView {
    /// Chain id.
    pub chain_id: u64,
    /// Newest block.
    pub head: u64,
    /// Its timestamp in seconds.
    pub head_time: u64,
    /// Gas price in wei.
    pub gas_price: U256,
    /// The SmartSync contract.
    pub registry: Address,
    /// The root source.
    pub root_source: Address,
    /// Newest source block that it knows.
    pub known_block: u64,
}

/// Who pays.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WalletView {
    /// The account.
    pub address: Option<Address>,
    /// Wei it has.
    pub balance: U256,
    /// Wei spent on syncs within 24 hours.
    pub spent_day: U256,
    /// Most within 24 hours.
    pub spending_limit: Option<U256>,
}

/// How a mirror does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// Not looked at yet.
    Starting,
    /// Equal to the source at the newest usable block, or its policy wants nothing.
    Current,
    /// Something changed, and the policy waits.
    Held,
    /// Being brought up to date.
    Syncing,
    /// Cannot be brought up to date.
    Failing,
}

/// One mirror.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MirrorView {
    /// Its name in the configuration, or its address.
    pub name: String,
    /// Source or mirror, as configured.
    pub address: Address,
    /// The source contract.
    pub source: Option<Address>,
    /// The mirror.
    pub proxy: Option<Address>,
    /// How it does.
    pub condition: Condition,
    /// Why it is held.
    pub hold: Option<Hold>,
    /// Why it fails.
    pub error: Option<String>,
    /// Seconds since it began to fail; 0 when it does not.
    pub failing_seconds: u64,
    /// Seconds until it is tried again; 0 when it does not wait.
    pub retry_seconds: u64,
    /// created, active or open.
    pub status: &'static str,
    /// Recorded source block.
    pub source_block: u64,
    /// Its timestamp in seconds.
    pub source_time: u64,
    /// Recorded storage root.
    pub storage_root: B256,
    /// Whether the source's storage was the recorded one at the newest usable block; `None` when its node cannot tell.
    pub up_to_date: Option<bool>,
    /// Source blocks from the record to the head.
    pub lag_blocks: u64,
    /// Seconds from the record to the newest block of either chain.
    pub lag_seconds: u64,
    /// Wei spent within 24 hours, with what its group took beside it.
    pub spent_day: U256,
    /// What it is read together with, and which reads fail, where reads are known.
    pub group: Option<GroupState>,
    /// The policy, in words and numbers.
    pub policy: PolicyView,
    /// What this process did.
    pub totals: Totals,
    /// The last steps, oldest first, whoever sent them.
    pub steps: VecDeque<Step>,
    /// Fees of the last day, by time.
    #[serde(skip)]
    pub(super) own: VecDeque<(u64, U256)>,
}

/// One feed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedView {
    /// Its name in the configuration, or its address.
    pub name: String,
    /// Where it stands.
    pub address: Address,
    /// What it calls itself.
    pub description: String,
    /// How it does.
    pub condition: Condition,
    /// Why it is held.
    pub hold: Option<String>,
    /// Why it fails.
    pub error: Option<String>,
    /// Seconds since it began to fail; 0 when it does not.
    pub failing_seconds: u64,
    /// Seconds until it is tried again; 0 when it does not wait.
    pub retry_seconds: u64,
    /// Its newest answer, in units of its decimals.
    pub answer: Option<String>,
    /// The number of its round.
    pub round: u64,
    /// The source block that it is true at.
    pub source_block: u64,
    /// Its timestamp in seconds.
    pub source_time: u64,
    /// Seconds from there to the newest block of either chain.
    pub age_seconds: u64,
    /// Updates that this process stored.
    pub updated: u64,
    /// Updates of this process that came too late.
    pub overtaken: u64,
    /// Failures.
    pub failed: u64,
    /// Gas used, headers included.
    pub gas: u64,
    /// Wei paid.
    pub fees: U256,
    /// Wei spent within 24 hours.
    pub spent_day: U256,
    /// Most within 24 hours.
    pub spending_limit: Option<U256>,
    /// Fees of the last day, by time.
    #[serde(skip)]
    pub(super) own: VecDeque<(u64, U256)>,
}

impl FeedView {
    pub(super) fn new(name: String, address: Address, spending_limit: Option<U256>) -> Self {
        Self {
            name,
            address,
            description: String::new(),
            condition: Condition::Starting,
            hold: None,
            error: None,
            failing_seconds: 0,
            retry_seconds: 0,
            answer: None,
            round: 0,
            source_block: 0,
            source_time: 0,
            age_seconds: 0,
            updated: 0,
            overtaken: 0,
            failed: 0,
            gas: 0,
            fees: U256::ZERO,
            spent_day: U256::ZERO,
            spending_limit,
            own: VecDeque::new(),
        }
    }

    /// Shows what a feed says.
    pub(super) fn take(&mut self, report: &FeedReport) {
        self.description.clone_from(&report.description);
        self.answer.clone_from(&report.answer);
        self.round = report.round;
        self.source_block = report.source_block;
        self.source_time = report.source_timestamp;
        self.age_seconds = report.age_seconds;
    }
}

/// Pushes of block hashes since this process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushTotals {
    /// Sent.
    pub sent: u64,
    /// Failures.
    pub failed: u64,
    /// Wei paid on the source chain, with the tickets' value, of which a part comes back on the target.
    pub cost: U256,
}

/// A policy for whoever looks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// In seconds.
    pub interval: u64,
    /// Changed slots.
    pub min_changes: u64,
    /// In seconds.
    pub max_age: Option<u64>,
    /// In wei.
    pub gas_price_ceiling: Option<U256>,
    /// In wei, within 24 hours.
    pub spending_limit: Option<U256>,
}

/// What the wallet did for one mirror since this process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Syncs that changed something, in one transaction or in parts.
    pub synced: u64,
    /// Syncs that moved the block only.
    pub refreshed: u64,
    /// Syncs that another relayer had done already.
    pub overtaken: u64,
    /// Failures.
    pub failed: u64,
    /// Changed slots.
    pub changes: u64,
    /// Calldata in bytes.
    pub bytes: u64,
    /// Gas used.
    pub gas: u64,
    /// Wei paid.
    pub fees: U256,
}

impl Totals {
    /// Counts a step of the mirror `itself`, or of what its group needs.
    pub(super) fn count(&mut self, step: &Step, itself: bool) {
        match step.kind {
            StepKind::Synced | StepKind::Completed if itself => self.synced += 1,
            StepKind::Refreshed if itself => self.refreshed += 1,
            _ => {}
        }
        self.changes = self.changes.saturating_add(step.changes);
        self.bytes = self.bytes.saturating_add(step.bytes);
        self.gas = self.gas.saturating_add(step.gas);
        self.fees = self.fees.saturating_add(step.fee);
    }
}

impl MirrorView {
    pub(super) fn new(name: String, address: Address, policy: &Policy) -> Self {
        Self {
            name,
            address,
            source: None,
            proxy: None,
            condition: Condition::Starting,
            hold: None,
            error: None,
            failing_seconds: 0,
            retry_seconds: 0,
            status: "unknown",
            source_block: 0,
            source_time: 0,
            storage_root: B256::ZERO,
            up_to_date: None,
            lag_blocks: 0,
            lag_seconds: 0,
            spent_day: U256::ZERO,
            group: None,
            policy: PolicyView {
                interval: policy.interval.as_secs(),
                min_changes: policy.min_changes,
                max_age: policy.max_age.map(|age| age.as_secs()),
                gas_price_ceiling: policy.gas_price_ceiling,
                spending_limit: policy.spending_limit,
            },
            totals: Totals::default(),
            steps: VecDeque::new(),
            own: VecDeque::new(),
        }
    }
}
