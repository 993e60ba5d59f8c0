//! What is waiting to be mined.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};

use super::transaction::Pooled;

/// Transactions waiting to be mined, by sender and nonce.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    waiting: BTreeMap<(Address, u64), (u64, Pooled)>,
    arrivals: u64,
}

impl Pool {
    /// Takes a transaction in; it replaces one of the same sender and nonce.
    pub fn insert(&mut self, transaction: Pooled) {
        use alloy_consensus::Transaction;
        let key = (transaction.sender, transaction.envelope.nonce());
        self.arrivals += 1;
        self.waiting.insert(key, (self.arrivals, transaction));
    }

    /// Takes out the transaction of this sender and nonce.
    pub fn take(&mut self, sender: Address, nonce: u64) -> Option<Pooled> {
        self.waiting
            .remove(&(sender, nonce))
            .map(|(_, transaction)| transaction)
    }

    /// The transaction of this sender and nonce.
    pub fn get(&self, sender: Address, nonce: u64) -> Option<&Pooled> {
        self.waiting
            .get(&(sender, nonce))
            .map(|(_, transaction)| transaction)
    }

    /// Takes out the transaction with this hash.
    pub fn remove(&mut self, hash: B256) -> Option<Pooled> {
        let (sender, nonce) = self
            .waiting
            .iter()
            .find(|(_, (_, transaction))| transaction.hash() == hash)
            .map(|(key, _)| *key)?;
        self.take(sender, nonce)
    }

    /// The senders and nonces that wait, in order of arrival.
    pub fn arrivals(&self) -> Vec<(Address, u64)> {
        let mut order: Vec<_> = self
            .waiting
            .iter()
            .map(|(key, (arrival, _))| (*arrival, *key))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, key)| key).collect()
    }

    /// The transaction with this hash.
    pub fn find(&self, hash: B256) -> Option<&Pooled> {
        self.waiting
            .values()
            .map(|(_, transaction)| transaction)
            .find(|transaction| transaction.hash() == hash)
    }

    /// All that waits.
    pub fn iter(&self) -> impl Iterator<Item = &Pooled> {
        self.waiting.values().map(|(_, transaction)| transaction)
    }

    /// The nonce after the last consecutive one that waits, from `nonce` on.
    pub fn next_nonce(&self, sender: Address, nonce: u64) -> u64 {
        let mut next = nonce;
        while self.waiting.contains_key(&(sender, next)) {
            next += 1;
        }
        next
    }

    /// Forgets what can no longer be mined because the sender's nonce has moved on.
    pub fn forget_below(&mut self, sender: Address, nonce: u64) {
        while let Some(key) = self
            .waiting
            .range((sender, 0)..(sender, nonce))
            .next()
            .map(|(key, _)| *key)
        {
            self.waiting.remove(&key);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}
