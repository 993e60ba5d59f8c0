//! Multi-proofs, with the old values given by the caller.

use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_program::{Arguments, Reply, ToWord, encode, malformed, multi_proof_revert};
use smartsync_proof::{
    MultiProofError, Slots, confirm_transition, prove_inclusion, transition_roots,
};

/// Old values in the proof's order, and the changes met so far: slot, old and new value of each.
struct Given<'a> {
    pre_values: core::slice::Iter<'a, [u8; 32]>,
    missing: bool,
    changes: Vec<B256>,
}

impl<'a> Given<'a> {
    fn new(pre_values: &'a [[u8; 32]]) -> Self {
        Self {
            pre_values: pre_values.iter(),
            missing: false,
            changes: Vec::with_capacity(pre_values.len().saturating_mul(3)),
        }
    }

    /// The changes, if there was exactly one old value for each.
    fn finish(self) -> Result<Vec<B256>, Vec<u8>> {
        if self.missing || self.pre_values.len() != 0 {
            Err(malformed())
        } else {
            Ok(self.changes)
        }
    }
}

impl Slots for Given<'_> {
    fn load(&mut self, slot: &B256) -> B256 {
        let pre = self.pre_values.next().map(|word| B256::new(*word));
        self.missing |= pre.is_none();
        let pre = pre.unwrap_or_default();
        self.changes.extend([*slot, pre]);
        pre
    }

    fn store(&mut self, _slot: &B256, value: &B256) {
        self.changes.push(*value);
    }
}

/// `verifyMultiProof`.
pub fn inclusion(arguments: Arguments<'_>) -> Reply {
    let mut slots = Vec::new();
    let mut values = Vec::new();
    prove_inclusion(arguments.bytes(1)?, &arguments.word(0)?, |slot, value| {
        slots.push(*slot);
        values.push(*value);
        Ok::<(), MultiProofError>(())
    })
    .map_err(multi_proof_revert)?;
    let count = slots.len() as u64;
    // Two arrays: their offsets, then length and elements of each.
    let mut words = Vec::with_capacity(slots.len().saturating_mul(2).saturating_add(4));
    words.extend([
        64.to_word(),
        count.saturating_mul(32).saturating_add(96).to_word(),
        count.to_word(),
    ]);
    words.extend(slots);
    words.push(count.to_word());
    words.extend(values);
    Ok(encode(&words))
}

/// `transitionRoots`.
pub fn roots(arguments: Arguments<'_>) -> Reply {
    let mut given = Given::new(arguments.words(0)?);
    let transition =
        transition_roots(arguments.bytes(1)?, &mut given).map_err(multi_proof_revert)?;
    given.finish()?;
    Ok(encode(&[
        transition.pre_storage_root,
        transition.post_storage_root,
    ]))
}

/// `confirmTransition`.
pub fn transition(arguments: Arguments<'_>) -> Reply {
    let mut given = Given::new(arguments.words(2)?);
    let changes = confirm_transition(
        arguments.bytes(3)?,
        &arguments.word(0)?,
        &arguments.word(1)?,
        &mut given,
    )
    .map_err(multi_proof_revert)?;
    let mut words = Vec::with_capacity(usize::from(changes).saturating_mul(3).saturating_add(2));
    words.extend([32.to_word(), u64::from(changes).to_word()]);
    words.extend(given.finish()?);
    Ok(encode(&words))
}
