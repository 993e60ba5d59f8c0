//! Encoding of what consists of words alone: returns, errors and most event data. The types are alloy's `sol!` types,
//! so names, order and selectors come from the one ABI.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::abi::token::WordToken;

/// What one ABI word holds.
pub trait ToWord {
    /// The word.
    fn to_word(&self) -> B256;
}

impl ToWord for Address {
    fn to_word(&self) -> B256 {
        self.into_word()
    }
}

impl ToWord for U256 {
    fn to_word(&self) -> B256 {
        B256::new(self.to_be_bytes())
    }
}

impl ToWord for u64 {
    fn to_word(&self) -> B256 {
        let mut word = B256::ZERO;
        if let Some(tail) = word.last_chunk_mut::<8>() {
            *tail = self.to_be_bytes();
        }
        word
    }
}

/// Room for so many words.
pub fn with_capacity(words: usize) -> Vec<u8> {
    Vec::with_capacity(words.saturating_mul(32))
}

/// Words, one behind the other.
pub fn encode(words: &[B256]) -> Vec<u8> {
    let mut bytes = with_capacity(words.len());
    for word in words {
        bytes.extend_from_slice(word.as_slice());
    }
    bytes
}

/// A call of a function that takes one word.
pub fn question(selector: [u8; 4], argument: &B256) -> [u8; 36] {
    let mut bytes = [0; 36];
    if let Some((head, tail)) = bytes.split_first_chunk_mut::<4>() {
        *head = selector;
        tail.copy_from_slice(argument.as_slice());
    }
    bytes
}

/// A tuple of static tokens: the encoded members of an error or the data of an event.
pub trait StaticTokens {
    /// Hands all tokens, in order, to one function that is not generic.
    fn collect_into(&self, sink: &mut impl FnMut(&[&WordToken]));
}

macro_rules! static_tokens {
    ($($member:ident)*) => {
        impl StaticTokens for ($(static_tokens!(@token $member),)*) {
            #[inline(always)]
            fn collect_into(&self, sink: &mut impl FnMut(&[&WordToken])) {
                let ($($member,)*) = self;
                sink(&[$($member),*]);
            }
        }
    };
    (@token $member:ident) => { WordToken };
}

static_tokens!();
static_tokens!(a);
static_tokens!(a b);
static_tokens!(a b c);
static_tokens!(a b c d);

/// Appends tokens.
#[inline(never)]
pub fn append(bytes: &mut Vec<u8>, tokens: &[&WordToken]) {
    for token in tokens {
        bytes.extend_from_slice(token.0.as_slice());
    }
}
