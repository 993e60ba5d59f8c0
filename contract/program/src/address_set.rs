//! A set of accounts of which M must agree, in a program's storage.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, keccak256};

use crate::{
    calldata::Arguments,
    host, storage,
    words::{ToWord, encode},
};

/// Addresses laid out as the elements of Solidity's `address[]`, strictly ascending, so that none is zero and none is twice.
/// Their number is the caller's to keep: it shares a word with his other settings.
pub struct AddressSet {
    first: B256,
}

impl AddressSet {
    /// The set at variable number `n`.
    pub fn at(n: u8) -> Self {
        Self {
            first: keccak256(storage::variable(n)),
        }
    }

    /// The address at `index`, which must be below the number of them.
    pub fn get(&self, index: u64) -> Address {
        storage::address(&host::load(&storage::member(&self.first, index)))
    }

    /// The first `count` addresses.
    pub fn iter(&self, count: u64) -> impl Iterator<Item = Address> {
        (0..count).map(|index| self.get(index))
    }

    /// The first `count` addresses as an encoded `address[]`.
    pub fn encode(&self, count: u64) -> Vec<u8> {
        let mut words = Vec::new();
        words.extend([32.to_word(), count.to_word()]);
        words.extend(self.iter(count).map(|address| address.to_word()));
        encode(&words)
    }

    /// Replaces the set by `addresses`, of which `threshold` must agree, and returns their number. Each one is shown to
    /// `visit` as it is stored.
    ///
    /// Fails with `invalid` unless they are strictly ascending from zero, between 1 and `most`, and `threshold` is between
    /// 1 and their number. A word that is no address is `MalformedCalldata`.
    pub fn replace(
        &self,
        addresses: &[[u8; 32]],
        threshold: u64,
        most: u64,
        invalid: fn() -> Vec<u8>,
        mut visit: impl FnMut(&Address),
    ) -> Result<u64, Vec<u8>> {
        let count = addresses.len() as u64;
        if count > most || threshold == 0 || threshold > count {
            return Err(invalid());
        }
        let mut before = Address::ZERO;
        for (index, word) in (0..).zip(addresses) {
            let address = Arguments::new(word).address(0)?;
            if address <= before {
                return Err(invalid());
            }
            host::store(&storage::member(&self.first, index), &address.into_word());
            visit(&address);
            before = address;
        }
        Ok(count)
    }
}
