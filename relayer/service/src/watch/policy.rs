use std::time::Duration;

use alloy_primitives::U256;
use serde::Serialize;
use smartsync_abi::IRegistry::Status;
use smartsync_roots::pushed;

/// When a mirror is synced. All times are those of the chains' blocks, so that a wrong clock on this machine changes
/// nothing and a restart forgets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Least time between the source block of the record and the one to sync to.
    pub interval: Duration,
    /// Least number of changed slots that a sync is worth; 1 for every change.
    pub min_changes: u64,
    /// Age of the record at which the mirror is synced whatever changed, with an empty proof if nothing did. `None`:
    /// a quiet source costs nothing, and its mirror grows old.
    pub max_age: Option<Duration>,
    /// Most that a unit of target gas may cost, in wei, priority fee included: above it nothing is sent, and no
    /// transaction offers more. An update in parts that has begun is finished whatever it costs: reads are locked until
    /// then.
    pub gas_price_ceiling: Option<U256>,
    /// Most wei spent on the mirror within 24 hours.
    pub spending_limit: Option<U256>,
}

impl Default for Policy {
    /// Every change, at once, at any price.
    fn default() -> Self {
        Self {
            interval: Duration::ZERO,
            min_changes: 1,
            max_age: None,
            gas_price_ceiling: None,
            spending_limit: None,
        }
    }
}

impl Policy {
    /// At each newer final block, whether or not something changed.
    pub fn always() -> Self {
        Self {
            max_age: Some(Duration::ZERO),
            ..Self::default()
        }
    }
}

/// What both chains say of one mirror.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    /// State of the mirror.
    pub status: Status,
    /// Source block and its timestamp, as recorded.
    pub recorded: (u64, u64),
    /// Highest source block of the parts of an open update.
    pub part_block: u64,
    /// Source block to sync to and its timestamp.
    pub usable: (u64, u64),
    /// The chains' clock in seconds: the newest timestamp of either.
    pub now: u64,
    /// Whether the source's storage is another than the recorded one; `None` when its node cannot tell.
    pub changed: Option<bool>,
}

/// What to do with one mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing: there is no newer final block, or nothing changed in it.
    Rest,
    /// Not yet.
    Hold(Hold),
    /// Sync when at least so many slots changed.
    SyncFrom {
        /// Least number of changes.
        changes: u64,
    },
    /// Sync whatever it takes: its reads are locked, or it was never verified.
    Resume,
}

/// Why a mirror that could be synced is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "reason"
)]
pub enum Hold {
    /// The interval is not over.
    Interval {
        /// Seconds of the source's clock that are left.
        seconds_left: u64,
    },
    /// Too few changes.
    FewChanges {
        /// Changed slots.
        changes: u64,
        /// Wanted.
        min_changes: u64,
    },
    /// Gas is too dear.
    GasPrice {
        /// Now, in wei.
        gas_price: U256,
        /// Highest that is paid.
        ceiling: U256,
    },
    /// The day's money is spent.
    Spending {
        /// Spent within 24 hours, in wei.
        spent: U256,
        /// What the sync would cost.
        cost: U256,
        /// Most within 24 hours.
        limit: U256,
    },
    /// An open update used a source block that is not final for this relayer yet.
    PartBlock {
        /// That block.
        part_block: u64,
    },
    /// The block-hash buffer leads to no newer final block.
    Unpushed {
        /// The final source block that it does not lead to.
        block: u64,
        /// The newest source block in it, where it says so.
        newest: Option<u64>,
    },
    /// The source node proves no final block any more; a proof of a newer one waits until that is final.
    Kept {
        /// The source block of the proof.
        block: u64,
        /// The oldest source block that the node proved when it was made.
        oldest: u64,
    },
    /// Another relayer has its turn.
    Turn,
}

