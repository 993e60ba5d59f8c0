use super::check::{Check, Fault};

/// Reads the proof's bytes in order.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Cursor<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            length: bytes.len(),
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next byte is.
    pub const fn offset(&self) -> usize {
        self.length.wrapping_sub(self.rest.len())
    }

    /// A failed check of the item that begins at `offset`.
    #[cold]
    pub fn fault_at(offset: usize, reason: Check) -> Fault {
        Fault {
            reason,
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
        }
    }

    /// A failed check of the next item.
    #[cold]
    pub fn fault(&self, reason: Check) -> Fault {
        Self::fault_at(self.offset(), reason)
    }

    pub fn byte(&mut self) -> Result<u8, Fault> {
        let Some((&byte, rest)) = self.rest.split_first() else {
            return Err(self.fault(Check::Truncated));
        };
        self.rest = rest;
        Ok(byte)
    }

    pub fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Fault> {
        let Some((chunk, rest)) = self.rest.split_first_chunk() else {
            return Err(self.fault(Check::Truncated));
        };
        self.rest = rest;
        Ok(chunk)
    }

    pub fn u16(&mut self) -> Result<u16, Fault> {
        self.chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(self.fault(Check::Truncated));
        };
        self.rest = rest;
        Ok(bytes)
    }
}
