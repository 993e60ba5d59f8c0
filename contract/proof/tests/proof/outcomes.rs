//! What a walk ends with: roots that are compared, values that are stored or shown, and what is refused though its bytes are
//! in order.

use alloy_primitives::{B256, U256};
use smartsync_proof::{
    BuildError, MultiProofError, Transition, build_transition, confirm_transition, prove_inclusion,
    transition_roots,
};

use crate::{
    forgery::{Valid, state},
    oracle::{Storage, alloy_nodes, changes, confirm},
};

#[test]
fn a_listed_change_that_changes_nothing_is_refused() {
    // Slot 1 is listed with the value that it has: the roots are right.
    let pre = state([(1, 1), (2, 2)]);
    let post = state([(1, 1), (2, 3)]);
    let valid = Valid::new(&pre, &post);
    let mut forgery = Valid::new(&state([]), &post).forgery();
    forgery.places = vec![0, 0, 0, 0xff, 0xff];
    let slot = B256::new(U256::from(1).to_be_bytes());
    assert_eq!(
        valid.refusal(&forgery.bytes()),
        MultiProofError::SlotUnchanged { slot }
    );
    assert_eq!(
        transition_roots(&forgery.bytes(), &mut Storage(pre)),
        Err(MultiProofError::SlotUnchanged { slot })
    );
    // In an inclusion proof it is a value like any other.
    assert_eq!(
        prove_inclusion::<MultiProofError>(&forgery.bytes(), &valid.post_root, |_, _| Ok(())),
        Ok(2)
    );
}

#[test]
fn both_roots_are_compared() {
    let valid = Valid::two_leaves();
    let other = B256::repeat_byte(7);
    assert_eq!(
        confirm(&valid.proof, &other, &valid.post_root, &valid.pre).unwrap_err(),
        MultiProofError::PreRootMismatch {
            expected: other,
            computed: valid.pre_root
        }
    );
    assert_eq!(
        confirm(&valid.proof, &valid.pre_root, &other, &valid.pre).unwrap_err(),
        MultiProofError::PostRootMismatch {
            expected: other,
            computed: valid.post_root
        }
    );
    assert_eq!(
        transition_roots(&valid.proof, &mut Storage(valid.pre.clone())),
        Ok(Transition {
            pre_storage_root: valid.pre_root,
            post_storage_root: valid.post_root,
            changes: 1
        })
    );
}

/// The neighbour onto which a branch collapses changes too, and is not listed. Its reference is computed from the one
/// reveal in both lanes, so whichever value is revealed, one root comes out wrong.
#[test]
fn a_change_of_the_neighbour_that_a_branch_collapses_onto_cannot_hide() {
    let pre = state([(1, 1), (2, 2)]);
    let post = state([(1, 9)]);
    let (pre_root, pre_nodes) = alloy_nodes(&pre, &[U256::from(2)]);
    let (post_root, post_nodes) = alloy_nodes(&post, &[U256::from(2)]);
    let hidden: Vec<_> = changes(&pre, &post)
        .into_iter()
        .filter(|change| change.slot == U256::from(2))
        .collect();
    let error = build_transition(&hidden, pre_root, pre_nodes, post_root, post_nodes).unwrap_err();
    assert!(
        matches!(error, BuildError::UnlistedChange { .. }),
        "{error:?}"
    );
    let revealing =
        |value: u64| Valid::new(&state([(1, value), (2, 2)]), &state([(1, value)])).proof;
    let with_old = confirm(&revealing(1), &pre_root, &post_root, &pre).unwrap_err();
    assert!(matches!(with_old, MultiProofError::PostRootMismatch { .. }));
    let with_new = confirm(&revealing(9), &pre_root, &post_root, &pre).unwrap_err();
    assert!(matches!(with_new, MultiProofError::PreRootMismatch { .. }));
}

#[test]
fn an_error_of_the_visitor_stops_the_walk_and_is_returned() {
    #[derive(Debug, PartialEq)]
    enum Refused {
        Proof(MultiProofError),
        Third,
    }
    impl From<MultiProofError> for Refused {
        fn from(error: MultiProofError) -> Self {
            Self::Proof(error)
        }
    }
    let post = state((0..9).map(|slot| (slot, 1)));
    let valid = Valid::new(&state([]), &post);
    let mut seen = 0;
    let result = prove_inclusion(&valid.proof, &valid.post_root, |_, _| {
        seen += 1;
        if seen == 3 {
            Err(Refused::Third)
        } else {
            Ok(())
        }
    });
    assert_eq!(result, Err(Refused::Third));
    assert_eq!(seen, 3);
    let wrong = prove_inclusion(&valid.proof, &B256::ZERO, |_, _| Ok(()));
    let mismatch = MultiProofError::PostRootMismatch {
        expected: B256::ZERO,
        computed: valid.post_root,
    };
    assert_eq!(wrong, Err(Refused::Proof(mismatch)));
}

#[test]
fn only_a_confirmation_stores_the_new_values() {
    let valid = Valid::two_leaves();
    let mut storage = Storage(valid.pre.clone());
    assert!(transition_roots(&valid.proof, &mut storage).is_ok());
    assert_eq!(storage.0, valid.pre);
    assert!(
        confirm_transition(
            &valid.proof,
            &valid.pre_root,
            &valid.post_root,
            &mut storage
        )
        .is_ok()
    );
    assert_eq!(storage.0, valid.post);
}
