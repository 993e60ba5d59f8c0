//! Messages that the node signs for its dev accounts.

use alloy_primitives::{Address, B256, Bytes, eip191_hash_message};
use serde_json::{Value, json};

use super::{api::Api, error::RpcError, params::Params, typed_data::TypedData};

/// `eth_sign`: address, then message.
pub fn eth_sign(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let signer: Address = params.next()?;
    let message: Bytes = params.next()?;
    sign(api, signer, &message)
}

/// `personal_sign`: message, then address.
pub fn personal_sign(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let message: Bytes = params.next()?;
    let signer: Address = params.next()?;
    sign(api, signer, &message)
}

/// `eth_signTypedData_v4`: address, then typed data (EIP-712) as JSON, or as text that is JSON.
pub fn typed_data(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let signer: Address = params.next()?;
    let invalid = |error: &dyn std::fmt::Display| {
        RpcError::invalid_params(format!("invalid argument 1: {error}"))
    };
    let data: TypedData = match params.next::<Value>()? {
        Value::String(text) => serde_json::from_str(&text),
        value => serde_json::from_value(value),
    }
    .map_err(|error| invalid(&error))?;
    let hash = data.signing_hash().map_err(|error| invalid(&error))?;
    sign_hash(api, signer, hash)
}

/// Signs as EIP-191 says, so that no message can be a transaction.
fn sign(api: &Api, signer: Address, message: &Bytes) -> Result<Value, RpcError> {
    sign_hash(api, signer, eip191_hash_message(message))
}

fn sign_hash(api: &Api, signer: Address, hash: B256) -> Result<Value, RpcError> {
    let ledger = api.read();
    let account = ledger
        .accounts()
        .iter()
        .find(|account| account.address == signer)
        .ok_or_else(|| RpcError::server(format!("unknown account {signer}")))?;
    let signature = account
        .sign_hash(hash)
        .map_err(|error| RpcError::internal(error.to_string()))?;
    Ok(json!(Bytes::from(signature.as_bytes())))
}
