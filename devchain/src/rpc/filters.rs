//! Installed filters (`eth_newFilter` and its family): what each looks for, and where it looked last.

use std::collections::HashMap;

use alloy_primitives::U256;
use alloy_rpc_types_eth::Filter;

/// Most filters at a time; beyond that the one goes that nobody has looked at for longest.
const LIMIT: usize = 10_000;

/// What a filter looks for.
#[derive(Clone, Debug)]
pub enum What {
    /// Logs like these.
    Logs(Box<Filter>),
    /// Hashes of blocks.
    Blocks,
    /// Hashes of transactions.
    Transactions,
}

/// A filter.
#[derive(Clone, Debug)]
pub struct Installed {
    /// What it looks for.
    pub what: What,
    /// The first block not yet looked at.
    pub next: u64,
}

/// The installed filters.
#[derive(Debug, Default)]
pub struct Filters {
    installed: HashMap<U256, Installed>,
    last: u64,
}

impl Filters {
    /// Installs a filter and returns its id.
    pub fn install(&mut self, filter: Installed) -> U256 {
        if self.installed.len() >= LIMIT {
            let oldest = self
                .installed
                .iter()
                .min_by_key(|(id, installed)| (installed.next, **id))
                .map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.installed.remove(&oldest);
            }
        }
        self.last += 1;
        let id = U256::from(self.last);
        self.installed.insert(id, filter);
        id
    }

    /// Removes a filter; whether it was there.
    pub fn remove(&mut self, id: U256) -> bool {
        self.installed.remove(&id).is_some()
    }

    /// A filter.
    pub fn get(&self, id: U256) -> Option<&Installed> {
        self.installed.get(&id)
    }

    /// A filter, to move it on.
    pub fn get_mut(&mut self, id: U256) -> Option<&mut Installed> {
        self.installed.get_mut(&id)
    }
}
