use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    Receipt, Submitter, TRANSACTION_GAS, Transaction,
    broadcast::Taken,
    fees::Quote,
    signed::{Draft, Signed},
};
use crate::{chain::back_off, error::Error};

/// How often a transaction is signed anew before it is sent, because its nonce or fee was overtaken.
const LAUNCHES: u32 = 6;

/// A transaction on its way, in one or several versions with the same nonce, of which one at most is mined.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) draft: Draft,
    /// The newest version.
    pub(super) newest: Signed,
    /// Those that it replaced.
    pub(super) replaced: Vec<Signed>,
}

impl Flight {
    pub(super) fn versions(&self) -> impl Iterator<Item = &Signed> {
        std::iter::once(&self.newest).chain(&self.replaced)
    }
}

/// Counts a flight for as long as it lasts.
#[derive(Debug)]
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Submitter {
    /// Signs, sends and waits for the receipt, with gas that `estimate` found (a margin is added). What is lost is sent
    /// again, what is stuck is replaced by the same with higher fees, up to the limits; whichever is mined counts.
    pub async fn send_with_gas(
        &self,
        transaction: Transaction,
        gas: u64,
    ) -> Result<Receipt, Error> {
        if let Some(budget) = &self.budget {
            let taken = budget.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(gas)
            });
            taken.map_err(|left| Error::OverBudget {
                call: transaction.call,
                gas,
                left,
            })?;
        }
        let gas_limit = gas.saturating_add(gas / 8).min(TRANSACTION_GAS.max(gas));
        let (flight, _under_way) = self.launch(transaction, gas_limit).await?;
        self.land(flight).await
    }

    /// How many transactions are under way.
    pub(super) fn under_way(&self) -> usize {
        self.flights.load(Ordering::Relaxed)
    }

    async fn launch(
        &self,
        transaction: Transaction,
        gas_limit: u64,
    ) -> Result<(Flight, UnderWay<'_>), Error> {
        let call = transaction.call;
        let mut nonces = self.nonces.lock().await;
        let (nonce, quote) = futures::try_join!(self.choose_nonce(&mut nonces), self.quote(call))?;
        let mut draft = Draft {
            transaction,
            gas_limit,
            nonce,
            quote,
        };
        let mut launched = 0;
        loop {
            launched += 1;
            let signed = self.sign(&draft).await?;
            let tx_hash = signed.tx_hash;
            let taken = self.broadcast(call, &signed).await?;
            if taken == Taken::Yes {
                nonces.next = Some(draft.nonce.saturating_add(1));
                tracing::debug!(%tx_hash, call, nonce = draft.nonce, "sent");
                let flight = Flight {
                    draft,
                    newest: signed,
                    replaced: Vec::new(),
                };
                return Ok((flight, UnderWay::new(&self.flights)));
            }
            tracing::debug!(%tx_hash, call, nonce = draft.nonce, ?taken, "not taken");
            if launched == LAUNCHES {
                return Err(Error::NonceUsed {
                    call,
                    address: self.address()?,
                    nonce: draft.nonce,
                    tx_hash,
                });
            }
            tokio::time::sleep(back_off(launched)).await;
            let now = self.quote(call).await?;
            draft.quote = match taken {
                Taken::NonceUsed => {
                    nonces.next = None;
                    draft.nonce = self.choose_nonce(&mut nonces).await?;
                    now
                }
                Taken::Underpriced => Quote {
                    fees: self.limits.outbid(call, draft.quote.fees, now.fees)?,
                    ..now
                },
                Taken::FeeTooLow | Taken::Yes => now,
            };
        }
    }
}
