//! Loads a whole state, a large one in several threads: all of its work is hashing, of slots and then of nodes.

use std::{num::NonZero, panic, thread};

use alloy_primitives::{B256, U256, keccak256};

use super::trie::{Arena, Child, Moved};
use crate::multiproof::nibble;

/// A hashed slot and its value.
type Entry = (B256, B256);

/// States of fewer slots are done with before another thread has begun.
const PARALLEL: usize = 2_048;

/// The slots hashed, in the order given.
pub fn hash(state: &[(U256, U256)]) -> Vec<Entry> {
    let entries = |part: &[(U256, U256)]| -> Vec<Entry> {
        part.iter()
            .map(|(slot, value)| (keccak256(B256::from(*slot)), B256::from(*value)))
            .collect()
    };
    let share = state.len().div_ceil(threads(state.len())).max(1);
    in_parallel(state.chunks(share).map(|part| move || entries(part))).concat()
}

/// The trie of a whole state: ascending, no slot twice, no value zero.
pub fn load(values: &[Entry]) -> (Arena<B256>, Child) {
    let Some((key, _)) = values.first() else {
        return (Arena::new(), Child::Empty);
    };
    // The subtrees of the sixteen first nibbles are independent of each other.
    let groups: Vec<_> = values
        .chunk_by(|(a, _), (b, _)| nibble(a, 0) == nibble(b, 0))
        .collect();
    let share = groups.len().div_ceil(threads(values.len()));
    let parts = in_parallel(groups.chunks(share).map(|groups| {
        move || {
            let mut arena = Arena::new();
            let mut children = Vec::with_capacity(groups.len());
            for group in groups {
                // Nothing is blinded in a whole state.
                let child = arena.apply(Child::Empty, group).unwrap_or(Child::Empty);
                children.extend(group.first().map(|(key, _)| (nibble(key, 0), child)));
            }
            (arena, children)
        }
    }));
    let mut below = [Child::Empty; 16];
    // The first part's nodes stay where they are, those of the others follow.
    let mut arena: Option<Arena<B256>> = None;
    for (part, children) in parts {
        let moved = match &mut arena {
            Some(arena) => arena.absorb(part),
            None => {
                arena = Some(part);
                Moved::default()
            }
        };
        for (at, child) in children {
            below[usize::from(at)] = moved.child(child);
        }
    }
    let mut arena = arena.unwrap_or_else(Arena::new);
    let trie = arena.join(key, 0, below);
    (arena, trie)
}

/// How many threads so many slots are worth.
fn threads(slots: usize) -> usize {
    if slots < PARALLEL {
        1
    } else {
        thread::available_parallelism().map_or(1, NonZero::get)
    }
}

/// Runs the tasks at once, the last of them in this thread. Their results, in order.
fn in_parallel<T: Send>(tasks: impl Iterator<Item = impl FnOnce() -> T + Send>) -> Vec<T> {
    let mut tasks: Vec<_> = tasks.collect();
    let last = tasks.pop();
    thread::scope(|scope| {
        let running: Vec<_> = tasks.into_iter().map(|task| scope.spawn(task)).collect();
        let last = last.map(|task| task());
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic))
            })
            .chain(last)
            .collect()
    })
}
