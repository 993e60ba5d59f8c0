use alloc::vec::Vec;

use alloy_primitives::B256;

use super::{
    buffer::Scratch,
    change::{Change, Changes},
    check::{Check, Fault},
    cursor::Cursor,
    frame::{Frame, Lane, POST, PRE, Stack},
    leaf::Leaf,
    payload::Payload,
    reveal::reveal,
    subtree::{Reference, Subtree, bit, nibble},
    untouched::Untouched,
};

/// Mark of the place of one leaf.
const LEAF_PLACE: u8 = 0xff;

/// Both lanes' roots; the pre root is zero when there is one lane.
pub struct Folded {
    pub pre_root: B256,
    pub post_root: B256,
    pub changes: u16,
}

/// One walk over a proof's bytes, which folds the post lane and, with two lanes, the pre lane.
///
/// It is driven from outside, change by change: look at [`Walk::listed`] and [`Walk::post`], answer with
/// [`Walk::set_pre`] if there are two lanes, then [`Walk::advance`]; at the end, [`Walk::finish`].
pub struct Walk<'a, L: Leaf> {
    places: Cursor<'a>,
    changes: Changes<'a>,
    count: u16,
    form: L::Form,
    /// The lanes that are folded: both, or post.
    first_lane: usize,
    /// Depth of the next place.
    depth: u8,
    /// Hashed key of the change consumed last.
    key: B256,
    /// The change that no place has consumed yet, and its old value.
    upcoming: Change<L>,
    pre: L,
    /// Nibbles that `key` and the upcoming change share; none when there is no such change.
    shared: Option<u8>,
    frames: Vec<Frame>,
    stacks: [Stack<L>; 2],
    /// The subtree folded last.
    folded: [Subtree<L>; 2],
    payload: Payload,
    scratch: Scratch,
}

/// The version, which is 1, and the number of changes.
pub fn head(cursor: &mut Cursor<'_>) -> Result<u16, Fault> {
    let at = *cursor;
    if cursor.byte()? != 1 {
        return Err(at.fault(Check::Version));
    }
    cursor.u16()
}

/// Number of changes, which stands before the first.
pub fn begin(multi_proof: &[u8]) -> Result<(u16, Cursor<'_>), Fault> {
    let mut cursor = Cursor::new(multi_proof);
    let count = head(&mut cursor)?;
    if count == 0 && !cursor.is_empty() {
        return Err(cursor.fault(Check::TrailingBytes));
    }
    Ok((count, cursor))
}

impl<'a, L: Leaf> Walk<'a, L> {
    /// Begins a walk over `count` changes and the places behind them. It is at the first change then.
    pub fn new(
        form: L::Form,
        mut places: Cursor<'a>,
        count: u16,
        two_lanes: bool,
    ) -> Result<Self, Fault> {
        let mut changes = Changes::split::<L>(form, &mut places, count)?;
        let mut upcoming = Change::default();
        if !changes.next(form, &mut upcoming)? {
            return Err(places.fault(Check::NoChanges));
        }
        Ok(Self {
            places,
            changes,
            count,
            form,
            first_lane: if two_lanes { PRE } else { POST },
            depth: 0,
            key: B256::ZERO,
            upcoming,
            pre: L::default(),
            shared: None,
            frames: Vec::with_capacity(8),
            stacks: [
                Stack::with_capacity(if two_lanes { 32 } else { 0 }),
                Stack::with_capacity(32),
            ],
            folded: [Subtree::Empty; 2],
            payload: Payload::new(),
            scratch: Scratch::new(),
        })
    }

    /// The first of the lanes that are folded: both, or post.
    const fn first_lane(&self) -> usize {
        if L::ONE_LANE { POST } else { self.first_lane }
    }

    /// The key of the change that the walk is at.
    pub const fn listed(&self) -> &L::Key {
        &self.upcoming.listed
    }

    /// Its hash.
    pub const fn hashed(&self) -> &B256 {
        &self.upcoming.hashed
    }

