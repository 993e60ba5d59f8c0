//! Calldata without copies. alloy's decoder would do, but it brings its error texts and one decoder for each signature:
//! 60 KB of code in the registry, and bytes that every call pays for.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};

use crate::revert::malformed;

const WORD: usize = 32;

/// The encoded arguments of a call (Solidity ABI), or of a tuple within them. Every access is checked: what lies outside
/// the calldata, or outside its type's range, is `MalformedCalldata`.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a> {
    data: &'a [u8],
}

/// Splits calldata into selector and arguments.
pub fn split(calldata: &[u8]) -> Result<([u8; 4], Arguments<'_>), Vec<u8>> {
    let (selector, data) = calldata.split_first_chunk::<4>().ok_or_else(malformed)?;
    Ok((*selector, Arguments { data }))
}

impl<'a> Arguments<'a> {
    /// Arguments that are not behind a selector.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data }
    }

    /// The word at head position `index`.
    pub fn word(&self, index: usize) -> Result<B256, Vec<u8>> {
        let at = index.saturating_mul(WORD);
        let word = self
            .data
            .get(at..)
            .and_then(|tail| tail.first_chunk::<WORD>());
        word.map(|word| B256::new(*word)).ok_or_else(malformed)
    }

    /// An `address`.
    pub fn address(&self, index: usize) -> Result<Address, Vec<u8>> {
        let word = self.word(index)?;
        match word.split_last_chunk::<20>() {
            Some((head, address)) if is_zero(head) => Ok(Address::new(*address)),
            _ => Err(malformed()),
        }
    }

    /// A `uint64`, or a smaller unsigned integer.
    pub fn uint64(&self, index: usize) -> Result<u64, Vec<u8>> {
        uint64(&self.word(index)?)
    }

    /// A `bool`.
    pub fn boolean(&self, index: usize) -> Result<bool, Vec<u8>> {
        match self.uint64(index)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(malformed()),
        }
    }

    /// What a dynamic argument's length counts, and the data behind the length.
    fn dynamic(&self, index: usize) -> Result<(usize, &'a [u8]), Vec<u8>> {
        let tail = Arguments {
            data: self.tail(index)?,
        };
        let length = tail.size(0)?;
        Ok((length, tail.data.get(WORD..).ok_or_else(malformed)?))
    }

    /// The data that the offset at head position `index` points to.
    fn tail(&self, index: usize) -> Result<&'a [u8], Vec<u8>> {
        let offset = self.size(index)?;
        self.data.get(offset..).ok_or_else(malformed)
    }

    fn size(&self, index: usize) -> Result<usize, Vec<u8>> {
        usize::try_from(self.uint64(index)?).or(Err(malformed()))
    }

    /// A `bytes`.
    pub fn bytes(&self, index: usize) -> Result<&'a [u8], Vec<u8>> {
        let (length, data) = self.dynamic(index)?;
        data.get(..length).ok_or_else(malformed)
    }

    /// An array of words, such as `uint256[]` and `address[]`.
    pub fn words(&self, index: usize) -> Result<&'a [[u8; WORD]], Vec<u8>> {
        let (length, data) = self.dynamic(index)?;
        data.as_chunks::<WORD>()
            .0
            .get(..length)
            .ok_or_else(malformed)
    }

    /// A `bytes[]`.
    pub fn byte_arrays(&self, index: usize) -> Result<Vec<&'a [u8]>, Vec<u8>> {
        let (length, data) = self.counted(index)?;
        let elements = Arguments { data };
        (0..length).map(|element| elements.bytes(element)).collect()
    }

    /// A dynamic tuple, read like arguments.
    pub fn tuple(&self, index: usize) -> Result<Self, Vec<u8>> {
        Ok(Arguments {
            data: self.tail(index)?,
        })
    }

    /// An array of dynamic tuples; each is read like arguments.
    pub fn tuples(&self, index: usize) -> Result<Vec<Arguments<'a>>, Vec<u8>> {
        let (length, data) = self.counted(index)?;
        let elements = Arguments { data };
        (0..length)
            .map(|element| {
                Ok(Arguments {
                    data: elements.tail(element)?,
                })
            })
            .collect()
    }

    /// A dynamic argument of as many elements as there are words for at least, so that a length alone reserves nothing.
    fn counted(&self, index: usize) -> Result<(usize, &'a [u8]), Vec<u8>> {
        let (length, data) = self.dynamic(index)?;
        if length > data.len() / WORD {
            return Err(malformed());
        }
        Ok((length, data))
    }
}

/// Whether all bytes are zero.
fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// A word as an unsigned integer of 64 bits.
pub fn uint64(word: &B256) -> Result<u64, Vec<u8>> {
    match word.split_last_chunk::<8>() {
        Some((head, tail)) if is_zero(head) => Ok(u64::from_be_bytes(*tail)),
        _ => Err(malformed()),
    }
}
