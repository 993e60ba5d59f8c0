use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use revm::{
    DatabaseRef,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode},
};
use smartsync_chain::Chain;
use tokio::runtime::Handle;

use crate::error::Error;

/// The state of a chain at the end of a block, read from its node as it is needed, and once.
#[derive(Debug)]
pub struct RemoteState {
    chain: Chain,
    runtime: Handle,
    block: u64,
    accounts: Mutex<BTreeMap<Address, Option<AccountInfo>>>,
    slots: Mutex<BTreeMap<(Address, U256), U256>>,
}

/// What was read is inserted in one step.
fn lock<T>(read: &Mutex<T>) -> MutexGuard<'_, T> {
    read.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The node did not answer.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unreadable(#[from] pub Error);

impl DBErrorMarker for Unreadable {}

impl RemoteState {
    /// The state of a chain at the end of a block; requests run on this runtime.
    pub fn new(chain: Chain, runtime: Handle, block: u64) -> Self {
        Self {
            chain,
            runtime,
            block,
            accounts: Mutex::default(),
            slots: Mutex::default(),
        }
    }

    /// An account, with its code; `None` if there is nothing at the address.
    pub async fn account(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        let at = U64::from(self.block);
        let (balance, nonce, code): (U256, U64, Bytes) = futures::try_join!(
            self.chain.request("eth_getBalance", (address, at)),
            self.chain.request("eth_getTransactionCount", (address, at)),
            self.chain.code(address, self.block),
        )?;
        if balance.is_zero() && nonce.is_zero() && code.is_empty() {
            return Ok(None);
        }
        // Code of a form that is none is run like any other: its first byte stops it.
        let code = Bytecode::new_raw_checked(code.clone())
            .unwrap_or_else(|_no_delegation| Bytecode::new_legacy(code));
        Ok(Some(AccountInfo::new(
            balance,
            nonce.to(),
            code.hash_slow(),
            code,
        )))
    }

    /// The value of a slot.
    pub async fn slot(&self, address: Address, slot: U256) -> Result<U256, Error> {
        let request = (address, B256::from(slot), U64::from(self.block));
        // 32 bytes, or as many as ganache finds worth showing: none for zero.
        let value: Bytes = self.chain.request("eth_getStorageAt", request).await?;
        Ok(U256::try_from_be_slice(&value).unwrap_or_default())
    }
}

impl DatabaseRef for RemoteState {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        if let Some(known) = lock(&self.accounts).get(&address) {
            return Ok(known.clone());
        }
        let account = self.runtime.block_on(self.account(address))?;
        lock(&self.accounts).insert(address, account.clone());
        Ok(account)
    }

    /// Never asked for: every account comes with its code.
    fn code_by_hash_ref(&self, _code_hash: B256) -> Result<Bytecode, Unreadable> {
        Ok(Bytecode::default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Unreadable> {
        if let Some(known) = lock(&self.slots).get(&(address, slot)) {
            return Ok(*known);
        }
        let value = self.runtime.block_on(self.slot(address, slot))?;
        lock(&self.slots).insert((address, slot), value);
        Ok(value)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        let block = self.runtime.block_on(self.chain.block(number));
        Ok(block.map_err(Error::from)?.hash)
    }
}
