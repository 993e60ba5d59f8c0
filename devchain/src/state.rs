//! The world state after a block: every account and its storage, as persistent tries.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_trie::TrieAccount;
use revm::{
    Database, DatabaseRef,
    bytecode::Bytecode,
    state::{AccountInfo, EvmState},
};
use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use crate::trie::{Trie, Value};

/// A storage slot that is not zero, with its preimage.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The slot itself; the trie is keyed by its hash.
    pub slot: U256,
    /// Its value.
    pub value: U256,
}

impl Value for Slot {
    fn encode(&self) -> Vec<u8> {
        alloy_rlp::encode(self.value)
    }
}

/// An account that exists.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its address; the trie is keyed by its hash.
    pub address: Address,
    /// Transactions sent, or contracts created plus one.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Hash of its code.
    pub code_hash: B256,
    /// Its code, analysed.
    pub code: Bytecode,
    /// Its storage.
    pub storage: Trie<Slot>,
}

impl Account {
    /// An account with nothing.
    pub fn empty(address: Address) -> Self {
        Self {
            address,
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK256_EMPTY,
            code: Bytecode::default(),
            storage: Trie::default(),
        }
    }

    /// The value of a storage slot.
    pub fn storage_at(&self, slot: U256) -> U256 {
        self.storage
            .get(&hashed_slot(slot))
            .map_or(U256::ZERO, |found| found.value)
    }

    /// Writes a storage slot; zero removes it.
    pub fn set_storage(&mut self, slot: U256, value: U256) {
        let key = hashed_slot(slot);
        if value.is_zero() {
            self.storage.remove(&key);
        } else {
            self.storage.insert(key, Slot { slot, value });
        }
    }

    /// Replaces its code.
    pub fn set_code(&mut self, code: Bytes) {
        self.code_hash = if code.is_empty() {
            KECCAK256_EMPTY
        } else {
            keccak256(&code)
        };
        self.code = analyse(code);
    }

    /// EIP-161: no nonce, no balance, no code.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == KECCAK256_EMPTY
    }
}

impl Value for Account {
    fn encode(&self) -> Vec<u8> {
        alloy_rlp::encode(TrieAccount {
            nonce: self.nonce,
            balance: self.balance,
            storage_root: self.storage.root(),
            code_hash: self.code_hash,
        })
    }
}

/// Key of a slot in a storage trie.
pub fn hashed_slot(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

/// Code as the interpreter wants it; what is not a valid EIP-7702 designation is ordinary code.
fn analyse(code: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone())
        .unwrap_or_else(|_not_a_designation| Bytecode::new_legacy(code))
}

/// A version of the state; a clone is free and keeps its version.
#[derive(Clone, Debug, Default)]
pub struct State {
    accounts: Trie<Account>,
}

impl State {
    /// The state root.
    pub fn root(&self) -> B256 {
        self.accounts.root()
    }

    /// The account at `address`, if it exists.
    pub fn account(&self, address: Address) -> Option<&Account> {
        self.accounts.get(&keccak256(address))
    }

    /// Changes an account, made first if need be.
    pub fn update<R>(&mut self, address: Address, change: impl FnOnce(&mut Account) -> R) -> R {
        let mut account = self
            .account(address)
            .cloned()
            .unwrap_or_else(|| Account::empty(address));
        let result = change(&mut account);
        self.accounts.insert(keccak256(address), account);
        result
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts
            .range(&B256::ZERO, usize::MAX)
            .into_iter()
            .map(|(_, account)| account)
    }

