//! The accounts and slots that programs touch, of which no opcode tells.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256};

/// Accounts, and the slots of each.
#[derive(Clone, Debug, Default)]
pub struct Accesses(BTreeMap<Address, BTreeSet<B256>>);

impl Accesses {
    /// Notes an account.
    pub fn account(&mut self, address: Address) {
        self.0.entry(address).or_default();
    }

    /// Notes a slot of an account.
    pub fn slot(&mut self, address: Address, slot: B256) {
        self.0.entry(address).or_default().insert(slot);
    }

    /// All of them, in order.
    pub fn into_iter(self) -> impl Iterator<Item = (Address, BTreeSet<B256>)> {
        self.0.into_iter()
    }
}
