use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use revm::{
    DatabaseRef,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode},
};
use smartsync_chain::Chain;
use tokio::runtime::Handle;

use crate::{
    error::Error,
    prestate,
    read::{MOST_REQUESTS, Read},
};

/// The state of a chain at the end of a block, read from its node as it is needed, and once.
#[derive(Debug)]
pub struct RemoteState {
    chain: Chain,
    runtime: Handle,
    block: u64,
    accounts: Mutex<BTreeMap<Address, Option<AccountInfo>>>,
    slots: Mutex<BTreeMap<(Address, U256), U256>>,
    /// The read that is traced when something is missed.
    expected: Mutex<Option<Read>>,
    /// Whether some of it is what a trace showed.
    traced: AtomicBool,
    /// The read that runs, and how much more it may ask for.
    running: Mutex<Option<Budget>>,
}

/// What a read may ask for.
#[derive(Debug)]
struct Budget {
    read: Read,
    left: usize,
}

impl Budget {
    fn take(&mut self) -> Result<(), Error> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| Error::TooLarge(Box::new(self.read.clone())))?;
        Ok(())
    }
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
            expected: Mutex::default(),
            traced: AtomicBool::new(false),
            running: Mutex::default(),
        }
    }

    /// This read is about to be run, and may ask for so much. Code that walks a list which anybody can lengthen has no end else.
    pub(crate) fn begin(&self, read: &Read) {
        *lock(&self.running) = Some(Budget {
            read: read.clone(),
            left: MOST_REQUESTS,
        });
    }

    /// Something is asked for.
    fn count(&self) -> Result<(), Error> {
        lock(&self.running).as_mut().map_or(Ok(()), Budget::take)
    }

    /// This read is about to be run: when something is missed for the first time, it is traced, which gives in one request most of what it takes. Whatever a
    /// trace leaves out is asked for.
    pub(crate) fn expect(&self, read: &Read) {
        *lock(&self.expected) = Some(read.clone());
    }

    /// Whether some of it is what a trace showed.
    pub(crate) fn is_traced(&self) -> bool {
        self.traced.load(Ordering::Relaxed)
    }

    /// Something is missed. Whether a trace has added to what is known.
    fn trace_expected(&self) -> bool {
        let Some(read) = lock(&self.expected).take() else {
            return false;
        };
        let Some(traced) = (self.runtime).block_on(prestate::trace(&self.chain, &read, self.block))
        else {
            return false;
        };
        let (mut accounts, mut slots) = (lock(&self.accounts), lock(&self.slots));
        for (address, traced) in traced {
            let own = traced.storage.into_iter();
            slots.extend(own.map(|(slot, value)| ((address, slot), value)));
            // What a node shows of the sender is what a transaction of his has left of it.
            if let (Some(balance), true) = (traced.balance, address != read.from) {
                let account = info(balance, traced.nonce, traced.code);
                accounts.entry(address).or_insert(account);
            }
        }
        self.traced.store(true, Ordering::Relaxed);
        true
    }

    /// An account, with its code; `None` if there is nothing at the address.
    pub async fn account(&self, address: Address) -> Result<Option<AccountInfo>, Error> {
        let at = U64::from(self.block);
        let (balance, nonce, code): (U256, U64, Bytes) = futures::try_join!(
            self.chain.request("eth_getBalance", (address, at)),
            self.chain.request("eth_getTransactionCount", (address, at)),
            self.chain.code(address, self.block),
        )?;
        Ok(info(balance, nonce, code))
    }

    /// The value of a slot.
    pub async fn slot(&self, address: Address, slot: U256) -> Result<U256, Error> {
        let request = (address, B256::from(slot), U64::from(self.block));
        // 32 bytes, or as many as ganache finds worth showing: none for zero.
        let value: Bytes = self.chain.request("eth_getStorageAt", request).await?;
        Ok(U256::try_from_be_slice(&value).unwrap_or_default())
    }
}

/// What is at an address; `None` if there is nothing.
fn info(balance: U256, nonce: U64, code: Bytes) -> Option<AccountInfo> {
    if balance.is_zero() && nonce.is_zero() && code.is_empty() {
        return None;
    }
    // Code of a form that is none is run like any other: its first byte stops it.
    let code = Bytecode::new_raw_checked(code.clone())
        .unwrap_or_else(|_no_delegation| Bytecode::new_legacy(code));
    Some(AccountInfo::new(
        balance,
        nonce.to(),
        code.hash_slow(),
        code,
    ))
}

impl DatabaseRef for RemoteState {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        if let Some(known) = lock(&self.accounts).get(&address) {
            return Ok(known.clone());
        }
        if self.trace_expected() {
            return self.basic_ref(address);
        }
        self.count()?;
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
        if self.trace_expected() {
            return self.storage_ref(address, slot);
        }
        self.count()?;
        let value = self.runtime.block_on(self.slot(address, slot))?;
        lock(&self.slots).insert((address, slot), value);
        Ok(value)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        let block = self.runtime.block_on(self.chain.block(number));
        Ok(block.map_err(Error::from)?.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_asks_for_so_much_and_no_more() {
        let read = Read {
            from: Address::ZERO,
            to: Address::repeat_byte(1),
            data: Bytes::new(),
        };
        let mut budget = Budget {
            read: read.clone(),
            left: 2,
        };
        assert!(budget.take().is_ok() && budget.take().is_ok());
        for _ in 0..2 {
            let error = budget.take();
            assert!(matches!(error, Err(Error::TooLarge(of)) if *of == read));
        }
    }
}
