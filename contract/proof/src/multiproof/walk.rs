use alloc::vec::Vec;

use alloy_primitives::B256;

use super::{
    change::{Change, Changes},
    check::{Check, Fault},
    cursor::Cursor,
    frame::{Frame, Lane, POST, PRE, References},
    payload::Payload,
    reveal::reveal,
    subtree::{Reference, Subtree, nibble},
    word::Word,
};

/// Mark of the place of one leaf.
const LEAF_PLACE: u8 = 0xff;
/// Inline references are possible from this depth of a branch on only.
pub const INLINE_DEPTH: u8 = 8;

/// Whoever takes the changes as the walk meets them.
pub trait Listener {
    /// One change, in the proof's order. Returns the slot's old value, which is not used with one lane; `None` stops the
    /// walk.
    fn change(&mut self, slot: &B256, post: &B256) -> Option<B256>;
}

/// Both lanes' roots; the pre root is zero when there is one lane.
pub struct Folded {
    pub pre_storage_root: B256,
    pub post_storage_root: B256,
    pub changes: u16,
}

/// Nibbles that two neighbouring changes share; `None` when there is no next change.
type Shared = Option<u8>;

/// A change that no place has consumed yet.
struct Upcoming {
    key: B256,
    pre: Word,
    post: Word,
}

/// One walk over a proof's bytes, which folds the post lane and, with `two_lanes`, the pre lane.
struct Walk<'a, 'l> {
    places: Cursor<'a>,
    changes: Changes<'a>,
    listener: &'l mut dyn Listener,
    /// The lanes that are folded: both, or post.
    first_lane: usize,
    /// Hashed slot of the change consumed last.
    key: B256,
    upcoming: Upcoming,
    /// Nibbles that `key` and the upcoming change share.
    shared: Shared,
    frames: Vec<Frame>,
    references: [References; 2],
    /// The subtree folded last.
    folded: [Subtree; 2],
    payloads: [Payload; 2],
    scratch: Vec<u8>,
}

/// Number of changes, which stands before the first.
pub fn begin<'a>(multi_proof: &'a [u8]) -> Result<(u16, Cursor<'a>), Fault> {
    let mut cursor = Cursor::new(multi_proof);
    if cursor.byte()? != 1 {
        return Err(Cursor::fault_at(0, Check::Version));
    }
    let count = cursor.u16()?;
    if count == 0 && !cursor.is_empty() {
        return Err(cursor.fault(Check::TrailingBytes));
    }
    Ok((count, cursor))
}

/// Folds a multi-proof of at least one change.
pub fn fold(
    multi_proof: &[u8],
    two_lanes: bool,
    listener: &mut dyn Listener,
) -> Result<Folded, Fault> {
    let (count, mut places) = begin(multi_proof)?;
    let mut changes = Changes::split(&mut places, count)?;
    let Some(first) = changes.next()? else {
        return Err(places.fault(Check::NoChanges));
    };
    let pre = old_value(listener, &first)?;
    let mut walk = Walk {
        places,
        changes,
        listener,
        first_lane: if two_lanes { PRE } else { POST },
        key: B256::ZERO,
        upcoming: Upcoming {
            key: first.hashed_slot,
            pre,
            post: first.post,
        },
        shared: None,
        frames: Vec::with_capacity(8),
        references: [
            References::with_capacity(if two_lanes { 32 } else { 0 }),
            References::with_capacity(32),
        ],
        folded: [Subtree::Empty; 2],
        payloads: [Payload::new(), Payload::new()],
        scratch: Vec::with_capacity(72),
    };
    walk.run()?;
    if !walk.places.is_empty() {
        return Err(walk.places.fault(Check::TrailingBytes));
    }
    let Walk {
        folded: [pre, post],
        mut scratch,
        ..
    } = walk;
    Ok(Folded {
        pre_storage_root: if two_lanes {
            pre.root(&mut scratch)
        } else {
            B256::ZERO
        },
        post_storage_root: post.root(&mut scratch),
        changes: count,
    })
}

impl Walk<'_, '_> {
    /// Folds place after place, until the root's is folded.
    fn run(&mut self) -> Result<(), Fault> {
        let mut depth = 0u8;
        loop {
            let at = self.places;
            let mark = self.places.byte()?;
            if mark != LEAF_PLACE {
                depth = self.open(&at, depth, mark)?;
                continue;
            }
            self.leaf()?;
            loop {
                match self.attach()? {
                    Attached::Root => return Ok(()),
                    Attached::Next(below) => {
                        depth = below;
                        break;
                    }
                    Attached::Complete => self.close()?,
                }
            }
        }
    }

