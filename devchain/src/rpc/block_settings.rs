//! What tests set about the blocks to come: limits, fees, randomness, intervals; and beginning again.

use std::num::NonZeroU64;

use alloy_primitives::{Address, B256};
use serde_json::{Map, Value, json};

use super::{api::Api, control::Quantity, error::RpcError, params::Params};
use crate::config::Kind;

/// `evm_setBlockGasLimit`.
pub fn set_gas_limit(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let limit = params.next::<Quantity>()?.to_u64()?;
    if limit == 0 {
        return Err(RpcError::invalid_params("block gas limit must be positive"));
    }
    api.write().settings_mut().gas_limit = Some(limit);
    Ok(Value::Bool(true))
}

/// `anvil_setCoinbase`.
pub fn set_coinbase(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let coinbase: Address = params.next()?;
    api.write().settings_mut().coinbase = Some(coinbase);
    Ok(Value::Bool(true))
}

/// `anvil_setNextBlockBaseFeePerGas`.
pub fn set_next_base_fee(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let fee = params.next::<Quantity>()?.to_u64()?;
    api.write().settings_mut().base_fee = Some(fee);
    Ok(Value::Bool(true))
}

/// `hardhat_setPrevRandao`.
pub fn set_prev_randao(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let random: B256 = params.next()?;
    let mut ledger = api.write();
    if ledger.kind() == Kind::Stylus {
        return Err(RpcError::server("PREVRANDAO is always 1 on Arbitrum"));
    }
    ledger.settings_mut().prev_randao = Some(random);
    Ok(Value::Bool(true))
}

/// `evm_setIntervalMining`, in seconds; 0 mines by request only.
pub fn set_interval_mining(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let seconds = params.next::<Quantity>()?.to_u64()?;
    api.write().set_interval(NonZeroU64::new(seconds));
    Ok(Value::Bool(true))
}

/// `anvil_setBlockTimestampInterval`, in seconds.
pub fn set_time_interval(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let seconds = params.next::<Quantity>()?.to_u64()?;
    api.write().set_time_interval(Some(seconds));
    Ok(Value::Null)
}

/// `anvil_removeBlockTimestampInterval`: whether there was one.
pub fn remove_time_interval(api: &Api) -> Value {
    json!(api.write().set_time_interval(None).is_some())
}

/// `anvil_dropTransaction`: the hash, or null if nothing waits under it.
pub fn drop_transaction(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let hash: B256 = params.next()?;
    let dropped = api.write().drop_transaction(hash);
    Ok(json!(dropped.map(|transaction| transaction.hash())))
}

/// `hardhat_dropTransaction`: whether something waited under the hash.
pub fn drop_transaction_or_false(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    Ok(Value::Bool(!drop_transaction(api, params)?.is_null()))
}

/// `anvil_reset`: begins again; a fork is refused.
pub fn reset(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let options: Map<String, Value> = params.next_or_none()?.unwrap_or_default();
    // Clients name a fork also where they want none.
    let nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(Value::is_null),
        _ => false,
    };
    if let Some((name, _)) = options.iter().find(|(_, value)| !nothing(value)) {
        return Err(RpcError::invalid_params(format!(
            "{name} is not supported: this node forks no other chain"
        )));
    }
    api.write().reset();
    *api.filters() = Default::default();
    Ok(Value::Bool(true))
}

/// `anvil_setLoggingEnabled`: requests are not logged anyway.
pub fn set_logging(params: &mut Params) -> Result<Value, RpcError> {
    if params.next::<bool>()? {
        return Err(RpcError::server("this node does not log requests"));
    }
    Ok(Value::Bool(true))
}

/// `anvil_setMinGasPrice`.
pub fn set_min_gas_price() -> RpcError {
    RpcError::server("setMinGasPrice is not supported when EIP-1559 is active")
}
