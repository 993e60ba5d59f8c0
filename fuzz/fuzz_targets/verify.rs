//! Multi-proofs: no input panics, the second implementation of the tests accepts the same bytes with the same roots, and a
//! transition that folds is consistent with what it is in the two modes.
#![no_main]

#[path = "../../contract/proof/tests/proof/naive.rs"]
mod naive;

use std::collections::HashMap;

use alloy_primitives::{B256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{
    MultiProofError, Slots, Transition, confirm_transition, prove_inclusion, transition_roots,
};

fn old_value(slot: &B256) -> B256 {
    match keccak256(slot)[31] % 3 {
        0 => B256::ZERO,
        1 => B256::with_last_byte(1),
        _ => B256::repeat_byte(0xee),
    }
}

/// Old values that depend on the slot alone: zero for a third of the slots.
struct Storage(HashMap<B256, B256>);

impl Slots for Storage {
    fn load(&mut self, slot: &B256) -> B256 {
        self.0
            .get(slot)
            .copied()
            .unwrap_or_else(|| old_value(slot))
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
    let naive = naive::fold(data, Some(&old_value));
    let folded = transition_roots(data, &mut storage());
    assert_eq!(folded.is_ok(), naive.is_some());
    if let Ok(Transition {
        pre_storage_root,
        post_storage_root,
        changes,
    }) = folded
    {
        let roots = naive::Roots {
            pre: Some(pre_storage_root),
            post: post_storage_root,
        };
        assert_eq!(naive, Some(roots));
        assert_ne!(pre_storage_root, post_storage_root);
        let confirmed =
            confirm_transition(data, &pre_storage_root, &post_storage_root, &mut storage());
        assert_eq!(confirmed, Ok(changes));
        let other = B256::repeat_byte(1);
        assert!(confirm_transition(data, &other, &post_storage_root, &mut storage()).is_err());
        assert!(confirm_transition(data, &pre_storage_root, &other, &mut storage()).is_err());
    }
    // With one lane the same bytes may have another shape; whatever root they fold to, it is the only one.
    let naive = naive::fold(data, None).map(|roots| roots.post);
    let mut root = None;
    if let Err(MultiProofError::PostRootMismatch { computed, .. }) =
        prove_inclusion(data, &B256::ZERO, |_, _| Ok(()))
    {
        root = Some(computed);
        let mut seen = 0u16;
        let proven = prove_inclusion(data, &computed, |_, _| {
            seen += 1;
            Ok::<_, MultiProofError>(())
        });
        assert_eq!(proven, Ok(seen));
    }
    assert_eq!(root, naive);
});