    /// Addresses of the accounts that differ from another version's, in no order; as quick as the difference is small.
    pub fn differing(&self, other: &Self) -> Vec<Address> {
        let mut addresses: Vec<Address> = self
            .accounts
            .differing(&other.accounts)
            .into_iter()
            .map(|account| account.address)
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// The account's proof nodes, root first.
    pub fn account_proof(&self, address: Address) -> Vec<Bytes> {
        self.accounts.proof(&keccak256(address))
    }

    /// Applies what a transaction changed.
    pub fn commit(&mut self, changes: &EvmState) {
        for (address, changed) in changes {
            if !changed.is_touched() {
                continue;
            }
            let key = keccak256(address);
            let old = self.accounts.get(&key);
            if changed.is_selfdestructed() {
                self.accounts.remove(&key);
                continue;
            }
            let mut account = match old {
                Some(account) => account.clone(),
                None => Account::empty(*address),
            };
            if changed.is_created() {
                account.storage = Trie::default();
            }
            account.nonce = changed.info.nonce;
            account.balance = changed.info.balance;
            if account.code_hash != changed.info.code_hash {
                account.code_hash = changed.info.code_hash;
                account.code = changed.info.code.clone().unwrap_or_default();
            }
            for (slot, value) in &changed.storage {
                if value.is_changed() {
                    account.set_storage(*slot, value.present_value);
                }
            }
            if account.is_empty() {
                self.accounts.remove(&key);
            } else {
                self.accounts.insert(key, account);
            }
        }
    }
}

/// What a transaction reads: a state, and the hashes that `BLOCKHASH` gives.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The state read.
    pub state: State,
    /// What `BLOCKHASH` gives.
    pub hashes: Hashes,
    /// What it gives instead, by number.
    pub named: BTreeMap<u64, B256>,
}

/// What the `BLOCKHASH` opcode gives.
#[derive(Clone, Debug)]
pub enum Hashes {
    /// Hashes of consecutive blocks of this chain.
    Recent(Recent),
    /// An Arbitrum chain's opcode gives hashes of the parent chain's blocks; here they are derived from the number.
    Parent,
}

/// Blocks that `BLOCKHASH` and `arbBlockHash` reach back.
const RECENT: u64 = 256;

/// Hashes of the blocks before one, shared with theirs: a block adds one link.
#[derive(Clone, Default)]
pub struct Recent {
    newest: Option<Arc<Link>>,
}

struct Link {
    number: u64,
    hash: B256,
    older: Option<Arc<Link>>,
}

impl Recent {
    /// These and one more, which is the newest.
    pub fn with(&self, number: u64, hash: B256) -> Self {
        let older = self.newest.clone();
        let link = Link {
            number,
            hash,
            older,
        };
        Self {
            newest: Some(Arc::new(link)),
        }
    }

    /// Hash of the block with this number, if it is among the last 256.
    pub fn get(&self, number: u64) -> Option<B256> {
        let mut link = self.newest.as_ref()?;
        if link.number.checked_sub(number)? >= RECENT {
            return None;
        }
        while link.number > number {
            link = link.older.as_ref()?;
        }
        (link.number == number).then_some(link.hash)
    }
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let newest = self.newest.as_ref().map(|link| (link.number, link.hash));
        f.debug_struct("Recent").field("newest", &newest).finish()
    }
}

/// One after the other: dropping them inside each other would need a stack as deep as the chain is long.
impl Drop for Link {
    fn drop(&mut self) {
        let mut older = self.older.take();
        while let Some(mut link) = older.and_then(Arc::into_inner) {
            older = link.older.take();
        }
    }
}

impl DatabaseRef for Reader {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.state.account(address).map(|account| {
            AccountInfo::new(
                account.balance,
                account.nonce,
                account.code_hash,
                account.code.clone(),
            )
        }))
    }

    /// Never asked for: every account comes with its code.
    fn code_by_hash_ref(&self, _code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(Bytecode::default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self
            .state
            .account(address)
            .map_or(U256::ZERO, |account| account.storage_at(slot)))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        if let Some(hash) = self.named.get(&number) {
            return Ok(*hash);
        }
        Ok(match &self.hashes {
            Hashes::Recent(recent) => recent.get(number).unwrap_or_default(),
            Hashes::Parent => parent_chain_hash(number),
        })
    }
}

impl Database for Reader {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        self.basic_ref(address)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        self.code_by_hash_ref(code_hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        self.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        self.block_hash_ref(number)
    }
}

/// The simulated parent chain's hash of a block.
pub fn parent_chain_hash(number: u64) -> B256 {
    keccak256(
        [
            b"simulated parent chain block ".as_slice(),
            &number.to_be_bytes(),
        ]
        .concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_256_hashes_are_found_and_a_long_chain_is_dropped_without_a_deep_stack() {
        let mut recent = Recent::default();
        assert_eq!(recent.get(0), None);
        for number in 0..300_000 {
            recent = recent.with(number, hashed_slot(U256::from(number)));
        }
        for number in [299_999, 299_800, 299_744] {
            assert_eq!(recent.get(number), Some(hashed_slot(U256::from(number))));
        }
        for number in [300_000, 299_743, 0] {
            assert_eq!(recent.get(number), None);
        }
    }
}
