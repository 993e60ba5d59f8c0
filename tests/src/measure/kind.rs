use alloy_primitives::U256;

use crate::{State, Workload};

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Other values in slots that have one.
    Change,
    /// Values in new slots.
    Add,
    /// Slots that become zero.
    Delete,
}

impl ChangeKind {
    /// EVM gas of reading a cold slot and writing it: 2,100 and 2,900, or 20,000 from zero (EIP-2929, 2200). The refund of
    /// a deletion is not in it.
    pub const fn storage_gas(self) -> u64 {
        match self {
            Self::Change | Self::Delete => 5_000,
            Self::Add => 22_100,
        }
    }

    /// Gas given back for slots that become zero: 4,800 each, at most a fifth of the gas before (EIP-3529). `used` is the
    /// gas after.
    pub fn refund(self, slots: u64, used: u64) -> u64 {
        match self {
            Self::Delete => (4_800 * slots).min(used / 4),
            Self::Change | Self::Add => 0,
        }
    }

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Add => "add",
            Self::Delete => "delete",
        }
    }

    /// So many changes of a state.
    pub fn changes(self, workload: &mut Workload, state: &State, count: usize) -> State {
        match self {
            Self::Add => workload.state(count),
            Self::Delete => workload
                .some(state, count)
                .into_iter()
                .map(|slot| (slot, U256::ZERO))
                .collect(),
            Self::Change => workload.changes(state, count),
        }
    }
}
