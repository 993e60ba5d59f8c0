use alloc::vec::Vec;

use super::{
    leaf::Leaf,
    subtree::{Reference, Subtree},
};

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
}

/// What the open branches have folded in one lane.
pub struct Stack<L> {
    /// References of changed children; those of a branch follow those of the branch above it.
    pub references: Vec<Reference>,
    /// First present children, and where their references go, of branches that have no untouched child and no other
    /// present one: it may turn out to be the only one, and then begins higher.
    pub held: Vec<(Subtree<L>, usize)>,
}

impl<L: Leaf> Stack<L> {
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            references: Vec::with_capacity(capacity),
            held: Vec::new(),
        }
    }
}
