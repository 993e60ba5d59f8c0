use alloy_primitives::{B256, Bytes, U256};

use super::{
    change::{Listed, SlotChange, append, append_revealed, list},
    decode::Nodes,
    error::BuildError,
    trie::{Arena, Child},
    union::Union,
};
use crate::{MultiProofError, Slots, Transition, prove_inclusion, transition_roots};

/// A multi-proof and the roots it folds to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The bytes (`docs/proof-format.md`).
    pub multi_proof: Vec<u8>,
    /// Root of the pre lane. For an inclusion proof, which has none, the post root.
    pub pre_storage_root: B256,
    /// Root of the post lane.
    pub post_storage_root: B256,
    /// Number of listed slots.
    pub changes: usize,
}

/// Builds the multi-proof of a transition from the EIP-1186 nodes of the changed slots under both roots. Changes that
/// change nothing are left out; without any, the proof is the empty one.
///
/// # Errors
/// When nodes are missing or not canonical, a value is another one, or a change is not listed.
pub fn build_transition(
    changes: &[SlotChange],
    pre_storage_root: B256,
    pre_nodes: impl IntoIterator<Item = Bytes>,
    post_storage_root: B256,
    post_nodes: impl IntoIterator<Item = Bytes>,
) -> Result<Built, BuildError> {
    let listed = list(
        changes
            .iter()
            .copied()
            .filter(|change| change.pre != change.post),
    )?;
    let mut arena = Arena::new();
    let pre = Nodes::new(pre_nodes).reveal(pre_storage_root, &mut arena);
    let post = Nodes::new(post_nodes).reveal(post_storage_root, &mut arena);
    if listed.is_empty() {
        return nothing(pre_storage_root, post_storage_root);
    }
    let (pre, post) = (pre?, post?);
    for Listed {
        hashed_slot,
        change,
    } in &listed
    {
        check_value(&arena, pre, hashed_slot, change.slot, change.pre)?;
        check_value(&arena, post, hashed_slot, change.slot, change.post)?;
    }
    transition(
        &mut arena,
        &listed,
        [pre, post],
        pre_storage_root,
        post_storage_root,
    )
}

/// Builds an inclusion proof of slots and their values (zero for absent) from the EIP-1186 nodes of the slots.
///
/// # Errors
/// When there is no slot, nodes are missing or not canonical, or a value is another one.
pub fn build_inclusion(
    slots: &[(U256, U256)],
    post_storage_root: B256,
    post_nodes: impl IntoIterator<Item = Bytes>,
) -> Result<Built, BuildError> {
    // The pre value is not used.
    let listed = list(slots.iter().map(|(slot, post)| SlotChange {
        slot: *slot,
        pre: U256::ZERO,
        post: *post,
    }))?;
    if listed.is_empty() {
        return Err(BuildError::NoSlots);
    }
    let mut arena = Arena::new();
    let post = Nodes::new(post_nodes).reveal(post_storage_root, &mut arena)?;
    for Listed {
        hashed_slot,
        change,
    } in &listed
    {
        check_value(&arena, post, hashed_slot, change.slot, change.post)?;
    }
    inclusion(&mut arena, &listed, post, post_storage_root)
}

/// Writes an inclusion proof and checks it with the verifier.
pub fn inclusion(
    arena: &mut Arena<B256>,
    listed: &[Listed],
    post: Child,
    post_storage_root: B256,
) -> Result<Built, BuildError> {
    let multi_proof = write(arena, listed, &[post])?;
    prove_inclusion(&multi_proof, &post_storage_root, |_, _| Ok(())).map_err(refused)?;
    Ok(Built {
        multi_proof,
        pre_storage_root: post_storage_root,
        post_storage_root,
        changes: listed.len(),
    })
}

/// The proof of no change.
pub fn nothing(pre_storage_root: B256, post_storage_root: B256) -> Result<Built, BuildError> {
    if pre_storage_root != post_storage_root {
        return Err(BuildError::NothingListed {
            pre: pre_storage_root,
            post: post_storage_root,
        });
    }
    Ok(Built {
        multi_proof: vec![1, 0, 0],
        pre_storage_root,
        post_storage_root,
        changes: 0,
    })
}

/// Writes a transition and folds it once more with the verifier, since a proof that does not hold must never be sent.
pub fn transition(
    arena: &mut Arena<B256>,
    listed: &[Listed],
    lanes: [Child; 2],
    pre_storage_root: B256,
    post_storage_root: B256,
) -> Result<Built, BuildError> {
    let multi_proof = write(arena, listed, &lanes)?;
    let Transition {
        pre_storage_root: pre,
        post_storage_root: post,
        changes,
    } = transition_roots(&multi_proof, &mut OldValues(listed.iter()))?;
    if pre != pre_storage_root {
        return Err(BuildError::PreRootMismatch {
            expected: pre_storage_root,
            computed: pre,
        });
    }
    if post != post_storage_root {
        return Err(BuildError::PostRootMismatch {
            expected: post_storage_root,
            computed: post,
        });
    }
    Ok(Built {
        multi_proof,
        pre_storage_root,
        post_storage_root,
        changes: usize::from(changes),
    })
}

fn write(
    arena: &mut Arena<B256>,
    listed: &[Listed],
    lanes: &[Child],
) -> Result<Vec<u8>, BuildError> {
    let mut union = Union {
        arena,
        out: Vec::new(),
        write: append_revealed,
    };
    append(listed, &mut union.out);
    let hashed: Vec<_> = listed.iter().map(|listed| listed.hashed_slot).collect();
    union.place(&hashed, lanes, 0)?;
    Ok(union.out)
}

fn check_value(
    arena: &Arena<B256>,
    trie: Child,
    hashed_slot: &B256,
    slot: U256,
    expected: U256,
) -> Result<(), BuildError> {
    // A way that is not revealed is found, with its path, when the proof is written.
    match arena
        .value(trie, hashed_slot)
        .map(|word| U256::from_be_bytes(word.unwrap_or_default().0))
    {
        Some(got) if got != expected => Err(BuildError::ValueMismatch {
            slot,
            expected,
            got,
        }),
        _ => Ok(()),
    }
}

fn refused(error: MultiProofError) -> BuildError {
    match error {
        MultiProofError::PostRootMismatch { expected, computed } => {
            BuildError::PostRootMismatch { expected, computed }
        }
        error => BuildError::Refused(error),
    }
}

/// The old values, which the verifier asks for in the order of the list.
struct OldValues<'a>(core::slice::Iter<'a, Listed>);

impl Slots for OldValues<'_> {
    fn load(&mut self, _slot: &B256) -> B256 {
        self.0.next().map_or(B256::ZERO, |listed| {
            B256::new(listed.change.pre.to_be_bytes())
        })
    }

    fn store(&mut self, _slot: &B256, _value: &B256) {}
}
