use alloy_primitives::{B256, U256, keccak256};

use super::error::BuildError;

/// A changed slot: its value before and after, zero being absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// The slot.
    pub slot: U256,
    /// Value before.
    pub pre: U256,
    /// Value after.
    pub post: U256,
}

/// A listed slot with its hash.
#[derive(Clone, Copy)]
pub struct Listed {
    pub hashed_slot: B256,
    pub change: SlotChange,
}

/// Changes a multi-proof holds at most.
const MOST: usize = u16::MAX as usize;

/// Hashes and sorts the slots.
pub fn list(changes: impl Iterator<Item = SlotChange>) -> Result<Vec<Listed>, BuildError> {
    let mut listed: Vec<_> = changes
        .map(|change| Listed {
            hashed_slot: keccak256(change.slot.to_be_bytes::<32>()),
            change,
        })
        .collect();
    listed.sort_unstable_by_key(|listed| listed.hashed_slot);
    if let Some((first, _)) = listed
        .iter()
        .zip(listed.iter().skip(1))
        .find(|(a, b)| a.hashed_slot == b.hashed_slot)
    {
        return Err(BuildError::DuplicateSlot {
            slot: first.change.slot,
        });
    }
    if listed.len() > MOST {
        return Err(BuildError::TooManyChanges {
            got: listed.len(),
            most: MOST,
        });
    }
    Ok(listed)
}

/// Appends version, count and changes.
pub fn append(listed: &[Listed], out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&(listed.len() as u16).to_be_bytes());
    for Listed { change, .. } in listed {
        let slot = change.slot.to_be_bytes_trimmed_vec();
        let value = change.post.to_be_bytes_trimmed_vec();
        if slot.len() == 32 {
            out.push(0x80 | value.len() as u8);
        } else {
            out.extend_from_slice(&[value.len() as u8, slot.len() as u8]);
        }
        out.extend_from_slice(&slot);
        out.extend_from_slice(&value);
    }
}

/// Appends the value of a revealed leaf, which is not zero.
pub fn append_revealed(value: &B256, out: &mut Vec<u8>) {
    let value = U256::from_be_bytes(value.0).to_be_bytes_trimmed_vec();
    out.push(value.len() as u8);
    out.extend_from_slice(&value);
}
