//! Headers and EIP-1186 nodes: no input panics, and nothing is proven that does not hash to the root.
#![no_main]

use alloy_primitives::{Address, B256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{Header, verify_account, verify_storage};

fuzz_target!(|data: &[u8]| {
    if let Ok(header) = Header::decode(data) {
        assert_eq!(header.hash, keccak256(data));
    }
    // Nodes, each after its length in two bytes. The root is the first node's hash, so that decoding is reached.
    let mut nodes = Vec::new();
    let mut rest = data;
    while let Some(([high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]) % 700).min(after.len());
        let (node, after) = after.split_at(length);
        nodes.push(node);
        rest = after;
    }
    let root = keccak256(nodes.first().copied().unwrap_or_default());
    for byte in [0, 1, 7] {
        let proven = verify_storage(&root, &B256::with_last_byte(byte), nodes.iter().copied());
        // Every node is needed, so one more must be refused.
        if proven.is_ok() {
            let more = nodes.iter().copied().chain([&[0x80][..]]);
            assert!(verify_storage(&root, &B256::with_last_byte(byte), more).is_err());
        }
        // The outcome does not matter, as long as there is one.
        _ = verify_account(
            &root,
            &Address::with_last_byte(byte),
            nodes.iter().copied(),
        );
    }
});