impl Hold {
    /// One word for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Interval { .. } => "interval",
            Self::FewChanges { .. } => "few_changes",
            Self::GasPrice { .. } => "gas_price",
            Self::Spending { .. } => "spending",
            Self::PartBlock { .. } => "part_block",
            Self::Unpushed { .. } => "unpushed",
            Self::Kept { .. } => "kept",
            Self::Turn => "turn",
        }
    }
}

impl std::fmt::Display for Hold {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interval { seconds_left } => {
                write!(formatter, "the interval is over in {seconds_left} s")
            }
            Self::FewChanges {
                changes,
                min_changes,
            } => write!(formatter, "{changes} of {min_changes} changes"),
            Self::GasPrice { gas_price, ceiling } => {
                write!(
                    formatter,
                    "gas costs {gas_price} wei, the ceiling is {ceiling}"
                )
            }
            Self::Spending { spent, cost, limit } => write!(
                formatter,
                "{spent} wei spent within 24 hours, {cost} more would exceed the limit of {limit}"
            ),
            Self::PartBlock { part_block } => write!(
                formatter,
                "the open update is at source block {part_block}, which is not final yet"
            ),
            Self::Unpushed { block, newest } => {
                let pushed = pushed(*newest);
                write!(
                    formatter,
                    "source block {block} is not in the block-hash buffer; {pushed}"
                )
            }
            Self::Kept { block, oldest } => write!(
                formatter,
                "the source node proves no block before {oldest}; source block {block} is proven and waits until it is final"
            ),
            Self::Turn => formatter.write_str("another relayer has its turn"),
        }
    }
}

/// All reasons, as [`Hold::name`] gives them.
pub(crate) const HOLDS: [&str; 8] = [
    "interval",
    "few_changes",
    "gas_price",
    "spending",
    "part_block",
    "unpushed",
    "kept",
    "turn",
];

impl Policy {
    /// What to do, as far as it can be told without looking for the changes.
    pub(crate) fn decide(&self, situation: &Situation) -> Decision {
        let (recorded_block, recorded_time) = situation.recorded;
        let (usable_block, usable_time) = situation.usable;
        match situation.status {
            Status::Open if usable_block < situation.part_block => {
                return Decision::Hold(Hold::PartBlock {
                    part_block: situation.part_block,
                });
            }
            _ if usable_block <= recorded_block => return Decision::Rest,
            Status::Open | Status::Created => return Decision::Resume,
            _ => {}
        }
        let age = Duration::from_secs(situation.now.saturating_sub(recorded_time));
        if self.max_age.is_some_and(|max_age| age >= max_age) {
            return Decision::SyncFrom { changes: 0 };
        }
        if situation.changed == Some(false) {
            return Decision::Rest;
        }
        let since = Duration::from_secs(usable_time.saturating_sub(recorded_time));
        match self.interval.checked_sub(since) {
            Some(left) if !left.is_zero() => Decision::Hold(Hold::Interval {
                seconds_left: left.as_secs(),
            }),
            _ => Decision::SyncFrom {
                changes: self.min_changes,
            },
        }
    }

    /// Whether a sync may be sent at this price, at this expected cost, after what was spent.
    pub(crate) fn afford(&self, gas_price: U256, cost: U256, spent: U256) -> Result<(), Hold> {
        ceiling(self.gas_price_ceiling, gas_price)?;
        within(self.spending_limit, cost, spent)
    }
}

/// Whether the gas price is not above the ceiling.
pub(crate) fn ceiling(ceiling: Option<U256>, gas_price: U256) -> Result<(), Hold> {
    match ceiling {
        Some(ceiling) if gas_price > ceiling => Err(Hold::GasPrice { gas_price, ceiling }),
        _ => Ok(()),
    }
}

