use std::{collections::BTreeMap, ops::Range};

use alloy_primitives::{B256, U256, keccak256};
use alloy_sol_types::SolValue;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};

/// A storage, by slot.
pub type State = BTreeMap<U256, U256>;

/// Slots of a range, each with a value of its own: its number times the factor, and one more.
pub fn numbered(slots: Range<u64>, factor: u64) -> State {
    slots
        .map(|slot| (U256::from(slot), U256::from(slot * factor + 1)))
        .collect()
}

/// Keys and values as the original prototype's benchmark has them: a mapping at slot 0 of random keys, values under 10^6.
/// Always the same, from a fixed seed.
#[derive(Debug)]
pub struct Workload {
    random: StdRng,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            random: StdRng::seed_from_u64(0x5eed),
        }
    }
}

impl Workload {
    /// A value, not zero.
    pub fn value(&mut self) -> U256 {
        U256::from(self.random.random_range(1..1_000_000u32))
    }

    /// The slot of a new key.
    pub fn slot(&mut self) -> U256 {
        keccak256((B256::from(self.random.random::<[u8; 32]>()), B256::ZERO).abi_encode()).into()
    }

    /// So many new slots with values.
    pub fn state(&mut self, slots: usize) -> State {
        (0..slots).map(|_| (self.slot(), self.value())).collect()
    }

    /// Some slots of a state.
    pub fn some(&mut self, state: &State, count: usize) -> Vec<U256> {
        state
            .keys()
            .copied()
            .choose_multiple(&mut self.random, count)
    }

    /// Other values for some slots of a state.
    pub fn changes(&mut self, state: &State, count: usize) -> State {
        self.some(state, count)
            .into_iter()
            .map(|slot| (slot, state[&slot] % U256::from(999_999) + U256::ONE))
            .collect()
    }
}
