//! The builder: whatever two states it is given, its proof leads from one to the other; whatever nodes it is given, it
//! does not panic.
#![no_main]

use std::collections::HashMap;

use alloy_primitives::{B256, Bytes, U256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{
    SlotChange, Slots, build_from_states, build_inclusion, build_transition, confirm_transition,
    storage_root,
};

struct Storage(HashMap<U256, U256>);

impl Slots for Storage {
    fn load(&mut self, slot: &B256) -> B256 {
        self.0
            .get(&U256::from_be_bytes(slot.0))
            .copied()
            .unwrap_or_default()
            .into()
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        self.0
            .insert(U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
    }
}

/// Slots whose hashes share 9 to 12 nibbles.
const CLOSE: [u32; 8] = [
    27_314_463, 28_501_824, 7_179_091, 1_282_511, 28_227_565, 32_835_874, 26_845_730, 7_206_028,
];

fuzz_target!(|data: &[u8]| {
    // Four bytes for each slot: which one, its value before and after, and how long the values are.
    let mut pre = HashMap::new();
    let mut post = HashMap::new();
    for entry in data.as_chunks::<4>().0 {
        let [slot, before, after, shift] = *entry;
        let slot = match CLOSE.get(usize::from(slot)) {
            Some(close) => U256::from(*close),
            None => U256::from(slot),
        };
        let value = |byte: u8| U256::from(byte) << (usize::from(shift) % 249);
        pre.insert(slot, value(before));
        post.insert(slot, value(after));
    }
    let built = build_from_states(&pre, &post).expect("few slots");
    assert_eq!(built.pre_storage_root, storage_root(&pre));
    assert_eq!(built.post_storage_root, storage_root(&post));
    let mut storage = Storage(pre.clone());
    let confirmed = confirm_transition(
        &built.multi_proof,
        &built.pre_storage_root,
        &built.post_storage_root,
        &mut storage,
    );
    assert_eq!(confirmed.map(usize::from), Ok(built.changes));
    assert_eq!(storage_root(&storage.0), built.post_storage_root);

    // The same bytes as nodes.
    let mut nodes = Vec::new();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first() {
        let (node, after) = after.split_at(usize::from(*length).min(after.len()));
        nodes.push(Bytes::copy_from_slice(node));
        rest = after;
    }
    let root = keccak256(nodes.first().map(|node| &node[..]).unwrap_or_default());
    let change = SlotChange {
        slot: U256::ZERO,
        pre: U256::ZERO,
        post: U256::from(1),
    };
    for (pre_root, post_root) in [
        (root, storage_root(&post)),
        (storage_root(&pre), root),
        (root, root),
    ] {
        drop(build_transition(
            &[change],
            pre_root,
            nodes.clone(),
            post_root,
            nodes.clone(),
        ));
    }
    drop(build_inclusion(&[(U256::ZERO, U256::ZERO)], root, nodes));
});