    /// Opens a branch, after `skip` nibbles from `depth`. Returns the depth of its children.
    fn open(&mut self, at: &Cursor<'_>, depth: u8, skip: u8) -> Result<u8, Fault> {
        if skip > 63 {
            return Err(at.fault(Check::Skip));
        }
        // Both are at most 64.
        let depth = depth.wrapping_add(skip);
        if depth > 63 {
            return Err(at.fault(Check::Depth));
        }
        let untouched = self.places.u16()?;
        let [pre, post] = &self.references;
        let lanes = [Lane::new(pre.len()), Lane::new(post.len())];
        let frame = Frame {
            depth,
            untouched,
            changed: 0,
            lanes,
        };
        self.reserve(&frame, at)?;
        self.frames.push(frame);
        Ok(depth.wrapping_add(1))
    }

    /// The upcoming change's nibble in a branch must not be marked as untouched.
    fn reserve(&self, frame: &Frame, at: &Cursor<'_>) -> Result<(), Fault> {
        if frame.untouched & bit(nibble(&self.upcoming.key, frame.depth)) != 0 {
            return Err(at.fault(Check::ChangedUntouched));
        }
        Ok(())
    }

    /// Consumes the upcoming change and reads the one after it.
    fn leaf(&mut self) -> Result<(), Fault> {
        let Upcoming { key, pre, post } = &self.upcoming;
        let [pre_lane, post_lane] = &mut self.folded;
        if self.first_lane == PRE {
            *pre_lane = Subtree::leaf(*key, *pre);
        }
        *post_lane = Subtree::leaf(*key, *post);
        self.key = *key;
        let Some(change) = self.changes.next()? else {
            self.shared = None;
            return Ok(());
        };
        let shared = shared_nibbles(&self.key, &change.hashed_slot)
            .ok_or_else(|| Cursor::fault_at(change.offset, Check::NotAscending))?;
        self.shared = Some(shared);
        let pre = old_value(self.listener, &change)?;
        self.upcoming = Upcoming {
            key: change.hashed_slot,
            pre,
            post: change.post,
        };
        Ok(())
    }

    /// Hands the folded subtree to the branch above it, and tells where the walk goes on.
    fn attach(&mut self) -> Result<Attached, Fault> {
        let Some(frame) = self.frames.last_mut() else {
            return match self.shared {
                None => Ok(Attached::Root),
                Some(_) => Err(self.places.fault(Check::ChangesLeft)),
            };
        };
        frame.changed |= bit(nibble(&self.key, frame.depth));
        let below = frame.depth.wrapping_add(1);
        let lanes = frame
            .lanes
            .iter_mut()
            .zip(&mut self.references)
            .zip(&self.folded);
        for ((lane, references), subtree) in lanes.skip(self.first_lane) {
            if subtree.is_empty() {
                references.push(Reference::ABSENT);
                continue;
            }
            if frame.untouched != 0 || lane.present != 0 {
                if frame.untouched == 0 && lane.present == 1 {
                    let reference = lane.held.reference(below, &mut self.scratch);
                    if let Some(place) = references.get_mut(lane.held_at) {
                        *place = reference;
                    }
                }
                references.push(subtree.reference(below, &mut self.scratch));
            } else {
                lane.held = *subtree;
                lane.held_at = references.len();
                references.push(Reference::ABSENT);
            }
            // A branch has at most 16 children.
            lane.present = lane.present.wrapping_add(1);
        }
        match self.shared {
            Some(shared) if shared > frame.depth => Err(self.places.fault(Check::ChangesLeft)),
            Some(shared) if shared == frame.depth => {
                if frame.untouched & bit(nibble(&self.upcoming.key, frame.depth)) != 0 {
                    return Err(self.places.fault(Check::ChangedUntouched));
                }
                Ok(Attached::Next(below))
            }
            _ => Ok(Attached::Complete),
        }
    }

