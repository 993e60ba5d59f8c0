use super::{
    check::{Check, Fault},
    cursor::Cursor,
    leaf::Leaf,
    payload::Payload,
    subtree::{Reference, bit},
};

/// The references of a branch's untouched children.
pub enum Untouched<'a> {
    /// All are hashes.
    Hashes(&'a [[u8; 32]]),
    /// Those in the mask are embedded nodes.
    Mixed(Cursor<'a>, u16),
    /// There is one, and it is revealed.
    Revealed(Reference),
}

impl<'a> Untouched<'a> {
    /// Reads the references of a branch at `depth` that does not collapse.
    pub fn read<L: Leaf>(
        form: L::Form,
        places: &mut Cursor<'a>,
        depth: u8,
        untouched: u16,
    ) -> Result<Self, Fault> {
        let at = *places;
        let inline = if depth >= L::inline_depth(form) && untouched != 0 {
            places.u16()?
        } else {
            0
        };
        if inline == 0 {
            let length = (untouched.count_ones() as usize).wrapping_mul(32);
            return Ok(Self::Hashes(places.take(length)?.as_chunks().0));
        }
        if inline & !untouched != 0 {
            return Err(at.fault(Check::InlineNotUntouched));
        }
        let mixed = Self::Mixed(*places, inline);
        for index in 0..16 {
            if inline & bit(index) != 0 {
                embedded(places)?;
            } else if untouched & bit(index) != 0 {
                places.take(32)?;
            }
        }
        Ok(mixed)
    }

    /// Writes a branch's sixteen children, and notes where the changed ones are.
    pub fn fill(
        &self,
        payload: &mut Payload,
        [untouched, changed]: [u16; 2],
        children: &[Reference],
        hashes: &mut [usize; 16],
    ) -> Result<(), Fault> {
        payload.clear();
        let mut children = children.iter().zip(hashes);
        match self {
            Self::Hashes(siblings) => {
                let mut siblings = siblings.iter();
                for index in 0..16 {
                    if untouched & bit(index) != 0 {
                        if let Some(hash) = siblings.next() {
                            payload.push_hash(hash);
                        }
                    } else if changed & bit(index) == 0 {
                        payload.push_absent();
                    } else if let Some((child, at)) = children.next() {
                        *at = payload.push(child);
                    }
                }
            }
            Self::Mixed(places, inline) => {
                let mut places = *places;
                for index in 0..16 {
                    if inline & bit(index) != 0 {
                        payload.push(&embedded(&mut places)?);
                    } else if untouched & bit(index) != 0 {
                        payload.push_hash(places.chunk()?);
                    } else if changed & bit(index) == 0 {
                        payload.push_absent();
                    } else if let Some((child, at)) = children.next() {
                        *at = payload.push(child);
                    }
                }
            }
            Self::Revealed(neighbour) => {
                for index in 0..16 {
                    if untouched & bit(index) != 0 {
                        payload.push(neighbour);
                    } else if changed & bit(index) == 0 {
                        payload.push_absent();
                    } else if let Some((child, at)) = children.next() {
                        *at = payload.push(child);
                    }
                }
            }
        }
        Ok(())
    }
}

/// An embedded node: exactly one list of less than 32 bytes.
fn embedded(places: &mut Cursor<'_>) -> Result<Reference, Fault> {
    let at = *places;
    let mut ahead = *places;
    let payload = match ahead.byte()? {
        prefix @ 0xc0..0xdf => prefix.wrapping_sub(0xc0),
        _ => return Err(at.fault(Check::InlineReference)),
    };
    let rlp = places.take(usize::from(payload).wrapping_add(1))?;
    Ok(Reference::to_node(rlp))
}