    /// What it holds in the post lane.
    pub const fn post(&self) -> &L {
        &self.upcoming.post
    }

    /// Sets what it holds in the pre lane.
    pub const fn set_pre(&mut self, pre: L) {
        self.pre = pre;
    }

    /// Folds up to the next change. `false` when there is none and the root is folded.
    pub fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            let at = self.places;
            match self.places.byte()? {
                LEAF_PLACE => break,
                skip => self.open(&at, skip)?,
            }
        }
        self.leaf()?;
        loop {
            match self.attach()? {
                Attached::Root => return Ok(false),
                Attached::Next => return Ok(true),
                Attached::Complete => self.close()?,
            }
        }
    }

    /// Both roots, after the last change. No byte may be left.
    pub fn finish(self) -> Result<Folded, Fault> {
        let (folded, rest) = self.end();
        if !rest.is_empty() {
            return Err(rest.fault(Check::TrailingBytes));
        }
        Ok(folded)
    }

    /// Both roots, after the last change, and the bytes behind the proof.
    pub fn end(mut self) -> (Folded, Cursor<'a>) {
        let two_lanes = self.first_lane() == PRE;
        let [pre, post] = &self.folded;
        let folded = Folded {
            pre_root: if two_lanes {
                pre.root(&mut self.scratch)
            } else {
                B256::ZERO
            },
            post_root: post.root(&mut self.scratch),
            changes: self.count,
        };
        (folded, self.places)
    }

    /// Opens a branch, `skip` nibbles below the place.
    fn open(&mut self, at: &Cursor<'_>, skip: u8) -> Result<(), Fault> {
        if skip > 63 {
            return Err(at.fault(Check::Skip));
        }
        // Both are at most 64.
        let depth = self.depth.wrapping_add(skip);
        if depth > 63 {
            return Err(at.fault(Check::Depth));
        }
        let untouched = self.places.u16()?;
        if untouched & bit(nibble(&self.upcoming.hashed, depth)) != 0 {
            return Err(at.fault(Check::ChangedUntouched));
        }
        let lanes = self.stacks.each_ref().map(|stack| Lane {
            base: stack.references.len(),
            present: 0,
        });
        self.frames.push(Frame {
            depth,
            untouched,
            changed: 0,
            lanes,
        });
        self.depth = depth.wrapping_add(1);
        Ok(())
    }

    /// Consumes the upcoming change and reads the one after it.
    fn leaf(&mut self) -> Result<(), Fault> {
        let two_lanes = self.first_lane() == PRE;
        let Change { hashed, post, .. } = &self.upcoming;
        let [pre_lane, post_lane] = &mut self.folded;
        if two_lanes {
            *pre_lane = Subtree::leaf(*hashed, self.pre);
        }
        *post_lane = Subtree::leaf(*hashed, *post);
        self.key = *hashed;
        self.shared = if self.changes.next(self.form, &mut self.upcoming)? {
            let shared = shared_nibbles(&self.key, &self.upcoming.hashed);
            Some(
                shared
                    .ok_or_else(|| Cursor::fault_at(self.upcoming.offset, Check::NotAscending))?,
            )
        } else {
            None
        };
        Ok(())
    }

    /// Hands the folded subtree to the branch above it, and tells where the walk goes on.
    fn attach(&mut self) -> Result<Attached, Fault> {
        let first_lane = self.first_lane();
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
            .zip(&mut self.stacks)
            .zip(&self.folded);
        for ((lane, Stack { references, held }), subtree) in lanes.skip(first_lane) {
            if subtree.is_empty() {
                references.push(Reference::ABSENT);
                continue;
            }
            if frame.untouched == 0 {
                if lane.present == 0 {
                    held.push((*subtree, references.len()));
                    references.push(Reference::ABSENT);
                    lane.present = 1;
                    continue;
                }
                if lane.present == 1
                    && let Some((first, at)) = held.pop()
                    && let Some(place) = references.get_mut(at)
                {
                    *place = first.reference(below, &mut self.scratch);
                }
            }
            references.push(subtree.reference(below, &mut self.scratch));
            // A branch has at most 16 children.
            lane.present = lane.present.wrapping_add(1);
        }
        match self.shared {
            Some(shared) if shared > frame.depth => Err(self.places.fault(Check::ChangesLeft)),
            Some(shared) if shared == frame.depth => {
                if frame.untouched & bit(nibble(&self.upcoming.hashed, frame.depth)) != 0 {
                    return Err(self.places.fault(Check::ChangedUntouched));
                }
                self.depth = below;
                Ok(Attached::Next)
            }
            _ => Ok(Attached::Complete),
        }
    }

    /// Folds the innermost branch, whose changed children are all attached.
    fn close(&mut self) -> Result<(), Fault> {
        let first_lane = self.first_lane();
        let Some(frame) = self.frames.last() else {
            return Ok(());
        };
        let Frame {
            depth,
            untouched,
            changed,
            ..
        } = *frame;
        if (changed | untouched).count_ones() < 2 {
            return Err(self.places.fault(Check::TooFewChildren));
        }
        let collapses = untouched.is_power_of_two()
            && (frame.lanes.iter().skip(first_lane)).any(|lane| lane.present == 0);
        let (neighbours, revealed) = if collapses {
            let child = untouched.trailing_zeros() as u8;
            let revealed: Subtree<L> =
                reveal(self.form, &mut self.places, &self.key, depth, child)?;
            let below = depth.wrapping_add(1);
            let reference = revealed.reference(below, &mut self.scratch);
            (Untouched::Revealed(reference), revealed)
        } else {
            let neighbours = Untouched::read::<L>(self.form, &mut self.places, depth, untouched)?;
            (neighbours, Subtree::Empty)
        };
        // Where the changed children's hashes are in the payload, if they all are hashes.
        let mut hashes = [0; 16];
        let mut start = None;
        let lanes = (frame.lanes.iter().zip(&mut self.stacks)).zip(&mut self.folded);
        for ((lane, Stack { references, held }), folded) in lanes.skip(first_lane) {
            let children = references.get(lane.base..).unwrap_or_default();
            if untouched == 0 && lane.present < 2 {
                let only = if lane.present == 1 { held.pop() } else { None };
                *folded = only.map_or(Subtree::Empty, |(only, _)| only);
            } else if collapses && lane.present == 0 {
                *folded = revealed;
            } else {
                let all_hashes = children.iter().all(|child| child.as_hash().is_some());
                let reference = if !L::ONE_LANE
                    && let Some(start) = start
                    && all_hashes
                {
                    // The other lane's branch has the same children in the same places.
                    for (at, child) in hashes.iter().zip(children) {
                        if let Some(hash) = child.as_hash() {
                            self.payload.replace(*at, hash);
                        }
                    }
                    self.payload.reference(start)
                } else {
                    neighbours.fill(
                        &mut self.payload,
                        [untouched, changed],
                        children,
                        &mut hashes,
                    )?;
                    let (reference, begins) = self.payload.finish();
                    start = all_hashes.then_some(begins);
                    reference
                };
                *folded = Subtree::Branch {
                    key: self.key,
                    depth,
                    reference,
                };
            }
            references.truncate(lane.base);
        }
        self.frames.pop();
        Ok(())
    }
}

/// Where the walk goes on after a subtree.
enum Attached {
    /// The subtree is the whole trie.
    Root,
    /// With another child of the same branch.
    Next,
    /// With the branch itself.
    Complete,
}

/// Nibbles shared by two keys, the first of which must be the lower one.
fn shared_nibbles(low: &B256, high: &B256) -> Option<u8> {
    let pairs = (0u8..).zip(low.iter().zip(high.iter()));
    let (index, (low, high)) = pairs.into_iter().find(|(_, (low, high))| low != high)?;
    if low > high {
        return None;
    }
    Some(
        index
            .wrapping_mul(2)
            .wrapping_add(u8::from((low ^ high) < 0x10)),
    )
}
