use alloy_primitives::{Address, TxHash, U256};
use alloy_sol_types::SolCall;
use relayer::Relayer;
use serde::Serialize;
use smartsync_abi::IFeed::updateCall;
use smartsync_chain::Transaction;

use crate::{error::Error, proven::ProvenCall};

/// A witness that was sent to a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The contract.
    pub to: Address,
    /// The transaction.
    pub tx_hash: TxHash,
    /// Gas used.
    pub gas_used: u64,
}

/// Sends a proven call's block and witness to a contract's `update(uint64,bytes)`, as feeds have it.
pub async fn send_to(
    relayer: &Relayer,
    consumer: Address,
    proven: &ProvenCall,
) -> Result<Sent, Error> {
    let receipt = relayer.submitter.send(update(consumer, proven)).await?;
    Ok(Sent {
        to: consumer,
        tx_hash: receipt.tx_hash,
        gas_used: receipt.gas_used.to(),
    })
}

/// The transaction with the witness.
pub(crate) fn update(to: Address, proven: &ProvenCall) -> Transaction {
    let call = updateCall {
        sourceBlock: proven.source_block,
        witness: proven.witness.clone(),
    };
    Transaction {
        call: "update",
        to: Some(to),
        value: U256::ZERO,
        data: call.abi_encode().into(),
    }
}
