//! Transactions that come in.

use alloy_consensus::{SignableTransaction, TxEnvelope, TypedTransaction};
use alloy_eips::eip2718::{EIP4844_TX_TYPE_ID, Encodable2718};
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::{Value, json};

use super::{
    api::Api, asked::Asked, block_view, call, error::RpcError, fees, params::Params, simulation,
};
use crate::chain::{Pooled, Refused};

/// How much a suggested limit exceeds the estimate, as a fraction: 1/8.
const MARGIN: u64 = 8;

/// `eth_sendRawTransaction`.
pub fn send_raw(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let raw: Bytes = params.next()?;
    let (kind, chain_id) = {
        let ledger = api.read();
        (ledger.kind(), ledger.config().chain_id)
    };
    let transaction = Pooled::decode(&raw, kind, chain_id)?;
    Ok(json!(api.write().submit(transaction)?))
}

/// `eth_sendRawTransactionSync`: the receipt at once.
pub fn send_raw_sync(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let hash = send_raw(api, params)?;
    let hash =
        serde_json::from_value(hash).map_err(|error| RpcError::internal(error.to_string()))?;
    let ledger = api.read();
    match ledger.transaction(hash) {
        Some((block, index, _)) => block_view::receipt(block, index),
        None => Err(RpcError::server(format!(
            "transaction {hash} is waiting, not mined"
        ))),
    }
}

/// `eth_sendTransaction`, for dev accounts and impersonated ones.
pub fn send(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let transaction = prepare(api, request)?;
    transaction.check_size(api.read().kind())?;
    Ok(json!(api.write().submit(transaction)?))
}

/// `eth_signTransaction`.
pub fn sign_transaction(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let transaction = prepare(api, request)?;
    Ok(both(&transaction.envelope))
}

/// `eth_fillTransaction`: what `eth_sendTransaction` would sign.
pub fn fill_transaction(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let sender = request.from.unwrap_or_default();
    let filled = fill(api, request, sender)?;
    let nothing = Signature::new(U256::ZERO, U256::ZERO, false);
    Ok(both(&filled.into_signed(nothing).into()))
}

/// `eth_sendUnsignedTransaction`, for any account, as if it was impersonated.
pub fn send_unsigned(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let Asked(request) = params.next()?;
    let sender = request.from.ok_or_else(no_sender)?;
    let envelope = unsigned(fill(api, request, sender)?, sender);
    let transaction = Pooled {
        envelope,
        sender,
        impersonated: true,
    };
    transaction.check_size(api.read().kind())?;
    Ok(json!(api.write().submit(transaction)?))
}

/// A transaction as bytes and as JSON.
fn both(envelope: &TxEnvelope) -> Value {
    json!({ "raw": Bytes::from(envelope.encoded_2718()), "tx": envelope })
}

fn no_sender() -> RpcError {
    RpcError::invalid_params("from is missing")
}

/// Fills in what a request leaves out.
fn fill(
    api: &Api,
    mut request: TransactionRequest,
    sender: Address,
) -> Result<TypedTransaction, RpcError> {
    refuse_blobs(&request)?;
    let (at, state) = api.view(None)?;
    let kind = api.read().kind();
    if let Some(chain_id) = request.chain_id
        && chain_id != at.chain_id
    {
        return Err(RpcError::invalid_params(format!(
            "chain id {chain_id}, expected {}",
            at.chain_id
        )));
    }
    request.chain_id = Some(at.chain_id);
    request
        .nonce
        .get_or_insert_with(|| call::next_nonce(api, sender));
    request.value.get_or_insert(U256::ZERO);
    request.to.get_or_insert(TxKind::Create);
    if request.gas.is_none() {
        let estimate = simulation::estimate_gas(&at, &state, &request)?;
        // A plain transfer never needs more.
        let margin = match estimate {
            simulation::TRANSFER_GAS => 0,
            _ => estimate / MARGIN,
        };
        let limit = at.compute_limit.unwrap_or(at.block.gas_limit);
        request.gas = Some(estimate.saturating_add(margin).min(limit).max(estimate));
    }
    if request.gas_price.is_none() {
        let tip = *request
            .max_priority_fee_per_gas
            .get_or_insert_with(|| fees::tip(kind));
        request
            .max_fee_per_gas
            .get_or_insert_with(|| fees::base_fee(api).saturating_mul(2).saturating_add(tip));
    }
    typed(request)
}

/// The transaction that a whole request describes.
///
/// # Errors
/// Invalid params if something is missing, or if it brings blobs.
pub fn typed(request: TransactionRequest) -> Result<TypedTransaction, RpcError> {
    refuse_blobs(&request)?;
    request
        .build_typed_tx()
        .map_err(|request| RpcError::invalid_params(format!("incomplete transaction: {request:?}")))
}

/// Blob transactions need a consensus layer.
fn refuse_blobs(request: &TransactionRequest) -> Result<(), RpcError> {
    if request.max_fee_per_blob_gas.is_some()
        || request.blob_versioned_hashes.is_some()
        || request.transaction_type == Some(EIP4844_TX_TYPE_ID)
    {
        return Err(Refused::Type(EIP4844_TX_TYPE_ID).into());
    }
    Ok(())
}

/// Fills in what a request leaves out, and signs it.
fn prepare(api: &Api, request: TransactionRequest) -> Result<Pooled, RpcError> {
    let sender = request.from.ok_or_else(no_sender)?;
    let typed = fill(api, request, sender)?;
    let ledger = api.read();
    if let Some(account) = ledger
        .accounts()
        .iter()
        .find(|account| account.address == sender)
    {
        let envelope = account
            .sign(typed)
            .map_err(|error| RpcError::internal(error.to_string()))?;
        return Ok(Pooled {
            envelope,
            sender,
            impersonated: false,
        });
    }
    if ledger.is_impersonated(sender) {
        return Ok(Pooled {
            envelope: unsigned(typed, sender),
            sender,
            impersonated: true,
        });
    }
    Err(RpcError::server(format!("unknown account {sender}")))
}

/// A transaction with a made-up signature that differs by sender, so that its hash does, too.
pub fn unsigned(transaction: TypedTransaction, sender: Address) -> TxEnvelope {
    let signature = Signature::new(U256::ONE, U256::from_be_slice(sender.as_slice()), false);
    transaction.into_signed(signature).into()
}
