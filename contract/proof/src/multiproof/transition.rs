use alloy_primitives::B256;

use super::{
    check::{Fault, MultiProofError},
    walk::{Folded, Walk, begin},
    word::Word,
};

/// The storage of the contract whose transition is confirmed, as the verifier sees it. Zero is absent.
pub trait Slots {
    /// The value of a slot, big-endian.
    fn load(&mut self, slot: &B256) -> B256;
    /// Sets a slot. Called once for each change, after `load` of the same slot.
    fn store(&mut self, slot: &B256, value: &B256);
}

/// Both roots of a folded multi-proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Root with the old values.
    pub pre_storage_root: B256,
    /// Root with the new values.
    pub post_storage_root: B256,
    /// Number of changed slots.
    pub changes: u16,
}

/// The number of changes that a multi-proof says it lists, in bytes 1 and 2; 0 when it ends before them.
///
/// Nothing else is checked. Of a proof that was confirmed or proven it is the number that was returned then.
pub const fn change_count(multi_proof: &[u8]) -> u16 {
    match multi_proof {
        [_, high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

/// Confirms that a multi-proof leads from one storage root to another, the old values being those in `slots`, and stores
/// the new values. Returns the number of changes.
///
/// New values are stored while the proof is walked: on an error the caller must discard what was stored. No slot is
/// listed twice, so every old value is read before it is overwritten. A proof of no change holds if and only if the
/// roots are equal.
///
/// # Errors
/// When the bytes break the format, a listed slot does not change, or a root is another one.
pub fn confirm_transition(
    multi_proof: &[u8],
    pre_storage_root: &B256,
    post_storage_root: &B256,
    slots: &mut impl Slots,
) -> Result<u16, MultiProofError> {
    if begin(multi_proof)?.0 == 0 {
        return compare_post(post_storage_root, *pre_storage_root).and(Ok(0));
    }
    let folded = fold(multi_proof, slots, true)?;
    if folded.pre_root != *pre_storage_root {
        return Err(MultiProofError::PreRootMismatch {
            expected: *pre_storage_root,
            computed: folded.pre_root,
        });
    }
    compare_post(post_storage_root, folded.post_root)?;
    Ok(folded.changes)
}

/// Folds both lanes of a multi-proof without comparing the roots, and stores nothing.
///
/// # Errors
/// When the bytes break the format or a listed slot does not change. A proof of no change has no roots of its own and is
/// refused.
pub fn transition_roots(
    multi_proof: &[u8],
    slots: &mut impl Slots,
) -> Result<Transition, MultiProofError> {
    let folded = fold(multi_proof, slots, false)?;
    Ok(Transition {
        pre_storage_root: folded.pre_root,
        post_storage_root: folded.post_root,
        changes: folded.changes,
    })
}

/// Proves the value of each listed slot under a storage root, zero being proven absent. Returns their number.
///
/// `visit(slot, value)` sees them in the proof's order, before the root is compared: on an error the caller must discard
/// what it did. An error of `visit` stops the walk.
///
/// # Errors
/// When the bytes break the format, there is no slot, the root is another one, or `visit` fails.
pub fn prove_inclusion<E: From<MultiProofError>>(
    multi_proof: &[u8],
    post_storage_root: &B256,
    mut visit: impl FnMut(&B256, &B256) -> Result<(), E>,
) -> Result<u16, E> {
    let mut walk = words(multi_proof, false).map_err(MultiProofError::from)?;
    loop {
        visit(walk.listed(), &walk.post().word)?;
        if !advance(&mut walk).map_err(MultiProofError::from)? {
            break;
        }
    }
    let folded = finish(walk).map_err(MultiProofError::from)?;
    compare_post(post_storage_root, folded.post_root)?;
    Ok(folded.changes)
}

/// Folds both lanes, with the old values in `slots`; `stores` the new ones there.
fn fold(
    multi_proof: &[u8],
    slots: &mut impl Slots,
    stores: bool,
) -> Result<Folded, MultiProofError> {
    let mut walk = words(multi_proof, true)?;
    loop {
        let (slot, post) = (walk.listed(), &walk.post().word);
        let pre = slots.load(slot);
        if pre == *post {
            return Err(MultiProofError::SlotUnchanged { slot: *slot });
        }
        if stores {
            slots.store(slot, post);
        }
        walk.set_pre(Word::from_word(pre));
        if !advance(&mut walk)? {
            return Ok(finish(walk)?);
        }
    }
}

fn compare_post(expected: &B256, computed: B256) -> Result<(), MultiProofError> {
    if computed == *expected {
        Ok(())
    } else {
        Err(MultiProofError::PostRootMismatch {
            expected: *expected,
            computed,
        })
    }
}

// A walk is generic, and so are the functions above: called in those, it would be compiled with the program, where the compiler inlines
// less of this crate's functions, and a change would cost 8 gas more. These three are not generic, so it is compiled here.

/// Begins a walk over words.
fn words(multi_proof: &[u8], two_lanes: bool) -> Result<Walk<'_, Word>, Fault> {
    let (count, places) = begin(multi_proof)?;
    Walk::new((), places, count, two_lanes)
}

fn advance(walk: &mut Walk<'_, Word>) -> Result<bool, Fault> {
    walk.advance()
}

fn finish(walk: Walk<'_, Word>) -> Result<Folded, Fault> {
    walk.finish()
}
