use alloy::transports::{RpcError, TransportErrorKind};
use alloy_primitives::TxHash;

use super::{Submitter, signed::Signed};
use crate::error::Error;

/// What a node made of a signed transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It has it, or had it, or cannot be asked.
    Yes,
    /// The nonce is used.
    NonceUsed,
    /// One with the same nonce waits and pays as much.
    Underpriced,
    /// The base fee rose above what it pays.
    FeeTooLow,
}

impl Submitter {
    /// Sends a signed transaction, once.
    pub(super) async fn broadcast(
        &self,
        call: &'static str,
        signed: &Signed,
    ) -> Result<Taken, Error> {
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
                side: self.chain.side(),
                address,
                balance,
            };
        }
        self.chain.call_error(error, method, call)
    }
}
