use std::time::Instant;

use alloy_primitives::{Address, U64};

use super::{Submitter, nonces::Nonces};
use crate::{
    chain::back_off,
    error::{AnswerProblem, Error},
};

/// How often the nonce is asked for until two answers agree.
const TRIES: u32 = 6;

impl Submitter {
    /// The nonce for the next transaction: after what this process sent, and after what waits in the node's pool.
    ///
    /// A wrong nonce is worse than none: too high a one leaves a transaction behind that is mined at some later time. So it
    /// counts only when two answers agree, or one with what this process knows.
    pub(super) async fn choose_nonce(&self, known: &mut Nonces) -> Result<u64, Error> {
        if let Some((first, end)) = known.stuck {
            known.stuck = (first + 1 < end).then_some((first + 1, end));
            return Ok(first);
        }
        let address = self.address()?;
        let mut seen = match known.next {
            Some(next) => {
                let pending = self.transaction_count(address, "pending").await?;
                // A node that does not count what waits, or lags, must not make this process replace its own.
                if pending == next || (pending < next && self.under_way() > 0) {
                    return Ok(next);
                }
                pending
            }
            None => {
                let (latest, pending) = futures::try_join!(
                    self.transaction_count(address, "latest"),
                    self.transaction_count(address, "pending"),
                )?;
                if latest == pending {
                    return Ok(pending);
                }
                pending
            }
        };
        for tried in 1..TRIES {
            let pending = self.transaction_count(address, "pending").await?;
            if pending == seen {
                return Ok(pending);
            }
            seen = pending;
            tokio::time::sleep(back_off(tried)).await;
        }
        Err(self.chain.bad_answer(
            "eth_getTransactionCount",
            AnswerProblem::Shape("no two answers in a row agree"),
        ))
    }

    /// Waits until nothing sent earlier from this account, by a process that was stopped, waits to be mined: else the same
    /// might be sent twice. After the time limit for a transaction, the next ones take the place of those. Returns whether it
    /// waited: what was read before may be out of date then. Asks nothing once this process has sent something.
    pub async fn settle(&self) -> Result<bool, Error> {
        let address = self.address()?;
        let mut known = self.nonces.lock().await;
        if known.next.is_some() {
            return Ok(false);
        }
        let started = Instant::now();
        let mut waited = 0;
        loop {
            let (latest, pending) = futures::try_join!(
                self.transaction_count(address, "latest"),
                self.transaction_count(address, "pending"),
            )?;
            if latest >= pending {
                known.next = Some(latest);
                return Ok(waited > 0);
            }
            if waited == 0 {
                tracing::info!(%address, latest, pending, "waiting for earlier transactions");
            }
            if started.elapsed() > self.limits.give_up_after {
                tracing::warn!(%address, latest, pending, "earlier transactions are stuck and will be replaced");
                known.next = Some(latest);
                known.stuck = Some((latest, pending));
                return Ok(true);
            }
            waited += 1;
            tokio::time::sleep(back_off(waited.min(4))).await;
        }
    }

    /// Whether nothing that an account sent waits to be mined, as far as the node knows.
    pub async fn is_quiet(&self, account: Address) -> Result<bool, Error> {
        let (latest, pending) = futures::try_join!(
            self.transaction_count(account, "latest"),
            self.transaction_count(account, "pending"),
        )?;
        Ok(latest >= pending)
    }

    pub(super) async fn transaction_count(
        &self,
        address: Address,
        block: &'static str,
    ) -> Result<u64, Error> {
        let count: U64 = self
            .chain
            .request("eth_getTransactionCount", (address, block))
            .await?;
        Ok(count.to())
    }
}
