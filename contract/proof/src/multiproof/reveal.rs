use alloy_primitives::B256;

use super::{
    check::{Check, Fault},
    cursor::Cursor,
    leaf::Leaf,
    subtree::Subtree,
};

/// Mark of a revealed leaf.
const LEAF: u8 = 0xff;
/// Mark of a revealed branch.
const BRANCH: u8 = 0x40;

/// Reads the only untouched child of a branch at `depth`, onto which some lane collapses. `key` is any key below the
/// branch, `nibble` the child's.
pub fn reveal<L: Leaf>(
    form: L::Form,
    places: &mut Cursor<'_>,
    key: &B256,
    depth: u8,
    nibble: u8,
) -> Result<Subtree<L>, Fault> {
    let at = *places;
    let mark = places.byte()?;
    let mut key = *key;
    set(&mut key, depth, nibble);
    // The branch is at most 63 deep, its child at most 64.
    let below = depth.wrapping_add(1);
    let left = 63u8.wrapping_sub(depth);
    match mark {
        LEAF => {
            path(places, &mut key, below, left)?;
            Ok(Subtree::leaf(key, L::revealed(form, places)?))
        }
        BRANCH if left > 0 => Ok(Subtree::branch(key, below, *places.chunk()?)),
        nibbles if nibbles > 0 && nibbles < left => {
            path(places, &mut key, below, nibbles)?;
            Ok(Subtree::branch(
                key,
                below.wrapping_add(nibbles),
                *places.chunk()?,
            ))
        }
        _ => Err(at.fault(Check::RevealMark)),
    }
}

/// Reads a packed path of so many nibbles into the key, from nibble `from` on.
fn path(places: &mut Cursor<'_>, key: &mut B256, from: u8, nibbles: u8) -> Result<(), Fault> {
    let at = *places;
    let packed = places.take(usize::from(nibbles.wrapping_add(1) >> 1))?;
    let end = from.wrapping_add(nibbles);
    let mut index = from;
    for byte in packed {
        set(key, index, byte >> 4);
        index = index.wrapping_add(1);
        if index < end {
            set(key, index, byte & 0x0f);
            index = index.wrapping_add(1);
        } else if byte & 0x0f != 0 {
            return Err(at.fault(Check::RevealPadding));
        }
    }
    Ok(())
}

/// Sets the nibble `index` of a key.
pub fn set(key: &mut B256, index: u8, nibble: u8) {
    if let Some(byte) = key.0.get_mut(usize::from(index >> 1)) {
        *byte = if index & 1 == 0 {
            *byte & 0x0f | nibble << 4
        } else {
            *byte & 0xf0 | nibble
        };
    }
}
