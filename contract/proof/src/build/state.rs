use std::collections::HashMap;

use alloy_primitives::{B256, U256, keccak256};

use super::{
    change::{Listed, SlotChange, list},
    error::BuildError,
    load::{hash, load},
    proof::{Built, nothing, transition},
    trie::{Arena, Child},
};
use crate::EMPTY_ROOT;

/// The whole storage of a contract, with the hash of every subtree, so that a transition costs in proportion to its
/// changes.
pub struct StateTrie {
    arena: Arena<B256>,
    trie: Child,
    storage_root: B256,
}

impl StateTrie {
    /// Loads a state. Slots that are zero count as absent; of a slot given twice, the last value counts. A large state is
    /// hashed by as many threads as there are processors.
    pub fn new(state: impl IntoIterator<Item = (U256, U256)>) -> Self {
        let state: Vec<_> = state.into_iter().collect();
        let mut values = hash(&state);
        values.sort_by_key(|(hashed_slot, _)| *hashed_slot);
        values.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        values.retain(|(_, value)| !value.is_zero());
        let (mut arena, trie) = load(&values);
        let storage_root = arena.root(trie).unwrap_or(EMPTY_ROOT);
        Self {
            arena,
            trie,
            storage_root,
        }
    }

    /// Root of the storage trie.
    pub fn storage_root(&self) -> B256 {
        self.storage_root
    }

    /// Value of a slot, zero when it is absent.
    pub fn value(&self, slot: U256) -> U256 {
        self.hashed(&keccak256(slot.to_be_bytes::<32>()))
    }

    fn hashed(&self, hashed_slot: &B256) -> U256 {
        self.arena
            .value(self.trie, hashed_slot)
            .flatten()
            .map_or(U256::ZERO, |word| U256::from_be_bytes(word.0))
    }

    /// Sets slots to new values (zero for absent), and returns the multi-proof of the transition. Slots that have the
    /// value already are left out.
    ///
    /// # Errors
    /// When a slot is listed twice or there are more changes than a proof lists. The state then stays as it is.
    pub fn advance(&mut self, changes: &[(U256, U256)]) -> Result<Built, BuildError> {
        let mut listed = list(changes.iter().map(|(slot, post)| SlotChange {
            slot: *slot,
            pre: U256::ZERO,
            post: *post,
        }))?;
        for Listed {
            hashed_slot,
            change,
        } in &mut listed
        {
            change.pre = self.hashed(hashed_slot);
        }
        listed.retain(|listed| listed.change.pre != listed.change.post);
        if listed.is_empty() {
            return nothing(self.storage_root, self.storage_root);
        }
        let values: Vec<_> = listed
            .iter()
            .map(
                |Listed {
                     hashed_slot,
                     change,
                 }| (*hashed_slot, B256::new(change.post.to_be_bytes())),
            )
            .collect();
        let post = self
            .arena
            .apply(self.trie, &values)
            .ok_or(BuildError::NotRevealed { path: Vec::new() })?;
        let post_storage_root = self
            .arena
            .root(post)
            .ok_or(BuildError::NotRevealed { path: Vec::new() })?;
        let built = transition(
            &mut self.arena,
            &listed,
            [self.trie, post],
            self.storage_root,
            post_storage_root,
        )?;
        self.trie = post;
        self.storage_root = post_storage_root;
        Ok(built)
    }
}

/// Storage root of a whole state. Slots that are zero count as absent.
pub fn storage_root(state: &HashMap<U256, U256>) -> B256 {
    StateTrie::new(state.iter().map(|(slot, value)| (*slot, *value))).storage_root()
}

/// Builds the multi-proof that leads from one whole state to another. Slots that are zero count as absent.
///
/// # Errors
/// When there are more changes than a proof lists.
pub fn build_from_states(
    pre: &HashMap<U256, U256>,
    post: &HashMap<U256, U256>,
) -> Result<Built, BuildError> {
    let differs =
        |(slot, value): &(U256, U256)| pre.get(slot).copied().unwrap_or_default() != *value;
    let changed = post
        .iter()
        .map(|(slot, value)| (*slot, *value))
        .filter(differs);
    let deleted = pre
        .iter()
        .filter(|(slot, value)| !value.is_zero() && !post.contains_key(*slot))
        .map(|(slot, _)| (*slot, U256::ZERO));
    let changes: Vec<_> = changed.chain(deleted).collect();
    StateTrie::new(pre.iter().map(|(slot, value)| (*slot, *value))).advance(&changes)
}
