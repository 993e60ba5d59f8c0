use std::{fmt, time::Duration};

use alloy_primitives::{I256, U256};
use smartsync_groups::FeedAnswer;

/// Basis points of the whole.
const WHOLE: u64 = 10_000;

/// When a feed is updated. All times are those of the chains' blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedPolicy {
    /// Least time between the source blocks of two answers.
    pub interval: Duration,
    /// How far the source's answer must be from the feed's, in basis points of the feed's; 0 for every change.
    pub deviation: u64,
    /// Age of the feed's answer at which it is updated whatever the source answers. `None`: an answer that does not change costs nothing,
    /// and grows old.
    pub max_age: Option<Duration>,
    /// Most that a unit of target gas may cost, in wei, priority fee included.
    pub gas_price_ceiling: Option<U256>,
    /// Most spent on it within 24 hours, in wei.
    pub spending_limit: Option<U256>,
}

/// What both chains say of one feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeedSituation {
    /// The feed's answer.
    pub kept: Option<FeedAnswer>,
    /// The source's answer at the usable block.
    pub found: I256,
    /// Timestamp of the usable block, seconds. It is newer than the feed's.
    pub usable_time: u64,
    /// The chains' clock in seconds.
    pub now: u64,
    /// Price of target gas, wei.
    pub gas_price: U256,
}

/// What to do with one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedDecision {
    /// The source answers the same.
    Rest,
    /// Not yet.
    Hold(FeedHold),
    /// Update it.
    Update,
}

/// Why a feed that could be updated is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedHold {
    /// The interval is not over.
    Interval {
        /// Seconds of the source's clock that are left.
        seconds_left: u64,
    },
    /// The answers are too close.
    Deviation {
        /// Wanted, in basis points.
        wanted: u64,
    },
    /// Gas is too dear.
    GasPrice {
        /// Now, in wei.
        gas_price: U256,
        /// Highest that is paid.
        ceiling: U256,
    },
    /// It would cost more than is left for 24 hours.
    Spending {
        /// Spent, in wei.
        spent: U256,
        /// What it would cost, in wei.
        cost: U256,
        /// The limit, in wei.
        limit: U256,
    },
    /// Another relayer has its turn.
    Turn,
}

impl fmt::Display for FeedHold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interval { seconds_left } => {
                write!(formatter, "the interval is over in {seconds_left} s")
            }
            Self::Deviation { wanted } => write!(
                formatter,
                "the source's answer is less than {wanted} basis points away"
            ),
            Self::GasPrice { gas_price, ceiling } => write!(
                formatter,
                "gas costs {gas_price} wei, the ceiling is {ceiling}"
            ),
            Self::Spending { spent, cost, limit } => write!(
                formatter,
                "{spent} wei are spent within 24 hours, {cost} more would exceed {limit}"
            ),
            Self::Turn => formatter.write_str("another relayer has its turn"),
        }
    }
}

impl FeedPolicy {
    /// What to do.
    pub(super) fn decide(&self, situation: &FeedSituation) -> FeedDecision {
        match self.wanted(situation) {
            FeedDecision::Update => match self.gas_price_ceiling {
                Some(ceiling) if situation.gas_price > ceiling => {
                    FeedDecision::Hold(FeedHold::GasPrice {
                        gas_price: situation.gas_price,
                        ceiling,
                    })
                }
                _ => FeedDecision::Update,
            },
            other => other,
        }
    }

    /// What to do, whatever it costs.
    fn wanted(&self, situation: &FeedSituation) -> FeedDecision {
        let Some(kept) = situation.kept else {
            return FeedDecision::Update;
        };
        let age = Duration::from_secs(situation.now.saturating_sub(kept.source_timestamp));
        if self.max_age.is_some_and(|max_age| age >= max_age) {
            return FeedDecision::Update;
        }
        if situation.found == kept.answer {
            return FeedDecision::Rest;
        }
        if !deviates(kept.answer, situation.found, self.deviation) {
            return FeedDecision::Hold(FeedHold::Deviation {
                wanted: self.deviation,
            });
        }
        let since =
            Duration::from_secs(situation.usable_time.saturating_sub(kept.source_timestamp));
        match self.interval.checked_sub(since) {
            Some(left) if !left.is_zero() => FeedDecision::Hold(FeedHold::Interval {
                seconds_left: left.as_secs(),
            }),
            _ => FeedDecision::Update,
        }
    }
}

