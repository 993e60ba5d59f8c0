use alloy_primitives::B256;

use super::kept::Kept;
use crate::multiproof::{Leaf as _, Payload, Reference, Scratch, Subtree, nibble};

/// A place below a branch, or the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    Empty,
    /// Index into the leaves.
    Leaf(u32),
    /// Index into the branches.
    Branch(u32),
    /// Index into the blinded references.
    Blinded(u32),
}

/// A leaf: the whole hashed key, so that it stays what it is wherever it hangs.
#[derive(Clone, Copy)]
pub struct Leaf<V> {
    pub key: B256,
    pub value: V,
}

/// A branch. Extensions are not stored: they are the gap between a place and the branch below it.
#[derive(Clone)]
pub struct Branch {
    /// Any key below it; the nibbles up to `depth` count.
    pub key: B256,
    pub depth: u8,
    pub reference: Reference,
    /// `None` when only its reference is known.
    pub children: Option<[Child; 16]>,
}

/// Tries that share nodes: nothing is ever overwritten, so an older root stays valid.
pub struct Arena<V> {
    leaves: Vec<Leaf<V>>,
    branches: Vec<Branch>,
    blinded: Vec<Reference>,
    payload: Payload,
    scratch: Scratch,
}

impl<V: Kept> Arena<V> {
    pub const fn new() -> Self {
        Self {
            leaves: Vec::new(),
            branches: Vec::new(),
            blinded: Vec::new(),
            payload: Payload::new(),
            scratch: Scratch::new(),
        }
    }

    pub fn leaf(&self, index: u32) -> &Leaf<V> {
        &self.leaves[index as usize]
    }

    pub fn branch(&self, index: u32) -> &Branch {
        &self.branches[index as usize]
    }

    pub fn add_leaf(&mut self, key: B256, value: V) -> Child {
        self.leaves.push(Leaf { key, value });
        Child::Leaf(self.leaves.len() as u32 - 1)
    }

    pub fn add_branch(&mut self, branch: Branch) -> Child {
        self.branches.push(branch);
        Child::Branch(self.branches.len() as u32 - 1)
    }

    pub fn add_blinded(&mut self, reference: Reference) -> Child {
        self.blinded.push(reference);
        Child::Blinded(self.blinded.len() as u32 - 1)
    }

    /// The child as the fold sees it. `None` when only its reference is known.
    pub fn subtree(&self, child: Child) -> Option<Subtree<V::Leaf>> {
        match child {
            Child::Empty => Some(Subtree::Empty),
            Child::Leaf(index) => {
                let Leaf { key, value } = *self.leaf(index);
                Some(Subtree::leaf(key, value.leaf()))
            }
            Child::Branch(index) => {
                let Branch {
                    key,
                    depth,
                    reference,
                    ..
                } = *self.branch(index);
                Some(Subtree::Branch {
                    key,
                    depth,
                    reference,
                })
            }
            Child::Blinded(_) => None,
        }
    }

    /// Reference to a child that hangs `depth` nibbles below the root.
    pub fn reference(&mut self, child: Child, depth: u8) -> Reference {
        match (child, self.subtree(child)) {
            (Child::Blinded(index), _) => self.blinded[index as usize],
            (_, Some(subtree)) => subtree.reference(depth, &mut self.scratch),
            (_, None) => Reference::ABSENT,
        }
    }

    /// Root of the trie that consists of a child. `None` when it is blinded.
    pub fn root(&mut self, child: Child) -> Option<B256> {
        self.subtree(child)
            .map(|subtree| subtree.root(&mut self.scratch))
    }

    /// The part of `child` below the nibble at `depth`. `None` when it is not revealed.
    pub fn below(&self, child: Child, depth: u8, at: u8) -> Option<Child> {
        let key = match child {
            Child::Empty => return Some(Child::Empty),
            Child::Blinded(_) => return None,
            Child::Leaf(index) => &self.leaf(index).key,
            Child::Branch(index) => {
                let branch = self.branch(index);
                if branch.depth == depth {
                    return branch
                        .children
                        .as_ref()
                        .map(|children| children[usize::from(at)]);
                }
                &branch.key
            }
        };
        Some(if nibble(key, depth) == at {
            child
        } else {
            Child::Empty
        })
    }

