//! Building and verifying multi-proofs: K of N slots of 32 bytes change. `cargo bench -p smartsync-proof --features std --profile dist`.

#[allow(dead_code)]
#[path = "../tests/proof/oracle.rs"]
mod oracle;

use alloy_primitives::{B256, Bytes, U256};
use divan::{Bencher, black_box};
use eth_trie::Trie;
use oracle::{State, alloy_nodes, changes};
use rand::{Rng, SeedableRng, rngs::StdRng};
use smartsync_proof::{
    Built, SlotChange, Slots, StateTrie, build_transition, confirm_transition, verify_storage,
};

const CHANGED: [usize; 4] = [1, 10, 100, 1_000];

fn main() {
    divan::main();
}

fn word(random: &mut StdRng) -> U256 {
    U256::from_be_bytes(random.random::<[u8; 32]>())
}

/// So many random slots and values.
fn state(slots: usize) -> (Vec<(U256, U256)>, StdRng) {
    let mut random = StdRng::seed_from_u64(1);
    let state = (0..slots)
        .map(|_| (word(&mut random), word(&mut random)))
        .collect();
    (state, random)
}

/// New values for the first slots.
fn change(state: &[(U256, U256)], changed: usize, random: &mut StdRng) -> Vec<(U256, U256)> {
    let slots = state.iter().take(changed);
    slots.map(|(slot, _)| (*slot, word(random))).collect()
}

/// From a state that is held: with the check of the finished proof.
#[divan::bench(args = CHANGED, consts = [1_000, 100_000, 1_000_000], sample_count = 20, sample_size = 1)]
fn build_from_state<const N: usize>(bencher: Bencher<'_, '_>, changed: usize) {
    let (state, mut random) = state(N);
    let mut trie = StateTrie::new(state.iter().copied());
    bencher
        .with_inputs(|| change(&state, changed, &mut random))
        .bench_local_values(|changes| trie.advance(&changes).unwrap());
}

/// From the EIP-1186 nodes of both tries, as the relayer does.
#[divan::bench(args = CHANGED, consts = [1_000, 100_000], sample_count = 20, sample_size = 1)]
fn build_from_nodes<const N: usize>(bencher: Bencher<'_, '_>, changed: usize) {
    let (state, mut random) = state(N);
    let pre: State = state.iter().copied().collect();
    let mut post = pre.clone();
    post.extend(change(&state, changed, &mut random));
    let changes: Vec<SlotChange> = changes(&pre, &post);
    let slots: Vec<_> = changes.iter().map(|change| change.slot).collect();
    let (pre_root, pre_nodes) = alloy_nodes(&pre, &slots);
    let (post_root, post_nodes) = alloy_nodes(&post, &slots);
    bencher
        .with_inputs(|| (pre_nodes.clone(), post_nodes.clone()))
        .bench_local_values(|(pre_nodes, post_nodes)| {
            build_transition(&changes, pre_root, pre_nodes, post_root, post_nodes).unwrap()
        });
}

/// Both lanes, as a target chain does it.
#[divan::bench(args = CHANGED, consts = [1_000, 100_000, 1_000_000], sample_count = 20)]
fn verify<const N: usize>(bencher: Bencher<'_, '_>, changed: usize) {
    let (state, mut random) = state(N);
    let mut trie = StateTrie::new(state.iter().copied());
    let built = trie.advance(&change(&state, changed, &mut random)).unwrap();
    let Built {
        multi_proof,
        pre_storage_root,
        post_storage_root,
        ..
    } = built;
    // The old values, in the proof's order.
    let mut listed: Vec<_> = state.iter().take(changed).collect();
    listed.sort_by_key(|(slot, _)| oracle::hashed(*slot));
    let old: Vec<B256> = listed.iter().map(|(_, value)| B256::from(*value)).collect();
    bencher.bench_local(|| {
        let mut old = Old(old.iter());
        let confirmed = confirm_transition(
            black_box(&multi_proof),
            &pre_storage_root,
            &post_storage_root,
            &mut old,
        );
        assert_eq!(confirmed.map(usize::from), Ok(changed));
    });
}

/// The same slots one by one, in one lane: what the multi-proof is measured against.
#[divan::bench(args = CHANGED, consts = [1_000, 100_000], sample_count = 20)]
fn verify_eip1186<const N: usize>(bencher: Bencher<'_, '_>, changed: usize) {
    let (state, _) = state(N);
    let whole: State = state.iter().copied().collect();
    let slots: Vec<_> = state.iter().take(changed).map(|(slot, _)| *slot).collect();
    let mut trie = oracle::eth_trie(&whole);
    let root = trie.root_hash().unwrap();
    let proofs: Vec<(B256, Vec<Bytes>)> = slots
        .iter()
        .map(|slot| (B256::from(*slot), oracle::eth_trie_proof(&mut trie, *slot)))
        .collect();
    bencher.bench_local(|| {
        for (slot, nodes) in &proofs {
            let value = verify_storage(&root, slot, nodes.iter().map(|node| &node[..]));
            assert!(value.is_ok());
        }
    });
}

struct Old<'a>(core::slice::Iter<'a, B256>);

impl Slots for Old<'_> {
    fn load(&mut self, _slot: &B256) -> B256 {
        self.0.next().copied().unwrap_or_default()
    }

    fn store(&mut self, _slot: &B256, value: &B256) {
        black_box(value);
    }
}
