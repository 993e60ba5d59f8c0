//! Precompiled contracts that a call has elsewhere than they are, or nowhere.

use std::collections::HashMap;

use alloy_primitives::Address;

/// Where precompiled contracts stand that were moved or replaced by code.
#[derive(Clone, Debug, Default)]
pub struct Moves(HashMap<Address, Option<Address>>);

impl Moves {
    /// Has code stand where a precompiled contract stood.
    pub fn remove(&mut self, address: Address) {
        self.0.insert(address, None);
    }

    /// Has the precompiled contract of `from` stand at `to`.
    pub fn put(&mut self, from: Address, to: Address) {
        self.0.insert(to, Some(from));
    }

    /// Which precompiled contract's address is meant by one; none if ordinary code stands there.
    pub fn resolve(&self, address: Address) -> Option<Address> {
        self.0.get(&address).copied().unwrap_or(Some(address))
    }
}
