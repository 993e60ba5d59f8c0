//! Messages that the node signs for its dev accounts.

use alloy_primitives::{Address, Bytes, eip191_hash_message};
use serde_json::{Value, json};

use super::{api::Api, error::RpcError, params::Params};

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

/// Signs as EIP-191 says, so that no message can be a transaction.
fn sign(api: &Api, signer: Address, message: &Bytes) -> Result<Value, RpcError> {
    let ledger = api.read();
    let account = ledger
        .accounts()
        .iter()
        .find(|account| account.address == signer)
        .ok_or_else(|| RpcError::server(format!("unknown account {signer}")))?;
    let signature = account
        .sign_hash(eip191_hash_message(message))
        .map_err(|error| RpcError::internal(error.to_string()))?;
    Ok(json!(Bytes::from(signature.as_bytes())))
}
