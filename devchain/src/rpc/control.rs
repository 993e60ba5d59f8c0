//! What only a dev chain can do: set state, move time, mine, go back.

use std::collections::HashMap;

use alloy_primitives::{Address, Bytes, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{api::Api, error::RpcError, params::Params};

/// A quantity, in either of the forms that clients send.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum Quantity {
    /// A JSON number.
    Plain(u64),
    /// Text with a prefix.
    Hex(U256),
}

impl Quantity {
    /// The number.
    ///
    /// # Errors
    /// Invalid params if it takes more than 64 bits.
    pub fn to_u64(self) -> Result<u64, RpcError> {
        match self {
            Self::Plain(number) => Ok(number),
            Self::Hex(number) => number
                .try_into()
                .map_err(|_too_large| RpcError::invalid_params(format!("{number} is too large"))),
        }
    }
}

/// Most blocks mined by one request.
const MINE_LIMIT: u64 = 100_000;

/// `anvil_setBalance`.
pub fn set_balance(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let balance: U256 = params.next()?;
    api.write()
        .decree(|state| state.update(address, |account| account.balance = balance));
    Ok(Value::Bool(true))
}

/// `anvil_setNonce`.
pub fn set_nonce(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let nonce = params.next::<Quantity>()?.to_u64()?;
    api.write()
        .decree(|state| state.update(address, |account| account.nonce = nonce));
    Ok(Value::Bool(true))
}

/// `anvil_setCode`.
pub fn set_code(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let code: Bytes = params.next()?;
    api.write()
        .decree(|state| state.update(address, |account| account.set_code(code)));
    Ok(Value::Bool(true))
}

/// `anvil_setStorageAt`.
pub fn set_storage_at(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let slot: U256 = params.next()?;
    let value: U256 = params.next()?;
    api.write()
        .decree(|state| state.update(address, |account| account.set_storage(slot, value)));
    Ok(Value::Bool(true))
}

/// `smartsync_setStorage`: many slots in one block.
pub fn set_storage(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let slots: HashMap<U256, U256> = params.next()?;
    let mut ledger = api.write();
    ledger.decree(|state| {
        state.update(address, |account| {
            for (slot, value) in slots {
                account.set_storage(slot, value);
            }
        });
    });
    Ok(json!(U64::from(ledger.head().header.number)))
}

/// `evm_mine`: one block, at a given time if there is one.
pub fn mine(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    #[derive(Deserialize)]
    #[serde(untagged, deny_unknown_fields)]
    enum Options {
        Time(Quantity),
        Named {
            timestamp: Option<Quantity>,
            blocks: Option<u64>,
        },
    }
    let (timestamp, blocks) = match params.next_or_none::<Options>()? {
        None => (None, 1),
        Some(Options::Time(time)) => (Some(time), 1),
        Some(Options::Named { timestamp, blocks }) => (timestamp, blocks.unwrap_or(1)),
    };
    within_limit(blocks)?;
    let mut ledger = api.write();
    if let Some(timestamp) = timestamp {
        ledger
            .set_next_time(timestamp.to_u64()?)
            .map_err(|error| RpcError::invalid_params(error.to_string()))?;
    }
    for _ in 0..blocks {
        ledger.mine();
    }
    Ok(json!("0x0"))
}

fn within_limit(blocks: u64) -> Result<(), RpcError> {
    match blocks <= MINE_LIMIT {
        true => Ok(()),
        false => Err(RpcError::invalid_params(format!(
            "{blocks} blocks, limit {MINE_LIMIT}"
        ))),
    }
}

/// `anvil_mine`: some blocks, some seconds apart.
pub fn mine_many(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let blocks = params
        .next_or_none::<Quantity>()?
        .map_or(Ok(1), Quantity::to_u64)?;
    let interval = params
        .next_or_none::<Quantity>()?
        .map_or(Ok(0), Quantity::to_u64)?;
    within_limit(blocks)?;
    let mut ledger = api.write();
    for index in 0..blocks {
        if index > 0 && interval > 0 {
            let next = ledger.head().header.timestamp.saturating_add(interval);
            ledger
                .set_next_time(next)
                .map_err(|error| RpcError::invalid_params(error.to_string()))?;
        }
        ledger.mine();
    }
    Ok(Value::Null)
}

/// `evm_increaseTime`; answers the total offset in seconds.
pub fn increase_time(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let seconds = params.next::<Quantity>()?.to_u64()?;
    let total = api
        .write()
        .increase_time(seconds)
        .map_err(|error| RpcError::invalid_params(error.to_string()))?;
    Ok(json!(total))
}

/// `evm_setNextBlockTimestamp`.
pub fn set_next_time(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let timestamp = params.next::<Quantity>()?.to_u64()?;
    api.write()
        .set_next_time(timestamp)
        .map_err(|error| RpcError::invalid_params(error.to_string()))?;
    Ok(Value::Null)
}

/// `evm_snapshot`.
pub fn snapshot(api: &Api) -> Value {
    json!(U64::from(api.write().snapshot()))
}

/// `evm_revert`.
pub fn revert(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let id = params.next::<Quantity>()?.to_u64()?;
    Ok(json!(api.write().revert(id)))
}

/// `evm_setAutomine`.
pub fn set_automine(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let on: bool = params.next()?;
    api.write().set_automine(on);
    Ok(Value::Bool(true))
}

/// `anvil_impersonateAccount` and `anvil_stopImpersonatingAccount`.
pub fn impersonate(api: &Api, params: &mut Params, on: bool) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    api.write().impersonate(address, on);
    Ok(Value::Bool(true))
}

/// `anvil_autoImpersonateAccount`.
pub fn impersonate_all(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let on: bool = params.next()?;
    api.write().impersonate_all(on);
    Ok(Value::Bool(true))
}
