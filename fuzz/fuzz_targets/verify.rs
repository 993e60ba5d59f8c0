//! Multi-proofs: no input panics, and a transition that folds is consistent with what it is in the two modes.
#![no_main]

use std::collections::HashMap;

use alloy_primitives::{B256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{
    MultiProofError, Slots, Transition, confirm_transition, prove_inclusion, transition_roots,
};

/// Old values that depend on the slot alone: zero for a third of the slots.
struct Storage(HashMap<B256, B256>);

impl Slots for Storage {
    fn load(&mut self, slot: &B256) -> B256 {
        self.0
            .get(slot)
            .copied()
            .unwrap_or_else(|| match keccak256(slot)[31] % 3 {
                0 => B256::ZERO,
                1 => B256::with_last_byte(1),
                _ => B256::repeat_byte(0xee),
            })
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        assert!(
            self.0.insert(*slot, *value).is_none(),
            "a slot is written twice"
        );
    }
}

fuzz_target!(|data: &[u8]| {
    let storage = || Storage(HashMap::new());
    if let Ok(Transition {
        pre_storage_root,
        post_storage_root,
        changes,
    }) = transition_roots(data, &mut storage())
    {
        assert_ne!(pre_storage_root, post_storage_root);
        let confirmed =
            confirm_transition(data, &pre_storage_root, &post_storage_root, &mut storage());
        assert_eq!(confirmed, Ok(changes));
        let other = B256::repeat_byte(1);
        assert!(confirm_transition(data, &other, &post_storage_root, &mut storage()).is_err());
        assert!(confirm_transition(data, &pre_storage_root, &other, &mut storage()).is_err());
    }
    // With one lane the same bytes may have another shape; whatever root they fold to, it is the only one.
    if let Err(MultiProofError::PostRootMismatch { computed, .. }) =
        prove_inclusion(data, &B256::ZERO, |_, _| Ok(()))
    {
        let mut seen = 0u16;
        let proven = prove_inclusion(data, &computed, |_, _| {
            seen += 1;
            Ok::<_, MultiProofError>(())
        });
        assert_eq!(proven, Ok(seen));
    }
});
