use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256};
use smartsync_evm::Code;

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
}

impl Accounts {
    /// What is known of an account.
    pub fn get(&self, account: &Address) -> Option<Account> {
        self.known
            .iter()
            .find(|(known, _)| known == account)
            .map(|(_, account)| account.clone())
    }

    /// Keeps what became known of an account.
    pub fn insert(&mut self, address: Address, account: Account) -> Account {
        self.known.push((address, account.clone()));
        account
    }
}
