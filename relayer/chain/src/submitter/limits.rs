use std::time::Duration;

use alloy_primitives::U256;

use super::fees::Fees;
use crate::error::Error;

/// What a submitter may spend, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most that a unit of gas may cost, wei, priority fee included; `None`: no ceiling.
    pub max_fee_per_gas: Option<u128>,
    /// Most of it that goes to whoever orders transactions, wei, whatever the node suggests.
    pub max_priority_fee_per_gas: u128,
    /// A transaction that was not mined for so long is sent again, with higher fees where it is still waiting.
    pub replace_after: Duration,
    /// A transaction that was not mined for so long is given up.
    pub give_up_after: Duration,
    /// A balance of the paying account below this, in wei, is warned of; zero: never.
    pub low_balance: U256,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_fee_per_gas: None,
            max_priority_fee_per_gas: 10_000_000_000,
            replace_after: Duration::from_secs(20),
            give_up_after: Duration::from_secs(180),
            low_balance: U256::ZERO,
        }
    }
}

impl Limits {
    /// Fees for a base fee and a suggested priority fee, wei per gas: room for the base fee to double, up to the ceiling.
    pub(super) fn fees(
        &self,
        call: &'static str,
        base_fee: u128,
        suggested: u128,
    ) -> Result<Fees, Error> {
        let tip = suggested.min(self.max_priority_fee_per_gas);
        let needed = base_fee.saturating_add(tip);
        let ceiling = self.max_fee_per_gas.unwrap_or(u128::MAX);
        if needed > ceiling {
            return Err(Error::FeeAboveCeiling {
                call,
                needed,
                ceiling,
            });
        }
        Ok(Fees {
            max_fee: base_fee.saturating_mul(2).saturating_add(tip).min(ceiling),
            tip,
        })
    }

    /// Fees that may take the place of others: nodes want both to be at least a tenth higher. `None` where that is above
    /// the ceiling.
    pub(super) fn replacement(&self, sent: Fees, now: Fees) -> Option<Fees> {
        let raised = |fee: u128| fee.saturating_add(fee / 10).saturating_add(1);
        let fees = Fees {
            max_fee: raised(sent.max_fee).max(now.max_fee),
            tip: raised(sent.tip).max(now.tip),
        };
        let ceiling = self.max_fee_per_gas.unwrap_or(u128::MAX);
        (fees.max_fee <= ceiling && fees.tip <= fees.max_fee).then_some(fees)
    }

    /// The same, as an error above the ceiling.
    pub(super) fn outbid(&self, call: &'static str, sent: Fees, now: Fees) -> Result<Fees, Error> {
        self.replacement(sent, now)
            .ok_or_else(|| Error::FeeAboveCeiling {
                call,
                needed: sent
                    .max_fee
                    .saturating_add(sent.max_fee / 10)
                    .saturating_add(1),
                ceiling: self.max_fee_per_gas.unwrap_or(u128::MAX),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(ceiling: u128) -> Limits {
        Limits {
            max_fee_per_gas: Some(ceiling),
            max_priority_fee_per_gas: 7,
            ..Limits::default()
        }
    }

    #[test]
    fn fees_leave_room_up_to_the_ceiling_and_none_above_it() {
        let fees = |ceiling, base, tip| limited(ceiling).fees("sync", base, tip);
        assert_eq!(
            fees(1_000, 100, 5).expect("room"),
            Fees {
                max_fee: 205,
                tip: 5
            }
        );
        assert_eq!(
            fees(150, 100, 5).expect("some room"),
            Fees {
                max_fee: 150,
                tip: 5
            }
        );
        assert_eq!(
            fees(107, 100, 50).expect("a capped tip"),
            Fees {
                max_fee: 107,
                tip: 7
            }
        );
        assert_eq!(
            fees(104, 100, 5).expect_err("too dear").to_string(),
            "sync: gas costs 105 wei now, more than the ceiling of 104 wei"
        );
    }

    #[test]
    fn a_replacement_raises_both_fees_by_a_tenth_at_least() {
        let sent = Fees {
            max_fee: 205,
            tip: 5,
        };
        let low = Fees { max_fee: 1, tip: 1 };
        let raised = limited(1_000).replacement(sent, low).expect("room");
        assert_eq!(
            raised,
            Fees {
                max_fee: 226,
                tip: 6
            }
        );
        let high = Fees {
            max_fee: 900,
            tip: 6,
        };
        assert_eq!(limited(1_000).replacement(sent, high), Some(high));
        assert_eq!(limited(225).replacement(sent, low), None);
        // A free tip is raised too: nodes compare both.
        let free = Fees {
            max_fee: 10,
            tip: 0,
        };
        assert_eq!(
            limited(1_000).replacement(free, free),
            Some(Fees {
                max_fee: 12,
                tip: 1
            })
        );
    }
}
