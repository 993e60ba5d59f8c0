//! A program's own storage, laid out as Solidity does: variables by number, mappings by hash, words packed from the
//! low end.

use alloy_primitives::{Address, B256, keccak256};

use crate::host;

/// The slot of variable number `n`.
pub const fn variable(n: u8) -> B256 {
    B256::with_last_byte(n)
}

/// The slot of `key` in mapping number `n`.
#[inline(never)]
pub fn mapping(n: u8, key: B256) -> B256 {
    let preimage = [key.0, variable(n).0];
    keccak256(preimage.as_flattened())
}

/// The slot `n` after `base`, as a struct's or array's members lie.
#[inline(never)]
pub fn member(base: &B256, n: u64) -> B256 {
    let mut word = *base;
    let mut carry = n;
    for bytes in word.as_chunks_mut::<8>().0.iter_mut().rev() {
        let (sum, overflows) = u64::from_be_bytes(*bytes).overflowing_add(carry);
        *bytes = sum.to_be_bytes();
        if !overflows {
            break;
        }
        carry = 1;
    }
    word
}

/// An address in the low 20 bytes of a word.
pub fn address(word: &B256) -> Address {
    Address::from_word(*word)
}

/// An address in the low 20 bytes of a word, a block number in the high 8.
pub fn account_at(account: &Address, block: u64) -> B256 {
    let mut word = account.into_word();
    if let Some(head) = word.first_chunk_mut::<8>() {
        *head = block.to_be_bytes();
    }
    word
}

/// The block number in the high 8 bytes of a word.
pub fn block_of(word: &B256) -> u64 {
    unpack(word)[0]
}

/// Four integers of 64 bits in one word, the first in the highest place.
pub fn pack(integers: [u64; 4]) -> B256 {
    let mut word = [0; 32];
    let (chunks, _) = word.as_chunks_mut::<8>();
    for (bytes, integer) in chunks.iter_mut().zip(integers) {
        *bytes = integer.to_be_bytes();
    }
    B256::new(word)
}

/// The four integers of a packed word.
pub fn unpack(word: &B256) -> [u64; 4] {
    let mut integers = [0; 4];
    let (chunks, _) = word.as_chunks::<8>();
    for (integer, bytes) in integers.iter_mut().zip(chunks) {
        *integer = u64::from_be_bytes(*bytes);
    }
    integers
}

/// Reads variable number `n`.
pub fn load_variable(n: u8) -> B256 {
    host::load(&variable(n))
}

/// Writes variable number `n`.
pub fn store_variable(n: u8, word: &B256) {
    host::store(&variable(n), word);
}