    /// How many nibbles a child's keys, which go the same way up to its place, have in common with `key` and each other.
    /// 64 for an empty place or the same key.
    pub fn common(&self, child: Child, key: &B256) -> u8 {
        match child {
            Child::Empty | Child::Blinded(_) => 64,
            Child::Leaf(index) => shared(&self.leaf(index).key, key),
            Child::Branch(index) => {
                let branch = self.branch(index);
                shared(&branch.key, key).min(branch.depth)
            }
        }
    }

    /// What is under a key, if anything. `None` when the way is not revealed.
    pub fn value(&self, mut child: Child, key: &B256) -> Option<Option<V>> {
        loop {
            match child {
                Child::Empty => return Some(None),
                Child::Blinded(_) => return None,
                Child::Leaf(index) => {
                    let leaf = self.leaf(index);
                    return Some((leaf.key == *key).then_some(leaf.value));
                }
                Child::Branch(index) => {
                    let branch = self.branch(index);
                    if shared(&branch.key, key) < branch.depth {
                        return Some(None);
                    }
                    child = self.below(child, branch.depth, nibble(key, branch.depth))?;
                }
            }
        }
    }

    /// The trie with new values at some keys (ascending; an absent one takes the key out). `child` must be revealed along them.
    pub fn apply(&mut self, child: Child, values: &[(B256, V)]) -> Option<Child> {
        let ((first, value), (last, _)) = match values {
            [] => return Some(child),
            [first, .., last] => (first, last),
            [only] => (only, only),
        };
        let single = match child {
            Child::Empty => true,
            Child::Leaf(index) => self.leaf(index).key == *first,
            _ => false,
        };
        if single && values.len() == 1 {
            return Some(if value.leaf().is_absent() {
                Child::Empty
            } else {
                self.add_leaf(*first, *value)
            });
        }
        let depth = shared(first, last).min(self.common(child, first));
        let mut children = [Child::Empty; 16];
        let mut rest = values;
        for (at, slot) in (0u8..).zip(&mut children) {
            let (group, others) =
                rest.split_at(rest.partition_point(|(key, _)| nibble(key, depth) <= at));
            rest = others;
            let below = self.below(child, depth, at)?;
            *slot = self.apply(below, group)?;
        }
        Some(self.join(first, depth, children))
    }

    /// Takes over the nodes of another arena, none of which is blinded. Tells where they are now.
    pub fn absorb(&mut self, other: Self) -> Moved {
        let moved = Moved {
            leaves: self.leaves.len() as u32,
            branches: self.branches.len() as u32,
        };
        self.leaves.extend(other.leaves);
        self.branches
            .extend(other.branches.into_iter().map(|branch| {
                Branch {
                    children: branch
                        .children
                        .map(|all| all.map(|child| moved.child(child))),
                    ..branch
                }
            }));
        moved
    }

    /// A branch, or what is left of it.
    pub fn join(&mut self, key: &B256, depth: u8, children: [Child; 16]) -> Child {
        let mut present = children.iter().filter(|child| **child != Child::Empty);
        match (present.next(), present.next()) {
            (None, _) => Child::Empty,
            (Some(only), None) => *only,
            _ => {
                let reference = self.branch_reference(depth, &children);
                self.add_branch(Branch {
                    key: *key,
                    depth,
                    reference,
                    children: Some(children),
                })
            }
        }
    }

    fn branch_reference(&mut self, depth: u8, children: &[Child; 16]) -> Reference {
        self.payload.clear();
        for child in children {
            let reference = self.reference(*child, depth + 1);
            self.payload.push(&reference);
        }
        self.payload.finish().0
    }
}

/// By how much the nodes of an absorbed arena moved up.
#[derive(Clone, Copy, Default)]
pub struct Moved {
    leaves: u32,
    branches: u32,
}

impl Moved {
    /// The same child in the arena that absorbed it.
    pub const fn child(self, child: Child) -> Child {
        match child {
            Child::Leaf(index) => Child::Leaf(index + self.leaves),
            Child::Branch(index) => Child::Branch(index + self.branches),
            other => other,
        }
    }
}

/// Nibbles two keys share: 64 when they are equal.
pub fn shared(a: &B256, b: &B256) -> u8 {
    match a.iter().zip(b.iter()).position(|(a, b)| a != b) {
        Some(index) => index as u8 * 2 + u8::from((a[index] ^ b[index]) < 0x10),
        None => 64,
    }
}