/// Whether a cost fits a limit, after what was spent.
pub(crate) fn within(limit: Option<U256>, cost: U256, spent: U256) -> Result<(), Hold> {
    match limit {
        Some(limit) if spent.saturating_add(cost) > limit => {
            Err(Hold::Spending { spent, cost, limit })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn situation() -> Situation {
        Situation {
            status: Status::Active,
            recorded: (100, 1_000),
            part_block: 0,
            usable: (105, 1_030),
            now: 1_040,
            changed: Some(true),
        }
    }

    #[test]
    fn a_change_is_synced_at_once_and_a_quiet_source_never_without_a_policy() {
        let policy = Policy::default();
        assert_eq!(
            policy.decide(&situation()),
            Decision::SyncFrom { changes: 1 }
        );
        let quiet = Situation {
            changed: Some(false),
            now: 1_000_000,
            ..situation()
        };
        assert_eq!(policy.decide(&quiet), Decision::Rest);
        assert_eq!(
            Policy::always().decide(&quiet),
            Decision::SyncFrom { changes: 0 }
        );
    }

    #[test]
    fn without_a_newer_final_block_nothing_is_done() {
        let stale = Situation {
            usable: (100, 1_000),
            now: 1_000_000,
            ..situation()
        };
        for policy in [Policy::default(), Policy::always()] {
            assert_eq!(policy.decide(&stale), Decision::Rest);
        }
        let open = Situation {
            status: Status::Open,
            ..stale
        };
        assert_eq!(Policy::default().decide(&open), Decision::Rest);
    }

    #[test]
    fn an_interval_holds_a_change_until_the_source_clock_has_passed_it() {
        let policy = Policy {
            interval: MINUTE,
            ..Policy::default()
        };
        assert_eq!(
            policy.decide(&situation()),
            Decision::Hold(Hold::Interval { seconds_left: 30 })
        );
        let later = Situation {
            usable: (110, 1_060),
            ..situation()
        };
        assert_eq!(policy.decide(&later), Decision::SyncFrom { changes: 1 });
    }

    #[test]
    fn an_age_limit_overrides_interval_and_number_of_changes() {
        let policy = Policy {
            interval: 10 * MINUTE,
            min_changes: 50,
            max_age: Some(MINUTE),
            ..Policy::default()
        };
        let aged = |now, changed| Situation {
            now,
            changed,
            ..situation()
        };
        for changed in [Some(true), Some(false), None] {
            assert_eq!(
                policy.decide(&aged(1_060, changed)),
                Decision::SyncFrom { changes: 0 }
            );
        }
        assert_eq!(policy.decide(&aged(1_059, Some(false))), Decision::Rest);
        assert_eq!(
            policy.decide(&aged(1_059, None)),
            Decision::Hold(Hold::Interval { seconds_left: 570 })
        );
    }

    #[test]
    fn a_locked_mirror_is_resumed_whatever_the_policy_says() {
        let policy = Policy {
            interval: 10 * MINUTE,
            min_changes: 50,
            ..Policy::default()
        };
        for status in [Status::Open, Status::Created] {
            let locked = Situation {
                status,
                ..situation()
            };
            assert_eq!(policy.decide(&locked), Decision::Resume);
        }
        let ahead = Situation {
            status: Status::Open,
            part_block: 106,
            ..situation()
        };
        assert_eq!(
            policy.decide(&ahead),
            Decision::Hold(Hold::PartBlock { part_block: 106 })
        );
    }

    #[test]
    fn price_and_spending_are_held_above_their_limits_only() {
        let wei = U256::from::<u64>;
        let policy = Policy {
            gas_price_ceiling: Some(wei(10)),
            spending_limit: Some(wei(1_000)),
            ..Policy::default()
        };
        assert_eq!(policy.afford(wei(10), wei(400), wei(600)), Ok(()));
        assert_eq!(
            policy.afford(wei(11), wei(1), wei(0)),
            Err(Hold::GasPrice {
                gas_price: wei(11),
                ceiling: wei(10)
            })
        );
        assert_eq!(
            policy.afford(wei(10), wei(401), wei(600)),
            Err(Hold::Spending {
                spent: wei(600),
                cost: wei(401),
                limit: wei(1_000)
            })
        );
    }
}
