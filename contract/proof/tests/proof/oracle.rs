//! Roots and EIP-1186 nodes by implementations that share no code with this crate: alloy's hash builder and `eth_trie`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_trie::{HashBuilder, Nibbles, proof::ProofRetainer};
use eth_trie::{EthTrie, MemoryDB, Trie};
use smartsync_proof::{
    Built, MultiProofError, SlotChange, Slots, build_from_states, build_inclusion,
    build_transition, confirm_transition, prove_inclusion, verify_storage,
};

/// A contract's storage, zero being absent.
pub type State = HashMap<U256, U256>;

/// What a contract stores, as the verifier sees it.
pub struct Storage(pub State);

impl Slots for Storage {
    fn load(&mut self, slot: &B256) -> B256 {
        B256::new(
            self.0
                .get(&U256::from_be_bytes(slot.0))
                .copied()
                .unwrap_or_default()
                .to_be_bytes(),
        )
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        let (slot, value) = (U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
        if value.is_zero() {
            self.0.remove(&slot);
        } else {
            self.0.insert(slot, value);
        }
    }
}

pub fn hashed(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}

/// Root and proof nodes of some slots, by alloy.
pub fn alloy_nodes(state: &State, slots: &[U256]) -> (B256, Vec<Bytes>) {
    let targets = slots.iter().map(|slot| Nibbles::unpack(hashed(*slot)));
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::from_iter(targets));
    let leaves: BTreeMap<_, _> = state
        .iter()
        .filter(|(_, value)| !value.is_zero())
        .map(|(slot, value)| (hashed(*slot), alloy_rlp::encode(value)))
        .collect();
    for (key, value) in &leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    let nodes = builder
        .take_proof_nodes()
        .into_nodes_sorted()
        .into_iter()
        .map(|(_, node)| node)
        .collect();
    (root, nodes)
}

/// The same state in `eth_trie`.
pub fn eth_trie(state: &State) -> EthTrie<MemoryDB> {
    let mut trie = EthTrie::new(Arc::new(MemoryDB::new(true)));
    for (slot, value) in state.iter().filter(|(_, value)| !value.is_zero()) {
        trie.insert(hashed(*slot).as_slice(), &alloy_rlp::encode(value))
            .unwrap();
    }
    trie
}

/// The nodes that prove some slots, by `eth_trie`, which leaves embedded nodes out.
pub fn eth_trie_nodes(state: &State, slots: &[U256]) -> (B256, Vec<Bytes>) {
    let mut trie = eth_trie(state);
    let root = trie.root_hash().unwrap();
    let nodes = slots
        .iter()
        .flat_map(|slot| eth_trie_proof(&mut trie, *slot));
    (root, nodes.collect())
}

/// The nodes that prove one slot, root first.
pub fn eth_trie_proof(trie: &mut EthTrie<MemoryDB>, slot: U256) -> Vec<Bytes> {
    let nodes = trie.get_proof(hashed(slot).as_slice()).unwrap();
    nodes.into_iter().map(Bytes::from).collect()
}

/// The changes that lead from one state to another.
pub fn changes(pre: &State, post: &State) -> Vec<SlotChange> {
    let value = |state: &State, slot: &U256| state.get(slot).copied().unwrap_or_default();
    let mut slots: Vec<_> = pre.keys().chain(post.keys()).copied().collect();
    slots.sort_unstable();
    slots.dedup();
    slots
        .into_iter()
        .map(|slot| SlotChange {
            slot,
            pre: value(pre, &slot),
            post: value(post, &slot),
        })
        .filter(|change| change.pre != change.post)
        .collect()
}

/// Confirms a transition from `pre`, and returns the storage it leaves.
pub fn confirm(
    multi_proof: &[u8],
    pre_root: &B256,
    post_root: &B256,
    pre: &State,
) -> Result<State, MultiProofError> {
    let mut storage = Storage(pre.clone());
    confirm_transition(multi_proof, pre_root, post_root, &mut storage).map(|_| storage.0)
}

/// Builds the transition in every way and checks it in every way. Returns the proof.
pub fn check_transition(pre: &State, post: &State) -> Built {
    let changes = changes(pre, post);
    let slots: Vec<_> = changes.iter().map(|change| change.slot).collect();
    let (pre_root, pre_nodes) = alloy_nodes(pre, &slots);
    let (post_root, post_nodes) = alloy_nodes(post, &slots);

    let built = build_from_states(pre, post).unwrap();
    assert_eq!(built.pre_storage_root, pre_root, "{pre:?}");
    assert_eq!(built.post_storage_root, post_root, "{post:?}");
    assert_eq!(built.changes, changes.len());
    let from_nodes = build_transition(&changes, pre_root, pre_nodes, post_root, post_nodes)
        .unwrap_or_else(|error| {
            panic!("{error} ({error:?}): {pre:?} to {post:?}");
        });
    assert_eq!(from_nodes, built);
    let (eth_pre_root, eth_pre_nodes) = eth_trie_nodes(pre, &slots);
    let (eth_post_root, eth_post_nodes) = eth_trie_nodes(post, &slots);
    assert_eq!((eth_pre_root, eth_post_root), (pre_root, post_root));
    let from_nodes = build_transition(
        &changes,
        pre_root,
        eth_pre_nodes,
        post_root,
        eth_post_nodes.clone(),
    )
    .unwrap();
    assert_eq!(from_nodes, built);

    let mut expected = post.clone();
    expected.retain(|_, value| !value.is_zero());
    let mut start = pre.clone();
    start.retain(|_, value| !value.is_zero());
    assert_eq!(
        confirm(&built.multi_proof, &pre_root, &post_root, &start).unwrap(),
        expected
    );

    if !changes.is_empty() {
        let listed: Vec<_> = changes
            .iter()
            .map(|change| (change.slot, change.post))
            .collect();
        let inclusion = build_inclusion(&listed, post_root, eth_post_nodes).unwrap();
        check_inclusion(&inclusion.multi_proof, &post_root, &listed);
    }
    built
}

/// The proof must list exactly these slots and values.
pub fn check_inclusion(multi_proof: &[u8], root: &B256, listed: &[(U256, U256)]) {
    let mut seen = Vec::new();
    let count = prove_inclusion(multi_proof, root, |slot, value| {
        seen.push((U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0)));
        Ok::<_, MultiProofError>(())
    });
    assert_eq!(count.unwrap() as usize, listed.len());
    let mut listed = listed.to_vec();
    listed.sort_by_key(|(slot, _)| hashed(*slot));
    assert_eq!(seen, listed);
}

/// A slot's value by `verify_storage`.
pub fn proven(root: &B256, slot: U256, nodes: &[Bytes]) -> U256 {
    let value = verify_storage(
        root,
        &B256::new(slot.to_be_bytes()),
        nodes.iter().map(|node| &node[..]),
    );
    U256::from_be_bytes(value.unwrap().0)
}
