use super::subtree::{Reference, Subtree};

/// The two lanes' indices.
pub const PRE: usize = 0;
pub const POST: usize = 1;

/// An open branch on the way to the change at hand.
pub struct Frame {
    /// Nibbles from the root to the branch.
    pub depth: u8,
    /// Children that are blinded.
    pub untouched: u16,
    /// Children that changes go to, so far.
    pub changed: u16,
    pub lanes: [Lane; 2],
}

/// What an open branch knows in one lane.
#[derive(Clone, Copy)]
pub struct Lane {
    /// Where the references of its changed children begin in the lane's stack.
    pub base: usize,
    /// Changed children that are present, so far.
    pub present: u8,
    /// With no untouched child, the first present one is held back: it may turn out to be the only one.
    pub held: Subtree,
    /// Where the held child's reference goes.
    pub held_at: usize,
}

impl Lane {
    pub const fn new(base: usize) -> Self {
        Self {
            base,
            present: 0,
            held: Subtree::Empty,
            held_at: 0,
        }
    }
}

/// References of children of open branches, in one lane.
pub type References = alloc::vec::Vec<Reference>;
