//! A mirror that is one step behind its source, for tests that lie about the step.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smartsync_proof::build_from_states;
use smartsync_tests::{CallError, Mirror, Stage, close_slots, request, storage_root};

pub type State = BTreeMap<U256, U256>;

/// A mirror, one step behind its source.
pub struct Behind {
    pub stage: Stage,
    pub mirror: Mirror,
    pub block: u64,
    pub pre: State,
    pub post: State,
}

/// What the step consists of.
#[derive(Clone, Copy, Debug)]
pub struct Changes {
    pub added: usize,
    pub changed: usize,
    pub deleted: usize,
}

fn hash_map(state: &State) -> HashMap<U256, U256> {
    state.iter().map(|(slot, value)| (*slot, *value)).collect()
}

pub fn with(state: &State, slot: U256, value: U256) -> State {
    let mut state = state.clone();
    if value.is_zero() {
        state.remove(&slot);
    } else {
        state.insert(slot, value);
    }
    state
}

pub fn value(state: &State, slot: &U256) -> U256 {
    state.get(slot).copied().unwrap_or_default()
}

impl Behind {
    /// Slots whose hashes are close to each other, so that changes meet deep in the trie, and some that are not.
    pub async fn by(changes: Changes) -> Self {
        let mut slots = close_slots(1 << 18, 16);
        slots.extend((0..24).map(|slot| U256::from(0x51a7e << 8 | slot)));
        // Take them in turn from both ends, so that each kind of change gets close ones.
        let (added, rest) = slots.split_at(changes.added);
        let (changed, rest) = rest.split_at(changes.changed);
        let (deleted, kept) = rest.split_at(changes.deleted);
        let pre: State = kept
            .iter()
            .chain(changed)
            .chain(deleted)
            .enumerate()
            .map(|(at, slot)| {
                (
                    *slot,
                    if at % 3 == 0 {
                        U256::from(at + 1)
                    } else {
                        U256::MAX - U256::from(at)
                    },
                )
            })
            .collect();
        let mut step: State = added
            .iter()
            .map(|slot| (*slot, *slot + U256::ONE))
            .collect();
        step.extend(
            changed
                .iter()
                .map(|slot| (*slot, value(&pre, slot) ^ U256::from(0x100))),
        );
        step.extend(deleted.iter().map(|slot| (*slot, U256::ZERO)));

        let stage = Stage::start().await.expect("chains start");
        let table = stage
            .slot_table(pre.clone())
            .await
            .expect("the table is filled");
        let mirror = stage.migrate(table).await.expect("migrates");
        stage
            .write(table, step.clone())
            .await
            .expect("the source changes");
        let block = stage.submit_head().await.expect("the header is taken");
        let post = step.iter().fold(pre.clone(), |state, (slot, value)| {
            with(&state, *slot, *value)
        });
        let behind = Self {
            stage,
            mirror,
            block,
            pre,
            post,
        };
        assert_eq!(
            behind
                .stage
                .target
                .storage_root(mirror.proxy)
                .await
                .unwrap(),
            storage_root(&behind.pre)
        );
        assert_eq!(
            behind.stage.source.storage_root(table).await.unwrap(),
            storage_root(&behind.post)
        );
        behind
    }

    pub fn honest(&self) -> Vec<u8> {
        proof(&self.pre, &self.post)
    }

    /// The slots that differ.
    pub fn step(&self) -> Vec<U256> {
        let mut slots: Vec<U256> = self.pre.keys().chain(self.post.keys()).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        slots.retain(|slot| value(&self.pre, slot) != value(&self.post, slot));
        slots
    }

    /// What `sync` with this multi-proof answers.
    pub async fn sync(&self, multi_proof: Vec<u8>) -> Result<(), CallError> {
        let call = self
            .stage
            .sync_call(self.mirror, self.block, multi_proof)
            .await
            .expect("the source proves");
        self.stage
            .target
            .call(self.stage.registry, call.abi_encode())
            .await
            .map(drop)
    }

    /// Sends `sync` with this multi-proof, which must fail and leave everything as it is.
    pub async fn sent_in_vain(&self, multi_proof: Vec<u8>) {
        let stage = &self.stage;
        let before = (
            stage.record(self.mirror).await.unwrap(),
            stage.target.storage(self.mirror.proxy).await.unwrap(),
        );
        let call = stage
            .sync_call(self.mirror, self.block, multi_proof)
            .await
            .unwrap();
        let receipt = stage
            .target
            .transact(request(stage.registry, call.abi_encode().into()))
            .await
            .unwrap();
        assert!(!receipt.status(), "a tampered proof was taken");
        assert!(receipt.inner.logs().is_empty());
        let after = (
            stage.record(self.mirror).await.unwrap(),
            stage.target.storage(self.mirror.proxy).await.unwrap(),
        );
        assert_eq!(before, after);
        assert_eq!(
            stage.target.storage_root(self.mirror.proxy).await.unwrap(),
            storage_root(&self.pre)
        );
    }
}

pub fn proof(pre: &State, post: &State) -> Vec<u8> {
    build_from_states(&hash_map(pre), &hash_map(post))
        .expect("two states have a multi-proof")
        .multi_proof
}
