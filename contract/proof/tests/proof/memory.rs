//! How much memory a verification takes at most, counted by the allocator of this test binary.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use alloy_primitives::{B256, U256};
use rand::{SeedableRng, rngs::StdRng};
use smartsync_proof::{
    MultiProofError, Slots, build_from_states, prove_inclusion, transition_roots,
};

use crate::{
    made_up::{self, old_value},
    oracle::State,
};

thread_local! {
    /// Bytes that this thread holds, and the most that it held.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(taken: usize, given_back: usize) {
    HELD.with(|held| {
        let (now, most) = held.get();
        let now = (now + taken).saturating_sub(given_back);
        held.set((now, most.max(now)));
    });
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The most that is held in a closure, in bytes.
fn most(run: impl FnOnce()) -> usize {
    let before = HELD.get().0;
    HELD.set((before, before));
    run();
    HELD.get().1 - before
}

struct OldValues;

impl Slots for OldValues {
    fn load(&mut self, slot: &B256) -> B256 {
        old_value(slot)
    }

    fn store(&mut self, _slot: &B256, _value: &B256) {}
}

/// The most that a verification of these bytes holds, whatever its outcome.
fn held(proof: &[u8]) -> usize {
    most(|| {
        _ = transition_roots(proof, &mut OldValues);
        _ = prove_inclusion(proof, &B256::ZERO, |_, _| Ok::<_, MultiProofError>(()));
    })
}

/// What `docs/proof-format.md` states, in bytes.
const STATED: usize = 160 * 1_024;

#[test]
fn made_up_proofs_are_verified_within_the_stated_memory() {
    let mut random = StdRng::seed_from_u64(5);
    for round in 0..2_000 {
        let proof = made_up::proof(&mut random, round % 2 == 0);
        let held = held(&proof);
        assert!(held > 0 && held <= STATED, "{held}: {proof:02x?}");
    }
}

#[test]
fn a_proof_of_as_many_changes_as_there_can_be_takes_no_more_memory_than_a_small_one() {
    let post: State = (0..65_535u32)
        .map(|slot| (U256::from(slot), U256::MAX))
        .collect();
    let built = build_from_states(&State::new(), &post).unwrap();
    assert!(built.multi_proof.len() > 2_000_000);
    let held = held(&built.multi_proof);
    assert!(held < 16 * 1_024, "{held}");
}

#[test]
fn counts_that_the_bytes_do_not_keep_take_no_memory() {
    for count in [1u16, 255, 256, u16::MAX] {
        let [high, low] = count.to_be_bytes();
        assert_eq!(held(&[1, high, low]), 0);
        assert_eq!(held(&[1, high, low, 0x20, 31]), 0);
    }
}
