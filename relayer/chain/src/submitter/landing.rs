use std::time::{Duration, Instant};

use alloy_primitives::{Bytes, TxHash};
use serde_json::Value;

use super::{Receipt, Submitter, flight::Flight};
use crate::{chain::back_off, error::Error};

const FIRST_POLL: Duration = Duration::from_millis(4);
const LAST_POLL: Duration = Duration::from_secs(1);
/// How often receipts are looked for once the nonce is used, before another transaction is said to have used it.
const LAST_LOOKS: u32 = 4;

impl Submitter {
    /// Waits until a version is mined.
    pub(super) async fn land(&self, mut flight: Flight) -> Result<Receipt, Error> {
        let started = Instant::now();
        let mut acted = started;
        let mut pause = FIRST_POLL;
        loop {
            if let Some(receipt) = self.mined(&flight).await {
                return self.outcome(&flight, receipt).await;
            }
            if started.elapsed() > self.limits.give_up_after {
                return Err(Error::TransactionPending {
                    call: flight.draft.transaction.call,
                    tx_hash: flight.newest.tx_hash,
                    seconds: self.limits.give_up_after.as_secs(),
                });
            }
            if acted.elapsed() > self.limits.replace_after {
                acted = Instant::now();
                if let Some(receipt) = self.push(&mut flight).await? {
                    return self.outcome(&flight, receipt).await;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_POLL);
        }
    }

    /// Helps on a transaction that was not mined in time. Returns the receipt if it was mined meanwhile.
    async fn push(&self, flight: &mut Flight) -> Result<Option<Receipt>, Error> {
        let call = flight.draft.transaction.call;
        let address = self.address()?;
        let mut looks = 0;
        // The nonce is used: by a version of ours, unless no look finds its receipt.
        while matches!(self.transaction_count(address, "latest").await, Ok(count) if count > flight.draft.nonce)
        {
            if let Some(receipt) = self.mined(flight).await {
                return Ok(Some(receipt));
            }
            looks += 1;
            if looks == LAST_LOOKS {
                return Err(Error::NonceUsed {
                    call,
                    address,
                    nonce: flight.draft.nonce,
                    tx_hash: flight.newest.tx_hash,
                });
            }
            tokio::time::sleep(back_off(looks + 1)).await;
        }
        let newest = flight.newest.clone();
        let next = match self.knows(newest.tx_hash).await {
            // Forgotten by the node: the same bytes again.
            Ok(false) => newest,
            Ok(true) => match self.quote(call).await {
                Ok(now) => match self.limits.replacement(flight.draft.quote.fees, now.fees) {
                    Some(fees) => {
                        flight.draft.quote.fees = fees;
                        let signed = self.sign(&flight.draft).await?;
                        flight
                            .replaced
                            .push(std::mem::replace(&mut flight.newest, signed.clone()));
                        signed
                    }
                    None => newest,
                },
                Err(error) => {
                    tracing::warn!(call, tx_hash = %newest.tx_hash, "waits at its old fee: {error}");
                    return Ok(None);
                }
            },
            Err(error) => {
                tracing::debug!(call, %error, "cannot ask for the transaction");
                return Ok(None);
            }
        };
        tracing::info!(call, tx_hash = %next.tx_hash, nonce = flight.draft.nonce, fees = ?flight.draft.quote.fees, "not mined yet, sent again");
        match self.broadcast(call, &next).await {
            Ok(taken) => tracing::debug!(?taken, "sent again"),
            Err(error) => tracing::warn!(call, "sending again: {error}"),
        }
        Ok(None)
    }

    /// The receipt of whichever version was mined. A node that cannot be asked is asked again later: the transaction is
    /// on its way whatever it says.
    async fn mined(&self, flight: &Flight) -> Option<Receipt> {
        for version in flight.versions() {
            match self.receipt(version.tx_hash).await {
                Ok(Some(receipt)) if receipt.status.is_zero() => {
                    // Bad news counts when it comes twice.
                    if let Ok(Some(again)) = self.receipt(version.tx_hash).await
                        && again.status.is_zero()
                    {
                        return Some(again);
                    }
                }
                Ok(Some(receipt)) => return Some(receipt),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "cannot ask for the receipt"),
            }
        }
        None
    }

    async fn receipt(&self, tx_hash: TxHash) -> Result<Option<Receipt>, Error> {
        let receipt: Option<Receipt> = self
            .chain
            .request("eth_getTransactionReceipt", (tx_hash,))
            .await?;
        Ok(receipt.filter(|receipt| receipt.tx_hash == tx_hash))
    }

    pub(super) async fn knows(&self, tx_hash: TxHash) -> Result<bool, Error> {
        let found: Option<Value> = self
            .chain
            .request("eth_getTransactionByHash", (tx_hash,))
            .await?;
        Ok(found.is_some())
    }

    /// A receipt, or why the transaction failed: what it reverts with in the state of its block.
    async fn outcome(&self, flight: &Flight, receipt: Receipt) -> Result<Receipt, Error> {
        if !receipt.status.is_zero() {
            return Ok(receipt);
        }
        let call = flight.draft.transaction.call;
        let request = self.request(&flight.draft.transaction)?;
        let again: Result<Bytes, _> = self
            .chain
            .try_request("eth_call", (request, receipt.block_number))
            .await;
        let reason = match again.map_err(|error| self.chain.call_error(error, "eth_call", call)) {
            Err(Error::Reverted { revert, .. }) => Some(Box::new(revert)),
            Ok(_) | Err(_) => None,
        };
        Err(Error::TransactionFailed {
            call,
            tx_hash: receipt.tx_hash,
            block: receipt.block_number.to(),
            reason,
        })
    }
}
