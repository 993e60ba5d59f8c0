use serde::{Deserialize, Serialize};

use crate::EstimateError;

/// A contract, how it changes, and how often its mirror is brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Workload {
    /// Writes to storage that change a slot, per hour.
    pub changes_per_hour: f64,
    /// Slots of the contract that are not zero.
    pub slots: u64,
    /// Slots that the changes hit, each as often as the others; all of them without it. A slot that changes twice in an interval is
    /// one changed slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hot_slots: Option<u64>,
    /// Share of the changes that fill a slot that was zero, 0 to 1.
    pub added_share: f64,
    /// Seconds from one sync to the next. Where nothing has changed, there is none.
    pub interval: u64,
    /// Accounts of the source chain, which make the account proof longer: 2^28, eight nodes, unless said otherwise.
    pub source_accounts: u64,
    /// Signers of the notary whose signatures each header brings.
    pub signers: u64,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            changes_per_hour: 60.0,
            slots: 1_000,
            hot_slots: None,
            added_share: 0.0,
            interval: 300,
            source_accounts: 1 << 28,
            signers: 1,
        }
    }
}

/// What happens in one interval, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Syncs a day.
    pub syncs_per_day: f64,
    /// Changed slots of a sync that takes place.
    pub changed: f64,
}

impl Workload {
    pub(crate) fn check(&self) -> Result<(), EstimateError> {
        for (name, got) in [
            ("changes per hour", self.changes_per_hour),
            ("slots", self.slots as f64),
            ("hot slots", self.hot_slots.unwrap_or(1) as f64),
            ("interval", self.interval as f64),
            ("accounts of the source", self.source_accounts as f64),
            ("signers", self.signers as f64),
        ] {
            if !got.is_finite() || got <= 0.0 {
                return Err(EstimateError::NotPositive { name, got });
            }
        }
        if !(0.0..=1.0).contains(&self.added_share) {
            return Err(EstimateError::NotAShare {
                name: "added share",
                got: self.added_share,
            });
        }
        Ok(())
    }

    /// Changes arrive at random, at the mean rate: an interval of `m` has none with probability e^-m, and its changes of existing
    /// slots hit `hot (1 - e^(-m / hot))` different ones.
    pub(crate) fn interval(&self) -> Interval {
        let mean = self.changes_per_hour * self.interval as f64 / 3_600.0;
        let hot = self.hot_slots.unwrap_or(self.slots).min(self.slots) as f64;
        let added = mean * self.added_share;
        let distinct = added - hot * (-(mean - added) / hot).exp_m1();
        let happens = -(-mean).exp_m1();
        Interval {
            syncs_per_day: 86_400.0 / self.interval as f64 * happens,
            changed: (distinct / happens).max(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hot_slots_that_change_often_are_two_changed_slots_in_every_interval() {
        let pair = Workload {
            changes_per_hour: 3_600.0,
            hot_slots: Some(2),
            ..Workload::default()
        };
        let interval = pair.interval();
        assert!((interval.changed - 2.0).abs() < 1e-9, "{interval:?}");
        assert!(
            (interval.syncs_per_day - 288.0).abs() < 1e-9,
            "{interval:?}"
        );
    }

    #[test]
    fn a_contract_that_changes_once_a_day_is_synced_about_once_a_day() {
        let oracle = Workload {
            changes_per_hour: 1.0 / 24.0,
            ..Workload::default()
        };
        let interval = oracle.interval();
        // 288 intervals of 1/288 changes each: 288 (1 - e^(-1/288)) = 0.99827.
        assert!(
            (interval.syncs_per_day - 0.99827).abs() < 1e-4,
            "{interval:?}"
        );
        assert!(interval.changed < 1.01, "{interval:?}");
    }

    #[test]
    fn a_share_above_one_is_refused() {
        let workload = Workload {
            added_share: 1.5,
            ..Workload::default()
        };
        assert!(matches!(
            workload.check(),
            Err(EstimateError::NotAShare { got, .. }) if got == 1.5
        ));
    }
}
