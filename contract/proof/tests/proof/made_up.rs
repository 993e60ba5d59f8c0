//! Proofs that are made up: bytes that follow the format, under no root anybody has. So branches at every depth, inlined
//! nodes and reveals of every kind are met together, as no real state offers them.

use alloy_primitives::{B256, U256};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

use crate::{ground, oracle::hashed};

/// Whether each lane has something at a place: pre, post.
type Presence = [bool; 2];

/// What old value a slot has: zero, small or large, by its hash.
pub fn old_value(slot: &B256) -> B256 {
    match hashed(U256::from_be_bytes(slot.0))[31] % 3 {
        0 => B256::ZERO,
        1 => B256::with_last_byte(1),
        _ => B256::repeat_byte(0xee),
    }
}

/// Writes one proof.
pub struct Writer<'a> {
    random: &'a mut StdRng,
    /// One lane (post) or two.
    two_lanes: bool,
    out: Vec<u8>,
}

/// A proof that both verifiers must accept with two lanes, or with the post lane only.
pub fn proof(random: &mut StdRng, two_lanes: bool) -> Vec<u8> {
    let mut slots = ground::all();
    slots.extend((0..4).map(U256::from));
    slots.push(U256::MAX);
    let count = random.random_range(1..=slots.len().min(9));
    let mut listed: Vec<_> = slots
        .choose_multiple(random, count)
        .map(|slot| (hashed(*slot), *slot))
        .collect();
    listed.sort_unstable();
    let mut out = vec![1, 0, listed.len() as u8];
    let mut changes = Vec::new();
    for (path, slot) in listed {
        let old = U256::from_be_bytes(old_value(&B256::from(slot)).0);
        let new = match random.random_range(0..3) {
            0 if !(two_lanes && old.is_zero()) => U256::ZERO,
            1 => U256::from(random.random_range(2..=255u8)),
            _ => {
                U256::from_be_bytes(random.random::<[u8; 32]>()) >> random.random_range(0..240usize)
            }
        };
        let (slot, value) = (
            slot.to_be_bytes_trimmed_vec(),
            new.to_be_bytes_trimmed_vec(),
        );
        if slot.len() == 32 {
            out.push(0x80 | value.len() as u8);
        } else {
            out.extend([value.len() as u8, slot.len() as u8]);
        }
        out.extend(slot);
        out.extend(value);
        changes.push((path, [!old.is_zero(), !new.is_zero()]));
    }
    let mut writer = Writer {
        random,
        two_lanes,
        out,
    };
    writer.place(&changes, 0);
    writer.out
}

fn nibble(path: &B256, index: usize) -> u8 {
    path[index / 2] >> (4 * (1 - index % 2)) & 0x0f
}

impl Writer<'_> {
    fn bytes(&mut self, length: usize) {
        let bytes: Vec<u8> = (0..length).map(|_| self.random.random()).collect();
        self.out.extend(bytes);
    }

    fn place(&mut self, changes: &[(B256, Presence)], depth: usize) -> Presence {
        let shared = match changes {
            [(_, presence)] => {
                if depth == 64 || self.random.random_ratio(1, 2) {
                    self.out.push(0xff);
                    return *presence;
                }
                63
            }
            [(first, _), .., (last, _)] => {
                let parts = |index: &usize| nibble(first, *index) != nibble(last, *index);
                (0..64).find(parts).unwrap()
            }
            [] => unreachable!("each place has a change"),
        };
        // Often just below, else anywhere down to where the changes part.
        let branch = if self.random.random_ratio(1, 3) {
            depth
        } else {
            self.random.random_range(depth..=shared)
        };
        self.out.push((branch - depth) as u8);
        self.branch(changes, branch)
    }

    fn branch(&mut self, changes: &[(B256, Presence)], depth: usize) -> Presence {
        let groups: Vec<_> = changes
            .chunk_by(|a, b| nibble(&a.0, depth) == nibble(&b.0, depth))
            .collect();
        let changed = groups
            .iter()
            .fold(0u16, |mask, group| mask | 1 << nibble(&group[0].0, depth));
        let mut untouched = self.random.random::<u16>() & self.random.random::<u16>() & !changed;
        if self.random.random_ratio(1, 2) {
            // None, or only the lowest: where lanes collapse.
            untouched &= untouched.wrapping_neg();
        }
        if groups.len() == 1 && untouched == 0 {
            untouched = changed.rotate_left(self.random.random_range(1..16));
        }
        self.out.extend(untouched.to_be_bytes());
        let mut present = [false; 2];
        for group in groups {
            let below = self.place(group, depth + 1);
            present = [present[0] || below[0], present[1] || below[1]];
        }
        let collapses = !present[1] || self.two_lanes && !present[0];
        if untouched.count_ones() == 1 && collapses {
            self.reveal(63 - depth);
        } else {
            self.references(untouched, depth);
        }
        [present[0] || untouched != 0, present[1] || untouched != 0]
    }

    fn reveal(&mut self, left: usize) {
        let length = match self.random.random_range(0..3) {
            1 if left > 0 => {
                self.out.push(0x40);
                return self.bytes(32);
            }
            2 if left > 1 => {
                let length = self.random.random_range(1..left);
                self.out.push(length as u8);
                length
            }
            _ => {
                self.out.push(0xff);
                left
            }
        };
        self.bytes(length.div_ceil(2));
        if length % 2 == 1
            && let Some(last) = self.out.last_mut()
        {
            *last &= 0xf0;
        }
        if length < left {
            return self.bytes(32);
        }
        let length = self.random.random_range(1..=32);
        self.out.push(length);
        let first = self.random.random_range(1..=255);
        self.out.push(first);
        self.bytes(usize::from(length) - 1);
    }

    fn references(&mut self, untouched: u16, depth: usize) {
        let mut inline = 0;
        if depth >= 8 && untouched != 0 {
            inline = untouched & self.random.random::<u16>();
            self.out.extend(inline.to_be_bytes());
        }
        for index in (0..16).filter(|index| untouched >> index & 1 == 1) {
            if inline >> index & 1 == 1 {
                let length = self.random.random_range(0..=30);
                self.out.push(0xc0 + length);
                self.bytes(length.into());
            } else {
                self.bytes(32);
            }
        }
    }
}
