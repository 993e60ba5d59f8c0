use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::{arithmetic::halves, bytes, host::Limit, limits::MAX_MEMORY, stop::Stop};

/// The memory of all frames, one behind the other.
#[derive(Debug, Default)]
pub struct Memory {
    bytes: Vec<u8>,
    /// Where the present frame's begins.
    base: usize,
}

/// A range of the present frame's memory that is there.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    start: usize,
    end: usize,
}

impl Memory {
    /// Begins the memory of a new frame; returns where that of the present one begins.
    pub fn enter(&mut self) -> usize {
        core::mem::replace(&mut self.base, self.bytes.len())
    }

    /// Drops the present frame's memory and goes back to that of another.
    pub fn leave(&mut self, base: usize) {
        self.bytes.truncate(self.base);
        self.base = base;
    }

    /// Size of the present frame's memory, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len().saturating_sub(self.base)
    }

    /// Makes a range of the present frame's memory be there (Yellow Paper, appendix H.1). No size, no expansion.
    pub fn expand(&mut self, offset: &U256, size: &U256) -> Result<Range, Stop> {
        let size = small(size).ok_or_else(|| beyond(&(*size | *offset)))?;
        if size == 0 {
            return Ok(Range {
                start: self.base,
                end: self.base,
            });
        }
        self.expand_by(offset, size)
    }

    /// The same for a size that is known and not zero.
    #[inline(always)]
    pub fn expand_by(&mut self, offset: &U256, size: usize) -> Result<Range, Stop> {
        let offset = small(offset).ok_or_else(|| beyond(offset))?;
        let start = self.base.wrapping_add(offset);
        let end = start.wrapping_add(size);
        if end > self.bytes.len() {
            self.grow(end)?;
        }
        Ok(Range { start, end })
    }

    #[inline(never)]
    fn grow(&mut self, end: usize) -> Result<(), Stop> {
        let whole = end
            .saturating_sub(self.base)
            .checked_next_multiple_of(32)
            .and_then(|size| self.base.checked_add(size));
        match whole {
            Some(whole) if whole <= MAX_MEMORY => {
                self.bytes.resize(whole, 0);
                Ok(())
            }
            _ => Err(Stop::Limit(Limit::Memory)),
        }
    }

    /// What is in a range.
    pub fn get(&self, range: Range) -> &[u8] {
        self.bytes.get(range.start..range.end).unwrap_or_default()
    }

    /// A word.
    #[inline(always)]
    pub fn word(&self, range: Range) -> U256 {
        self.bytes
            .get(range.start..)
            .and_then(|tail| tail.first_chunk::<32>())
            .map_or(U256::ZERO, bytes::word)
    }

    /// Writes a word.
    #[inline(always)]
    pub fn set_word(&mut self, range: Range, word: &U256) {
        if let Some(chunk) = self
            .bytes
            .get_mut(range.start..)
            .and_then(|tail| tail.first_chunk_mut::<32>())
        {
            *chunk = bytes::bytes(word);
        }
    }

    /// Writes a range: the bytes of `source` from `offset` on, and zeros where there are none.
    pub fn copy(&mut self, range: Range, source: &[u8], offset: usize) {
        let Some(to) = self.bytes.get_mut(range.start..range.end) else {
            return;
        };
        let tail = source.get(offset..).unwrap_or_default();
        let length = tail.len().min(to.len());
        let (copied, zeros) = to.split_at_mut(length);
        copied.copy_from_slice(tail.get(..length).unwrap_or_default());
        zeros.fill(0);
    }

    /// Writes as much of `data` as there is, and no more than the range takes.
    pub fn copy_prefix(&mut self, range: Range, data: &[u8]) {
        let length = range.end.saturating_sub(range.start).min(data.len());
        let end = range.start.saturating_add(length);
        self.copy(
            Range {
                start: range.start,
                end,
            },
            data,
            0,
        );
    }

    /// `MCOPY` (EIP-5656): both ranges are there, and of one length.
    pub fn copy_within(&mut self, to: Range, from: Range) {
        // The three checks that `slice::copy_within` makes: said like this, its panics and their texts are found to be dead.
        let length = self.bytes.len();
        if from.start <= from.end
            && from.end <= length
            && to.start <= length.wrapping_sub(from.end.wrapping_sub(from.start))
        {
            self.bytes.copy_within(from.start..from.end, to.start);
        }
    }
}

/// Why memory does not reach so far. No gas that fits 64 bits pays for 2^42 bytes, 2^37 words: their square by 512 is 2^65.
#[inline(always)]
fn beyond(word: &U256) -> Stop {
    let (low, high) = halves(word);
    if high != 0 || low >> 42 != 0 {
        Stop::Halt
    } else {
        Stop::Limit(Limit::Memory)
    }
}

/// A word as an offset or length of memory; `None` when no memory is so large.
#[inline(always)]
pub fn small(word: &U256) -> Option<usize> {
    let (low, high) = halves(word);
    (high == 0 && low <= MAX_MEMORY as u64).then_some(low as usize)
}

/// A word as an offset into data that ends somewhere, which may be further than memory can be: calldata of a run's first frame has
/// no limit. What is larger lies behind the end.
pub fn saturated(word: &U256) -> usize {
    let (low, high) = halves(word);
    match usize::try_from(low) {
        Ok(offset) if high == 0 => offset,
        _ => usize::MAX,
    }
}