    /// Folds the innermost branch, whose changed children are all attached.
    fn close(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let Frame {
            depth,
            untouched,
            changed,
            lanes: [pre, post],
        } = &frame;
        let (depth, untouched, changed) = (*depth, *untouched, *changed);
        if (changed | untouched).count_ones() < 2 {
            return Err(self.places.fault(Check::TooFewChildren));
        }
        let collapses = untouched.is_power_of_two()
            && (post.present == 0 || (self.first_lane == PRE && pre.present == 0));
        let mut revealed = Subtree::Empty;
        let mut neighbour = Reference::ABSENT;
        let mut inline = 0;
        if collapses {
            revealed = reveal(
                &mut self.places,
                &self.key,
                depth,
                untouched.trailing_zeros() as u8,
            )?;
            neighbour = revealed.reference(depth.wrapping_add(1), &mut self.scratch);
        } else if depth >= INLINE_DEPTH && untouched != 0 {
            let at = self.places;
            inline = self.places.u16()?;
            if inline & !untouched != 0 {
                return Err(at.fault(Check::InlineNotUntouched));
            }
        }
        let [pre_references, post_references] = &self.references;
        let mut pre_children = pre_references.get(pre.base..).unwrap_or_default().iter();
        let mut post_children = post_references.get(post.base..).unwrap_or_default().iter();
        let [pre_payload, post_payload] = &mut self.payloads;
        pre_payload.clear();
        post_payload.clear();
        let (pre_bytes, post_bytes) = (pre_payload.bytes(), post_payload.bytes());
        let two_lanes = self.first_lane == PRE;
        for index in 0..16u8 {
            let child = bit(index);
            if changed & child != 0 {
                if two_lanes {
                    pre_children
                        .next()
                        .unwrap_or(&Reference::ABSENT)
                        .append(pre_bytes);
                }
                post_children
                    .next()
                    .unwrap_or(&Reference::ABSENT)
                    .append(post_bytes);
                continue;
            }
            let embedded;
            let reference = if untouched & child == 0 {
                &Reference::ABSENT
            } else if collapses {
                &neighbour
            } else if inline & child != 0 {
                embedded = inline_reference(&mut self.places)?;
                &embedded
            } else {
                embedded = Reference::hash(*self.places.chunk()?);
                &embedded
            };
            if two_lanes {
                reference.append(pre_bytes);
            }
            reference.append(post_bytes);
        }
        let lanes = frame
            .lanes
            .iter()
            .zip(&mut self.references)
            .zip(&mut self.payloads)
            .zip(&mut self.folded);
        for (((lane, references), payload), folded) in lanes.skip(self.first_lane) {
            references.truncate(lane.base);
            *folded = match lane.present {
                0 if untouched == 0 => Subtree::Empty,
                0 if collapses => revealed,
                1 if untouched == 0 => lane.held,
                _ => Subtree::Branch {
                    key: self.key,
                    depth,
                    reference: payload.finish(),
                },
            };
        }
        Ok(())
    }
}

/// Where the walk goes on after a subtree.
enum Attached {
    /// The subtree is the whole trie.
    Root,
    /// With another child of the same branch, at this depth.
    Next(u8),
    /// With the branch itself.
    Complete,
}

/// An embedded node: exactly one list of less than 32 bytes.
fn inline_reference(places: &mut Cursor<'_>) -> Result<Reference, Fault> {
    let at = *places;
    let mut ahead = *places;
    let payload = match ahead.byte()? {
        prefix @ 0xc0..0xdf => prefix.wrapping_sub(0xc0),
        _ => return Err(at.fault(Check::InlineReference)),
    };
    Ok(Reference::to_node(
        places.take(usize::from(payload).wrapping_add(1))?,
    ))
}

fn old_value(listener: &mut dyn Listener, change: &Change) -> Result<Word, Fault> {
    match listener.change(&change.slot, &change.post.word) {
        Some(pre) => Ok(Word::from_word(pre)),
        None => Err(Cursor::fault_at(change.offset, Check::Stopped)),
    }
}

/// Nibbles shared by two keys, the first of which must be the lower one.
fn shared_nibbles(low: &B256, high: &B256) -> Option<u8> {
    let (index, (low, high)) = (0u8..)
        .zip(low.iter().zip(high.iter()))
        .find(|(_, (low, high))| low != high)?;
    if low > high {
        return None;
    }
    Some(
        index
            .wrapping_mul(2)
            .wrapping_add(u8::from((low ^ high) < 0x10)),
    )
}

/// The bit of one of 16 children.
const fn bit(nibble: u8) -> u16 {
    1u16.wrapping_shl(nibble as u32)
}
