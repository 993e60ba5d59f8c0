use alloy_primitives::{B256, keccak256};

use super::{
    check::{Check, Fault},
    cursor::Cursor,
    word::{Word, right_aligned},
};

/// The list of changes, read one by one.
pub struct Changes<'a> {
    cursor: Cursor<'a>,
    left: u16,
}

/// One listed change: a slot, its hash, and the value it has in the post lane.
#[derive(Default)]
pub struct Change {
    pub slot: B256,
    pub hashed_slot: B256,
    pub post: Word,
    /// Where it is in the proof.
    pub offset: usize,
}

impl<'a> Changes<'a> {
    /// Splits `count` changes off the cursor, which then is at the first place.
    pub fn split(cursor: &mut Cursor<'a>, count: u16) -> Result<Self, Fault> {
        let changes = Self {
            cursor: *cursor,
            left: count,
        };
        for _ in 0..count {
            let (slot_length, value_length) = lengths(cursor)?;
            cursor.take(slot_length.wrapping_add(value_length))?;
        }
        Ok(changes)
    }

    /// Reads the next change into `change`. `false` when there is none.
    pub fn next(&mut self, change: &mut Change) -> Result<bool, Fault> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(false);
        };
        self.left = left;
        change.offset = self.cursor.offset();
        let (slot_length, value_length) = lengths(&mut self.cursor)?;
        let (slot, value) = (
            self.cursor.take(slot_length)?,
            self.cursor.take(value_length)?,
        );
        if slot.first() == Some(&0) {
            return Err(Cursor::fault_at(change.offset, Check::SlotLeadingZero));
        }
        if value.first() == Some(&0) {
            return Err(Cursor::fault_at(change.offset, Check::ValueLeadingZero));
        }
        change.slot = right_aligned(slot);
        change.post = Word::from_minimal(value);
        change.hashed_slot = keccak256(change.slot);
        Ok(true)
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
