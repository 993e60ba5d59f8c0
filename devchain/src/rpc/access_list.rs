//! Block access lists (EIP-7928), made on demand: this chain's headers do not commit to them.

use std::collections::{BTreeMap, BTreeSet};

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use revm::inspector::NoOpInspector;
use serde_json::{Value, json};

use super::{api::Api, debug, error::RpcError, params::Params};
use crate::{
    chain::Block,
    config::Kind,
    evm::execute,
    state::{Account, State},
};

/// What happened to an account, with the index at which it did: 0 is before the first transaction, each transaction has the
/// next, and what comes after the last one has the last.
#[derive(Default)]
struct Changes {
    slots: BTreeMap<U256, Vec<(usize, U256)>>,
    read: BTreeSet<U256>,
    balance: Vec<(usize, U256)>,
    nonce: Vec<(usize, u64)>,
    code: Vec<(usize, Bytes)>,
}

/// `eth_getBlockAccessList`: null for an unknown block. An Arbitrum chain has no such lists.
pub fn block_access_list(api: &Api, params: &mut Params) -> Result<Value, RpcError> {
    if api.read().kind() != Kind::Evm {
        return Err(RpcError::method_not_found("eth_getBlockAccessList"));
    }
    let Some(block) = api.find_block(Some(params.next::<BlockId>()?)) else {
        return Ok(Value::Null);
    };
    let parent = match block.header.number.checked_sub(1) {
        Some(parent) => api.block(Some(BlockId::number(parent)))?.state.clone(),
        None => State::default(),
    };
    let list = changes(&block, parent)?;
    Ok(Value::Array(
        list.into_iter()
            .map(|(address, changes)| changes.json(address))
            .collect(),
    ))
}

fn changes(block: &Block, parent: State) -> Result<BTreeMap<Address, Changes>, RpcError> {
    let mut list = BTreeMap::new();
    differing(&mut list, 0, &parent, &block.opening);
    let mut state = block.opening.clone();
    for (index, mined) in block.transactions.iter().enumerate() {
        let tx = mined.transaction.environment();
        let purpose = debug::purpose(block, index);
        let executed = execute::<NoOpInspector>(&block.environment, &state, tx, purpose, None)?.0;
        let mut after = state.clone();
        after.commit(&executed.changes);
        for (address, touched) in &executed.changes {
            let changes: &mut Changes = list.entry(*address).or_default();
            let [old, new] = [&state, &after].map(|state| state.account(*address));
            changes.account(index + 1, old, new);
            for slot in touched.storage.keys() {
                changes.slot(index + 1, *slot, old, new);
            }
        }
        state = after;
    }
    differing(
        &mut list,
        block.transactions.len() + 1,
        &state,
        &block.state,
    );
    Ok(list)
}

/// What differs between two states that no transaction explains: the protocol's own writes, and those by fiat.
fn differing(list: &mut BTreeMap<Address, Changes>, index: usize, before: &State, after: &State) {
    for address in before.differing(after) {
        let [old, new] = [before, after].map(|state| state.account(address));
        let mut found = Changes::default();
        found.account(index, old, new);
        let none = Account::empty(address);
        let storage = &old.unwrap_or(&none).storage;
        for slot in storage.differing(&new.unwrap_or(&none).storage) {
            found.slot(index, slot.slot, old, new);
        }
        // Neighbours of what differs were not touched.
        found.read.clear();
        if found.is_empty() {
            continue;
        }
        let changes = list.entry(address).or_default();
        for (slot, written) in found.slots {
            changes.slots.entry(slot).or_default().extend(written);
        }
        changes.balance.extend(found.balance);
        changes.nonce.extend(found.nonce);
        changes.code.extend(found.code);
    }
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.slots.is_empty()
            && self.balance.is_empty()
            && self.nonce.is_empty()
            && self.code.is_empty()
    }

    fn account(&mut self, index: usize, old: Option<&Account>, new: Option<&Account>) {
        let of = |account: Option<&Account>| {
            account.map_or_else(Default::default, |account| {
                (
                    account.balance,
                    account.nonce,
                    account.code.original_bytes(),
                )
            })
        };
        let ((old_balance, old_nonce, old_code), (balance, nonce, code)) = (of(old), of(new));
        if balance != old_balance {
            self.balance.push((index, balance));
        }
        if nonce != old_nonce {
            self.nonce.push((index, nonce));
        }
        if code != old_code {
            self.code.push((index, code));
        }
    }

    fn slot(&mut self, index: usize, slot: U256, old: Option<&Account>, new: Option<&Account>) {
        let [old, new] = [old, new]
            .map(|account| account.map_or(U256::ZERO, |account| account.storage_at(slot)));
        if old == new {
            self.read.insert(slot);
            return;
        }
        let changes = self.slots.entry(slot).or_default();
        // Both versions of a slot are found where two states are compared.
        if changes.last() != Some(&(index, new)) {
            changes.push((index, new));
        }
    }

    fn json(self, address: Address) -> Value {
        let written: Vec<_> = self
            .slots
            .iter()
            .map(|(slot, changes)| {
                let changes: Vec<_> = changes
                    .iter()
                    .map(|(index, value)| {
                        json!({ "index": U64::from(*index), "value": B256::from(*value) })
                    })
                    .collect();
                json!({ "key": B256::from(*slot), "changes": changes })
            })
            .collect();
        // A slot that is written anywhere in the block is not listed as read.
        let read: Vec<_> = self
            .read
            .iter()
            .filter(|slot| !self.slots.contains_key(*slot))
            .map(|slot| B256::from(*slot))
            .collect();
        let balance: Vec<_> = (self.balance.iter())
            .map(|(index, value)| json!({ "index": U64::from(*index), "value": value }))
            .collect();
        let nonce: Vec<_> = (self.nonce.iter())
            .map(|(index, value)| json!({ "index": U64::from(*index), "value": U64::from(*value) }))
            .collect();
        let code: Vec<_> = (self.code.iter())
            .map(|(index, code)| json!({ "index": U64::from(*index), "code": code }))
            .collect();
        json!({
            "address": address,
            "storageChanges": written,
            "storageReads": read,
            "balanceChanges": balance,
            "nonceChanges": nonce,
            "codeChanges": code,
        })
    }
}
