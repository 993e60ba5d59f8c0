//! What a call asks to be other than it is, in the state and in the block.

use alloy_primitives::U256;
use alloy_rpc_types_eth::{BlockOverrides, state::StateOverride};
use revm::context_interface::block::BlobExcessGasAndPrice;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::RpcError;
use crate::{
    evm::{Environment, is_precompile},
    state::State,
};

/// The members that block overrides may have, by all their names.
const BLOCK_MEMBERS: [&str; 15] = [
    "number",
    "blockNumber",
    "difficulty",
    "time",
    "timestamp",
    "gasLimit",
    "coinbase",
    "feeRecipient",
    "random",
    "prevRandao",
    "baseFee",
    "baseFeePerGas",
    "blobBaseFee",
    "blockHash",
    "withdrawals",
];

/// Other fields of a block, none of which is unknown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct BlockChange(pub BlockOverrides);

impl TryFrom<Map<String, Value>> for BlockChange {
    type Error = String;

    fn try_from(members: Map<String, Value>) -> Result<Self, String> {
        let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        for (name, value) in &members {
            let known = BLOCK_MEMBERS.contains(&name.as_str())
                && (name != "withdrawals" || value.is_null() || empty(value));
            if !known {
                return Err(format!("block override \"{name}\" is not supported"));
            }
        }
        serde_json::from_value(Value::Object(members))
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

/// Changes the state: other balances, nonces, code and slots, and precompiled contracts elsewhere.
///
/// # Errors
/// Invalid params if the changes contradict each other.
pub fn apply(
    at: &mut Environment,
    state: &mut State,
    overrides: Option<StateOverride>,
) -> Result<(), RpcError> {
    let arbitrum = at.arbitrum.is_some();
    let overrides = overrides.unwrap_or_default();
    for (address, change) in &overrides {
        if change.state.is_some() && change.state_diff.is_some() {
            return Err(RpcError::invalid_params(format!(
                "account {address} has both 'state' and 'stateDiff'"
            )));
        }
        let stands_there = is_precompile(address, arbitrum);
        if let Some(to) = change.move_precompile_to {
            if !stands_there {
                return Err(RpcError::invalid_params(format!(
                    "account {address} is not a precompile"
                )));
            }
            if overrides.contains_key(&to) {
                return Err(RpcError::invalid_params(format!(
                    "account {to} is already overridden"
                )));
            }
            at.moves.put(*address, to);
        }
        if stands_there && (change.move_precompile_to.is_some() || change.code.is_some()) {
            at.moves.remove(*address);
        }
    }
    for (address, change) in overrides {
        state.update(address, |account| {
            if let Some(balance) = change.balance {
                account.balance = balance;
            }
            if let Some(nonce) = change.nonce {
                account.nonce = nonce;
            }
            if let Some(code) = change.code {
                account.set_code(code);
            }
            if let Some(slots) = change.state {
                account.storage = Default::default();
                for (slot, value) in slots {
                    account.set_storage(slot.into(), value.into());
                }
            }
            for (slot, value) in change.state_diff.into_iter().flatten() {
                account.set_storage(slot.into(), value.into());
            }
        });
    }
    Ok(())
}

/// Changes fields of the block.
///
/// # Errors
/// Invalid params for a fee that no block can have.
pub fn block(at: &mut Environment, change: BlockOverrides) -> Result<(), RpcError> {
    let block = &mut at.block;
    if let Some(number) = change.number {
        block.number = number;
    }
    if let Some(time) = change.time {
        block.timestamp = U256::from(time);
    }
    if let Some(limit) = change.gas_limit {
        block.gas_limit = limit;
    }
    if let Some(coinbase) = change.coinbase {
        block.beneficiary = coinbase;
    }
    if let Some(random) = change.random {
        block.prevrandao = Some(random);
    }
    if let Some(difficulty) = change.difficulty {
        block.difficulty = difficulty;
    }
    if let Some(fee) = change.base_fee {
        block.basefee = fee.try_into().map_err(|_too_large| {
            RpcError::invalid_params(format!("base fee {fee} is too large"))
        })?;
    }
    if let Some(fee) = change.blob_base_fee {
        let price = fee.try_into().map_err(|_too_large| {
            RpcError::invalid_params(format!("blob base fee {fee} is too large"))
        })?;
        block.blob_excess_gas_and_price = Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: price,
        });
    }
    at.named_hashes
        .extend(change.block_hash.into_iter().flatten());
    Ok(())
}
