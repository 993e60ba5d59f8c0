//! How a block is filled with what waits.

use alloy_consensus::Transaction;

use super::{pool::Pool, seal::Opening};

/// Adds what waits, in order of arrival and of each sender's nonces, as far as it fits; drops what is not valid.
pub fn fill(opening: &mut Opening, pool: &mut Pool) {
    loop {
        let before = opening.len();
        for (sender, nonce) in pool.arrivals() {
            let expected = opening
                .state()
                .account(sender)
                .map_or(0, |account| account.nonce);
            if nonce != expected {
                continue;
            }
            let Some(transaction) = pool.take(sender, nonce) else {
                continue;
            };
            if transaction.envelope.gas_limit() > opening.gas_left() {
                pool.insert(transaction);
                continue;
            }
            if let Err(rejected) = opening.add(transaction) {
                tracing::warn!(%sender, nonce, %rejected, "dropped a waiting transaction");
            }
        }
        if opening.len() == before {
            return;
        }
    }
}
