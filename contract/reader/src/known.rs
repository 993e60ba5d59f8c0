use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256};
use smartsync_abi::IReader::NotMirrored;
use smartsync_evm::Code;
use smartsync_program::revert;

/// What an account of the source is, as far as code goes.
#[derive(Clone)]
pub enum Account {
    /// It has this code.
    Code(Rc<Code>, B256),
    /// It has none, but a balance or a nonce.
    NoCode,
    /// It does not exist or is empty (EIP-161).
    Empty,
    /// It is a precompiled contract that source and target have in common.
    Precompile,
}

/// What was asked already in this read.
#[derive(Default)]
pub struct Accounts {
    known: Vec<(Address, Account)>,
    /// Those of which the code is known alone, and the error that says why.
    without_storage: Vec<(Address, Vec<u8>)>,
}

impl Accounts {
    /// What is known of an account.
    pub fn get(&self, account: &Address) -> Option<Account> {
        self.known
            .iter()
            .find(|(known, _)| known == account)
            .map(|(_, account)| account.clone())
    }

    /// Keeps why an account's storage is not known.
    pub fn without_storage(&mut self, account: &Address, error: &[u8]) {
        if self
            .without_storage
            .iter()
            .all(|(known, _)| known != account)
        {
            self.without_storage.push((*account, error.to_vec()));
        }
    }

    /// Why it is not.
    #[cold]
    pub fn unknown_storage(&self, account: &Address) -> Vec<u8> {
        (self.without_storage.iter())
            .find(|(known, _)| known == account)
            .map_or_else(
                || revert(NotMirrored { account: *account }),
                |(_, error)| error.clone(),
            )
    }

    /// Keeps what became known of an account.
    pub fn insert(&mut self, address: Address, account: Account) -> Account {
        self.known.push((address, account.clone()));
        account
    }
}