/// Whether two answers are so many basis points of the first one apart.
fn deviates(kept: I256, found: I256, basis_points: u64) -> bool {
    let distance = match (kept.is_negative(), found.is_negative()) {
        // No overflow: two numbers of 255 bits.
        (true, false) | (false, true) => kept.unsigned_abs() + found.unsigned_abs(),
        _ => kept.unsigned_abs().abs_diff(found.unsigned_abs()),
    };
    let scaled = |number: U256, by: u64| number.checked_mul(U256::from(by));
    match (
        scaled(distance, WHOLE),
        scaled(kept.unsigned_abs(), basis_points),
    ) {
        (Some(distance), Some(wanted)) => distance >= wanted,
        // Too large to be scaled up: scaled down.
        _ => distance / U256::from(basis_points.max(1)) >= kept.unsigned_abs() / U256::from(WHOLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: i64) -> I256 {
        I256::try_from(number).expect("a number")
    }

    fn situation(found: i64, usable_time: u64) -> FeedSituation {
        FeedSituation {
            kept: Some(FeedAnswer {
                answer: number(1_000),
                source_block: 5,
                source_timestamp: 100,
                round: 1,
            }),
            found: number(found),
            usable_time,
            now: usable_time,
            gas_price: U256::from(10),
        }
    }

    #[test]
    fn a_feed_without_an_answer_is_updated_at_once_and_one_with_the_same_rests() {
        let policy = FeedPolicy::default();
        let mut empty = situation(1, 101);
        empty.kept = None;
        assert_eq!(policy.decide(&empty), FeedDecision::Update);
        assert_eq!(policy.decide(&situation(1_000, 9_999)), FeedDecision::Rest);
        assert_eq!(policy.decide(&situation(1_001, 101)), FeedDecision::Update);
    }

    #[test]
    fn a_deviation_counts_in_basis_points_of_the_feed_s_answer() {
        let policy = FeedPolicy {
            deviation: 50,
            ..FeedPolicy::default()
        };
        let held = FeedDecision::Hold(FeedHold::Deviation { wanted: 50 });
        for (found, expected) in [
            (1_004, held),
            (996, held),
            (1_005, FeedDecision::Update),
            (995, FeedDecision::Update),
            (-1_000, FeedDecision::Update),
        ] {
            assert_eq!(policy.decide(&situation(found, 101)), expected, "{found}");
        }
        // From zero everything is far, and the largest numbers do not overflow.
        assert!(deviates(I256::ZERO, number(1), 5_000));
        assert!(deviates(I256::MAX, I256::MIN, 20_000));
        assert!(!deviates(I256::MAX, I256::MAX - number(1), 1));
    }

    #[test]
    fn an_interval_holds_a_change_and_an_age_overrides_interval_and_deviation() {
        let policy = FeedPolicy {
            interval: Duration::from_secs(60),
            deviation: 5_000,
            max_age: Some(Duration::from_secs(600)),
            ..FeedPolicy::default()
        };
        assert_eq!(
            policy.decide(&situation(2_000, 130)),
            FeedDecision::Hold(FeedHold::Interval { seconds_left: 30 })
        );
        assert_eq!(policy.decide(&situation(2_000, 160)), FeedDecision::Update);
        assert_eq!(
            policy.decide(&situation(1_001, 699)),
            FeedDecision::Hold(FeedHold::Deviation { wanted: 5_000 })
        );
        assert_eq!(policy.decide(&situation(1_000, 700)), FeedDecision::Update);
    }

    #[test]
    fn nothing_is_sent_above_the_ceiling() {
        let policy = FeedPolicy {
            gas_price_ceiling: Some(U256::from(9)),
            ..FeedPolicy::default()
        };
        assert_eq!(
            policy.decide(&situation(2_000, 101)),
            FeedDecision::Hold(FeedHold::GasPrice {
                gas_price: U256::from(10),
                ceiling: U256::from(9),
            })
        );
        assert_eq!(policy.decide(&situation(1_000, 101)), FeedDecision::Rest);
    }
}
