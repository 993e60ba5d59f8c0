use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718,
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::{Bytes, TxHash, TxKind};
use serde_json::Value;

use super::{Receipt, Submitter, TRANSACTION_GAS, Transaction, fees::Quote};
use crate::{chain::back_off, error::Error};

const FIRST_POLL: Duration = Duration::from_millis(4);
const LAST_POLL: Duration = Duration::from_secs(1);
/// How often a transaction is signed anew before it is sent, because its nonce or fee was overtaken.
const LAUNCHES: u32 = 6;
/// How often receipts are looked for once the nonce is used, before another transaction is said to have used it.
const LAST_LOOKS: u32 = 4;

/// A transaction on its way, in one or several versions with the same nonce, of which one at most is mined.
#[derive(Debug)]
struct Flight {
    draft: Draft,
    /// The newest version.
    newest: Signed,
    /// Those that it replaced.
    replaced: Vec<Signed>,
}

impl Flight {
    fn versions(&self) -> impl Iterator<Item = &Signed> {
        std::iter::once(&self.newest).chain(&self.replaced)
    }
}

/// What is signed: the transaction with its place and price.
#[derive(Debug)]
struct Draft {
    transaction: Transaction,
    gas_limit: u64,
    nonce: u64,
    quote: Quote,
}

#[derive(Clone, Debug)]
struct Signed {
    tx_hash: TxHash,
    raw: Bytes,
}

/// What a node made of a signed transaction.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// It has it, or had it, or cannot be asked.
    Yes,
    /// The nonce is used.
    NonceUsed,
    /// One with the same nonce waits and pays as much.
    Underpriced,
    /// The base fee rose above what it pays.
    FeeTooLow,
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

    /// Waits until a version is mined.
    async fn land(&self, mut flight: Flight) -> Result<Receipt, Error> {
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

    async fn knows(&self, tx_hash: TxHash) -> Result<bool, Error> {
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

    async fn broadcast(&self, call: &'static str, signed: &Signed) -> Result<Taken, Error> {
        let sent: Result<TxHash, _> = self
            .chain
            .try_request("eth_sendRawTransaction", (&signed.raw,))
            .await;
        let error = match sent {
            // Whatever hash the node says, the transaction's own is known here.
            Ok(_hash) => return Ok(Taken::Yes),
            Err(error) => error,
        };
        let RpcError::ErrorResp(payload) = &error else {
            // It may have arrived all the same. If it did not, it is sent again later.
            tracing::debug!(tx_hash = %signed.tx_hash, %error, "no answer to a sent transaction");
            return Ok(Taken::Yes);
        };
        let message = payload.message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&[
            "already known",
            "known transaction",
            "already imported",
            "already exists",
        ]) {
            return Ok(Taken::Yes);
        }
        // An earlier try whose answer was lost may have brought it there.
        if matches!(self.knows(signed.tx_hash).await, Ok(true)) {
            return Ok(Taken::Yes);
        }
        if says(&[
            "nonce too low",
            "nonce is too low",
            "nonce has already been used",
        ]) {
            return Ok(Taken::NonceUsed);
        }
        if says(&["underpriced"]) {
            return Ok(Taken::Underpriced);
        }
        if says(&["base fee", "basefee", "feecap", "fee cap"]) {
            return Ok(Taken::FeeTooLow);
        }
        Err(self.refused(error, "eth_sendRawTransaction", call).await)
    }

    /// The typed error of a refused simulation or transaction.
    pub(super) async fn refused(
        &self,
        error: RpcError<TransportErrorKind>,
        method: &str,
        call: &'static str,
    ) -> Error {
        if let RpcError::ErrorResp(payload) = &error
            && payload
                .message
                .to_lowercase()
                .contains("insufficient funds")
            && let Ok(address) = self.address()
            && let Ok(balance) = self.chain.balance(address).await
        {
            return Error::InsufficientFunds {
                call,
                address,
                balance,
            };
        }
        self.chain.call_error(error, method, call)
    }

    async fn sign(&self, draft: &Draft) -> Result<Signed, Error> {
        let signer = self.signer()?;
        let to = draft.transaction.to.map_or(TxKind::Create, TxKind::Call);
        let (value, input) = (draft.transaction.value, draft.transaction.data.clone());
        let chain_id = self.chain.chain_id();
        let (nonce, gas_limit) = (draft.nonce, draft.gas_limit);
        let envelope: TxEnvelope = match draft.quote.dynamic {
            true => {
                let mut transaction = TxEip1559 {
                    chain_id,
                    nonce,
                    gas_limit,
                    max_fee_per_gas: draft.quote.fees.max_fee,
                    max_priority_fee_per_gas: draft.quote.fees.tip,
                    to,
                    value,
                    access_list: Default::default(),
                    input,
                };
                let signature = signer.sign_transaction(&mut transaction).await?;
                transaction.into_signed(signature).into()
            }
            false => {
                let mut transaction = TxLegacy {
                    chain_id: Some(chain_id),
                    nonce,
                    gas_price: draft.quote.fees.max_fee,
                    gas_limit,
                    to,
                    value,
                    input,
                };
                let signature = signer.sign_transaction(&mut transaction).await?;
                transaction.into_signed(signature).into()
            }
        };
        Ok(Signed {
            tx_hash: *envelope.tx_hash(),
            raw: envelope.encoded_2718().into(),
        })
    }
}
