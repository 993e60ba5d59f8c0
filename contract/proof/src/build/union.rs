use alloy_primitives::B256;

use super::{
    decode::path,
    error::BuildError,
    kept::Kept,
    trie::{Arena, Child, shared},
};
use crate::multiproof::{Leaf, nibble};

/// Writes the places of the union of some lanes' tries and the listed keys.
pub struct Union<'a, V> {
    pub arena: &'a mut Arena<V>,
    pub out: Vec<u8>,
    /// Writes what a revealed leaf holds.
    pub write: fn(&V, &mut Vec<u8>),
}

impl<V: Kept> Union<'_, V> {
    /// The place `depth` nibbles along the listed keys (hashed, ascending), of which there is at least one. `lanes` hang there.
    pub fn place(&mut self, listed: &[B256], lanes: &[Child], depth: u8) -> Result<(), BuildError> {
        let [key, ..] = listed else { return Ok(()) };
        if lanes.iter().any(|lane| matches!(lane, Child::Blinded(_))) {
            return Err(BuildError::NotRevealed {
                path: path(key, depth),
            });
        }
        let last = listed.last().unwrap_or(key);
        let common = lanes
            .iter()
            .map(|lane| self.arena.common(*lane, key))
            .fold(shared(key, last), u8::min);
        if common == 64 {
            self.out.push(0xff);
            return Ok(());
        }
        self.out.push(common - depth);
        self.branch(listed, lanes, common)
    }

    fn branch(&mut self, listed: &[B256], lanes: &[Child], depth: u8) -> Result<(), BuildError> {
        let mut groups = Vec::with_capacity(16);
        let mut untouched = Vec::with_capacity(16);
        let mut untouched_mask = 0u16;
        // Lanes in which a child with changes is present.
        let mut present = vec![false; lanes.len()];
        let mut rest = listed;
        for at in 0..16u8 {
            let (group, others) =
                rest.split_at(rest.partition_point(|listed| nibble(listed, depth) <= at));
            rest = others;
            let children = lanes
                .iter()
                .map(|lane| self.arena.below(*lane, depth, at))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| BuildError::NotRevealed {
                    path: path(&listed[0], depth),
                })?;
            let here = children.iter().any(|child| *child != Child::Empty);
            if !group.is_empty() {
                for (present, child) in present.iter_mut().zip(&children) {
                    *present |= *child != Child::Empty;
                }
                groups.push((group, children));
            } else if here {
                untouched_mask |= 1 << at;
                untouched.push((at, children));
            }
        }
        self.out.extend_from_slice(&untouched_mask.to_be_bytes());
        for (group, children) in &groups {
            self.place(group, children, depth + 1)?;
        }
        let key = listed[0];
        match untouched.as_slice() {
            [(at, children)] if present.contains(&false) => {
                self.same(&key, depth, *at, children)?;
                let known = children
                    .iter()
                    .find(|child| !matches!(child, Child::Blinded(_)));
                let child = known.ok_or_else(|| BuildError::MissingSibling {
                    path: child_path(&key, depth, *at),
                })?;
                self.reveal(*child, depth);
            }
            untouched => self.references(&key, depth, untouched)?,
        }
        Ok(())
    }

    fn references(
        &mut self,
        key: &B256,
        depth: u8,
        untouched: &[(u8, Vec<Child>)],
    ) -> Result<(), BuildError> {
        let mut inline = 0u16;
        let mut references = Vec::new();
        for (at, children) in untouched {
            self.same(key, depth, *at, children)?;
            let reference = self.arena.reference(children[0], depth + 1);
            if !reference.is_hash() {
                inline |= 1 << at;
            }
            references.extend_from_slice(reference.bytes());
        }
        if depth >= V::Leaf::inline_depth(V::FORM) && !untouched.is_empty() {
            self.out.extend_from_slice(&inline.to_be_bytes());
        }
        self.out.extend_from_slice(&references);
        Ok(())
    }

    /// A child without changes must be the same in every lane.
    fn same(
        &mut self,
        key: &B256,
        depth: u8,
        at: u8,
        children: &[Child],
    ) -> Result<(), BuildError> {
        let mut references = children
            .iter()
            .map(|child| self.arena.reference(*child, depth + 1));
        let first = references.next();
        if references.all(|reference| Some(reference) == first) {
            return Ok(());
        }
        Err(BuildError::UnlistedChange {
            path: child_path(key, depth, at),
        })
    }

    /// Writes the only untouched child of a branch.
    fn reveal(&mut self, child: Child, depth: u8) {
        let below = depth + 1;
        match child {
            Child::Empty | Child::Blinded(_) => {}
            Child::Leaf(index) => {
                let leaf = *self.arena.leaf(index);
                self.out.push(0xff);
                self.packed(&leaf.key, below, 64);
                (self.write)(&leaf.value, &mut self.out);
            }
            Child::Branch(index) => {
                let branch = self.arena.branch(index);
                let (key, end, reference) = (branch.key, branch.depth, branch.reference);
                if end == below {
                    self.out.push(0x40);
                } else {
                    self.out.push(end - below);
                    self.packed(&key, below, end);
                }
                self.out.extend_from_slice(reference.bytes());
            }
        }
    }

    /// Nibbles two a byte, an odd one padded with zero.
    fn packed(&mut self, key: &B256, from: u8, to: u8) {
        let nibbles: Vec<_> = (from..to).map(|index| nibble(key, index)).collect();
        self.out.extend(
            nibbles
                .chunks(2)
                .map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)),
        );
    }
}

fn child_path(key: &B256, depth: u8, at: u8) -> Vec<u8> {
    let mut path = path(key, depth);
    path.push(at);
    path
}
