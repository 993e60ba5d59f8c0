//! Accounts, their storage, and proofs of both (EIP-1186).

use std::collections::BTreeMap;

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U64, U256, hex, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use serde_json::{Value, json};

use super::{api::Api, call, error::RpcError, params::Params};
use crate::state::{Account, Slot, hashed_slot};

/// Most slots in one proof request.
const KEY_LIMIT: usize = 100_000;

/// Most slots of one `eth_getStorageValues`.
const VALUE_LIMIT: usize = 1_024;

/// A storage slot, as a quantity or as 32 bytes.
fn slot(text: &str) -> Result<U256, RpcError> {
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| RpcError::invalid_params(format!("storage key without 0x: {text}")))?;
    if digits.is_empty() || digits.len() > 64 {
        return Err(RpcError::invalid_params(format!(
            "invalid storage key: {text}"
        )));
    }
    U256::from_str_radix(digits, 16)
        .map_err(|error| RpcError::invalid_params(format!("invalid storage key {text}: {error}")))
}

/// `eth_getBalance`.
pub fn balance(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let (_, state) = api.view(params.next_or_none()?)?;
    Ok(json!(
        state
            .account(address)
            .map_or(U256::ZERO, |account| account.balance)
    ))
}

/// `eth_getTransactionCount`.
pub fn transaction_count(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let id: Option<BlockId> = params.next_or_none()?;
    if id == Some(BlockId::pending()) {
        return Ok(json!(U64::from(call::next_nonce(api, address))));
    }
    let (_, state) = api.view(id)?;
    Ok(json!(U64::from(
        state.account(address).map_or(0, |account| account.nonce)
    )))
}

/// `eth_getCode`.
pub fn code(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let (_, state) = api.view(params.next_or_none()?)?;
    Ok(json!(
        state
            .account(address)
            .map_or(Bytes::new(), |account| account.code.original_bytes())
    ))
}

/// `eth_getStorageAt`.
pub fn storage_at(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let address: Address = params.next()?;
    let slot = slot(&params.next::<String>()?)?;
    let (_, state) = api.view(params.next_or_none()?)?;
    let value = state
        .account(address)
        .map_or(U256::ZERO, |account| account.storage_at(slot));
    Ok(json!(B256::from(value)))
}

/// `eth_getStorageValues`: slots of many accounts.
pub fn storage_values(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let requests: BTreeMap<Address, Vec<String>> = params.next()?;
    let count: usize = requests.values().map(Vec::len).sum();
    if count == 0 || count > VALUE_LIMIT {
        return Err(RpcError::invalid_params(format!(
            "{count} slots asked for, expected 1 to {VALUE_LIMIT}"
        )));
    }
    let (_, state) = api.view(params.next_or_none()?)?;
    let mut answer = BTreeMap::new();
    for (address, slots) in requests {
        let account = state.account(address);
        let values: Result<Vec<B256>, RpcError> = slots
            .iter()
            .map(|text| {
                let slot = slot(text)?;
                Ok(account.map_or(B256::ZERO, |account| account.storage_at(slot).into()))
            })
            .collect();
        answer.insert(address, values?);
    }
    Ok(json!(answer))
}

/// `eth_getProof`, as text: the answer for many slots is megabytes of hexadecimal digits, which need no escaping.
pub fn proof(api: &Api, params: Option<Value>) -> Result<String, RpcError> {
    let mut params = Params::new(params)?;
    params.at_most(3)?;
    let address: Address = params.next()?;
    let keys: Vec<String> = params.next()?;
    if keys.len() > KEY_LIMIT {
        return Err(RpcError::invalid_params(format!(
            "{} keys, limit {KEY_LIMIT}",
            keys.len()
        )));
    }
    let block = api.block(params.next_or_none()?)?;
    let state = &block.state;
    let account = state.account(address);
    let mut text = json!({
        "address": address,
        "accountProof": state.account_proof(address),
        "balance": account.map_or(U256::ZERO, |account| account.balance),
        "codeHash": account.map_or(KECCAK256_EMPTY, |account| account.code_hash),
        "nonce": U64::from(account.map_or(0, |account| account.nonce)),
        "storageHash": account.map_or(EMPTY_ROOT_HASH, |account| account.storage.root()),
    })
    .to_string();
    // The last member goes on from here.
    text.pop();
    text.push_str(r#","storageProof":["#);
    for (index, key) in keys.iter().enumerate() {
        // Nothing but hexadecimal digits after 0x.
        let slot = slot(key)?;
        let value = account.map_or(U256::ZERO, |account| account.storage_at(slot));
        let nodes = account.map_or_else(Vec::new, |account| {
            account.storage.proof(&hashed_slot(slot))
        });
        if index > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            r#"{{"key":"{key}","value":"{value:#x}","proof":["#
        ));
        for (index, node) in nodes.iter().enumerate() {
            text.push_str(if index > 0 { ",\"" } else { "\"" });
            text.push_str(&hex::encode_prefixed(node));
            text.push('"');
        }
        text.push_str("]}");
    }
    text.push_str("]}");
    Ok(text)
}

/// `debug_storageRangeAt`: the slots of an account in the order of their hashes, before transaction `index` of a block.
pub fn storage_range(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let block = api.block(Some(params.next::<BlockId>()?))?;
    let index: usize = params.next()?;
    let address: Address = params.next()?;
    let start: Bytes = params.next()?;
    let limit: usize = params.next()?;
    if start.len() > 32 {
        return Err(RpcError::invalid_params(format!(
            "start key of {} bytes",
            start.len()
        )));
    }
    let start = B256::right_padding_from(&start);
    // Past the last transaction is the state after the block.
    let (_, state) = super::debug::before(&block, index.min(block.transactions.len()))?;
    let mut slots: Vec<(B256, &Slot)> = match state.account(address) {
        Some(Account { storage, .. }) => storage.range(&start, limit.saturating_add(1)),
        None => return Err(RpcError::server(format!("account {address} doesn't exist"))),
    };
    let next = if slots.len() > limit {
        slots.pop().map(|(hashed, _)| hashed)
    } else {
        None
    };
    let storage: serde_json::Map<String, Value> = slots
        .into_iter()
        .map(|(hashed, slot)| {
            (
                hashed.to_string(),
                json!({ "key": B256::from(slot.slot), "value": B256::from(slot.value) }),
            )
        })
        .collect();
    Ok(json!({ "storage": storage, "nextKey": next }))
}

/// Hash of some bytes (`web3_sha3`).
pub fn sha3(params: &mut Params) -> Result<Value, RpcError> {
    let bytes: Bytes = params.next()?;
    Ok(json!(keccak256(bytes)))
}
