//! The whole state out, and in again.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{api::Api, error::RpcError, params::Params};
use crate::state::Account;

/// The state of a chain.
#[derive(Debug, Deserialize, Serialize)]
struct Dump {
    accounts: BTreeMap<Address, DumpedAccount>,
}

#[derive(Debug, Deserialize, Serialize)]
struct DumpedAccount {
    nonce: u64,
    balance: U256,
    #[serde(default)]
    code: Bytes,
    #[serde(default)]
    storage: BTreeMap<U256, U256>,
}

impl From<&Account> for DumpedAccount {
    fn from(account: &Account) -> Self {
        let slots = account.storage.range(&B256::ZERO, usize::MAX);
        Self {
            nonce: account.nonce,
            balance: account.balance,
            code: account.code.original_bytes(),
            storage: slots
                .into_iter()
                .map(|(_, slot)| (slot.slot, slot.value))
                .collect(),
        }
    }
}

/// `anvil_dumpState`: JSON, as bytes.
pub fn dump(api: &Api) -> Result<Value, RpcError> {
    let state = api.read().head().state.clone();
    let accounts = state
        .accounts()
        .map(|account| (account.address, account.into()))
        .collect();
    let text = serde_json::to_vec(&Dump { accounts })
        .map_err(|error| RpcError::internal(error.to_string()))?;
    Ok(json!(Bytes::from(text)))
}

/// `anvil_loadState`: the dumped accounts replace those of the same address, in a block of their own.
pub fn load(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    let text: Bytes = params.next()?;
    let dump: Dump = serde_json::from_slice(&text)
        .map_err(|error| RpcError::invalid_params(format!("not a state dump: {error}")))?;
    api.write().decree(|state| {
        for (address, dumped) in dump.accounts {
            state.update(address, |account| {
                *account = Account::empty(address);
                account.nonce = dumped.nonce;
                account.balance = dumped.balance;
                account.set_code(dumped.code);
                for (slot, value) in dumped.storage {
                    account.set_storage(slot, value);
                }
            });
        }
    });
    Ok(Value::Bool(true))
}
