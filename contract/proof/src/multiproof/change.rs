use alloy_primitives::{B256, keccak256};

use super::{
    buffer::Scratch,
    check::{Check, Fault},
    cursor::Cursor,
    leaf::Leaf,
    word::{Word, right_aligned},
};

/// The list of changes, read one by one.
pub struct Changes<'a> {
    cursor: Cursor<'a>,
    left: u16,
}

/// One listed change: a key, its hash, and what it holds in the post lane.
#[derive(Default)]
pub struct Change<L: Leaf> {
    pub listed: L::Key,
    pub hashed: B256,
    pub post: L,
    /// Where it is in the proof.
    pub offset: usize,
}

impl<'a> Changes<'a> {
    /// Splits `count` changes off the cursor, which then is at the first place.
    pub fn split<L: Leaf>(
        form: L::Form,
        cursor: &mut Cursor<'a>,
        count: u16,
    ) -> Result<Self, Fault> {
        let changes = Self {
            cursor: *cursor,
            left: count,
        };
        for _ in 0..count {
            L::pass(form, cursor)?;
        }
        Ok(changes)
    }

    /// Reads the next change into `change`. `false` when there is none.
    pub fn next<L: Leaf>(&mut self, form: L::Form, change: &mut Change<L>) -> Result<bool, Fault> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(false);
        };
        self.left = left;
        change.offset = self.cursor.offset();
        L::read(form, &mut self.cursor, &mut change.listed, &mut change.post)?;
        change.hashed = keccak256(change.listed);
        Ok(true)
    }
}

impl Leaf for Word {
    type Key = B256;

    type Form = ();

    const ONE_LANE: bool = false;

    fn inline_depth((): ()) -> u8 {
        // Eight shared nibbles and a value of one byte.
        8
    }

    fn pass((): (), cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let (slot_length, value_length) = lengths(cursor)?;
        cursor.take(slot_length.wrapping_add(value_length))?;
        Ok(())
    }

    fn read(
        (): (),
        cursor: &mut Cursor<'_>,
        slot: &mut B256,
        word: &mut Self,
    ) -> Result<(), Fault> {
        let at = *cursor;
        let (slot_length, value_length) = lengths(cursor)?;
        let (bytes, value) = (cursor.take(slot_length)?, cursor.take(value_length)?);
        if bytes.first() == Some(&0) {
            return Err(at.fault(Check::SlotLeadingZero));
        }
        if value.first() == Some(&0) {
            return Err(at.fault(Check::ValueLeadingZero));
        }
        *slot = right_aligned(bytes);
        *word = Self::from_minimal(value);
        Ok(())
    }

    fn revealed((): (), cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let at = *cursor;
        let length = cursor.byte()?;
        if length == 0 || length > 32 {
            return Err(at.fault(Check::RevealValueLength));
        }
        let value = cursor.take(usize::from(length))?;
        if value.first() == Some(&0) {
            return Err(at.fault(Check::RevealValueLeadingZero));
        }
        Ok(Self::from_minimal(value))
    }

    fn is_absent(&self) -> bool {
        self.is_zero()
    }

    fn item_length(&self) -> usize {
        match self.bytes() {
            [0..0x80] => 1,
            value => value.len().wrapping_add(2),
        }
    }

    fn append(&self, out: &mut Scratch) {
        let value = self.bytes();
        // The value is a string in a string. A single byte under 0x80 is its own RLP, twice.
        if !matches!(value, [0..0x80]) {
            let inner = (value.len() as u8).wrapping_add(0x80);
            // A single byte from 0x80 up has a prefix of its own like any longer value.
            out.extend(&[inner.wrapping_add(1), inner]);
        }
        out.extend(value);
    }
}

/// Lengths of a change's slot (0..=32) and value (0..=32), from its head.
fn lengths(cursor: &mut Cursor<'_>) -> Result<(usize, usize), Fault> {
    let at = *cursor;
    let head = cursor.byte()?;
    let value_length = head & 0x7f;
    if value_length > 32 {
        return Err(at.fault(Check::ChangeHead));
    }
    let slot_length = if head & 0x80 != 0 {
        32
    } else {
        match cursor.byte()? {
            length @ 0..32 => length,
            _ => return Err(at.fault(Check::SlotLength)),
        }
    };
    Ok((usize::from(slot_length), usize::from(value_length)))
}
