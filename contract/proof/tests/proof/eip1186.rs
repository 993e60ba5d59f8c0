//! Account and storage proofs of single keys.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::{HashBuilder, Nibbles, TrieAccount, proof::ProofRetainer};
use smartsync_proof::{Account, EMPTY_ROOT, NodeCheck, ProofError, verify_account, verify_storage};

use crate::{
    ground,
    oracle::{State, alloy_nodes, eth_trie_nodes, proven},
    rlp,
};

fn slices(nodes: &[Bytes]) -> impl Iterator<Item = &[u8]> {
    nodes.iter().map(|node| &node[..])
}

fn state(slots: impl IntoIterator<Item = U256>) -> State {
    slots
        .into_iter()
        .zip(1u64..)
        .map(|(slot, value)| (slot, U256::from(value)))
        .collect()
}

fn word(slot: U256) -> B256 {
    B256::new(slot.to_be_bytes())
}

fn check_of(result: Result<B256, ProofError>) -> NodeCheck {
    result.unwrap_err().check
}

#[test]
fn every_present_and_absent_slot_is_proven_with_the_nodes_of_two_implementations() {
    for size in [1usize, 2, 3, 16, 17, 200] {
        let state = state((0..size).map(U256::from).chain(ground::all()));
        for slot in (0..size as u64 + 40).map(U256::from).chain(ground::all()) {
            let expected = state.get(&slot).copied().unwrap_or_default();
            let (root, nodes) = alloy_nodes(&state, &[slot]);
            assert_eq!(proven(&root, slot, &nodes), expected);
            let (root, nodes) = eth_trie_nodes(&state, &[slot]);
            assert_eq!(proven(&root, slot, &nodes), expected);
        }
    }
}

#[test]
fn the_empty_trie_is_proven_by_no_node_or_by_the_empty_node() {
    let empty: [&[u8]; 1] = [&[0x80]];
    let slot = word(U256::from(7));
    assert_eq!(verify_storage(&EMPTY_ROOT, &slot, []).unwrap(), B256::ZERO);
    assert_eq!(
        verify_storage(&EMPTY_ROOT, &slot, empty).unwrap(),
        B256::ZERO
    );
    assert_eq!(
        check_of(verify_storage(&EMPTY_ROOT, &slot, [empty[0], empty[0]])),
        NodeCheck::Unused
    );
    assert_eq!(
        check_of(verify_storage(&EMPTY_ROOT, &slot, [&[0x81][..]])),
        NodeCheck::Hash
    );
}

#[test]
fn a_proof_without_its_last_node_proves_nothing_not_even_absence() {
    let state = state((0..100).map(U256::from));
    for slot in (0..120).map(U256::from) {
        let (root, nodes) = alloy_nodes(&state, &[slot]);
        for length in 0..nodes.len() {
            let result = verify_storage(&root, &word(slot), slices(&nodes[..length]));
            assert_eq!(
                result.unwrap_err(),
                ProofError {
                    check: NodeCheck::Missing,
                    node: length as u32
                }
            );
        }
    }
}

#[test]
fn a_node_after_the_last_needed_one_is_refused() {
    let state = state((0..100).map(U256::from));
    for slot in (0..120).map(U256::from) {
        let (root, mut nodes) = alloy_nodes(&state, &[slot]);
        nodes.push(nodes[0].clone());
        assert_eq!(
            check_of(verify_storage(&root, &word(slot), slices(&nodes))),
            NodeCheck::Unused
        );
    }
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let state = state((0..60).map(U256::from).chain(ground::all()));
    for slot in [
        U256::from(3),
        U256::from(1_000),
        U256::from(ground::PAIR_12[0]),
    ] {
        let (root, nodes) = eth_trie_nodes(&state, &[slot]);
        for node in 0..nodes.len() {
            for byte in 0..nodes[node].len() {
                let mut forged = nodes.clone();
                let mut bytes = forged[node].to_vec();
                bytes[byte] ^= 1;
                forged[node] = bytes.into();
                let error = verify_storage(&root, &word(slot), slices(&forged)).unwrap_err();
                assert_eq!(
                    error,
                    ProofError {
                        check: NodeCheck::Hash,
                        node: node as u32
                    }
                );
            }
        }
    }
}

/// A node and the root it has alone.
fn lone(node: &[u8]) -> (B256, [&[u8]; 1]) {
    (keccak256(node), [node])
}

/// A leaf that holds `value` for slot 0.
fn leaf(value: &[u8]) -> Vec<u8> {
    let mut path = vec![0x20];
    path.extend_from_slice(keccak256([0; 32]).as_slice());
    let mut node = Vec::new();
    alloy_rlp::encode_list::<_, [u8]>(
        &[Bytes::from(path), Bytes::copy_from_slice(value)],
        &mut node,
    );
    node
}

#[test]
fn a_leaf_that_holds_zero_is_refused() {
    let node = leaf(&[0x80]);
    let (root, nodes) = lone(&node);
    assert_eq!(
        check_of(verify_storage(&root, &B256::ZERO, nodes)),
        NodeCheck::ZeroValue
    );
}

#[test]
fn a_leaf_whose_value_is_not_a_minimal_word_is_refused() {
    for value in [
        &[0u8][..],
        &[0x81, 0x01],
        &[0x82, 0x00, 0x01],
        &[0xc0],
        &[],
        &[0x01, 0x01],
        &[0xa1; 34],
    ] {
        let node = leaf(value);
        let (root, nodes) = lone(&node);
        assert_eq!(
            check_of(verify_storage(&root, &B256::ZERO, nodes)),
            NodeCheck::Value,
            "{value:?}"
        );
    }
}

/// A list of items that are RLP already.
fn list(items: &[&[u8]]) -> Vec<u8> {
    rlp::list(items)
}

fn refusal(node: &[u8]) -> NodeCheck {
    let (root, nodes) = lone(node);
    check_of(verify_storage(&root, &B256::ZERO, nodes))
}

#[test]
fn nodes_that_are_not_canonical_lists_are_refused() {
    assert_eq!(refusal(&[0x7f]), NodeCheck::Rlp);
    assert_eq!(refusal(&[0xc0]), NodeCheck::ItemCount);
    assert_eq!(refusal(&[0xc1, 0x80]), NodeCheck::ItemCount);
    let mut trailing = leaf(&[1]);
    trailing.push(0);
    assert_eq!(refusal(&trailing), NodeCheck::Rlp);
    assert_eq!(refusal(&list(&[&[0x80][..]; 3])), NodeCheck::ItemCount);
    assert_eq!(refusal(&list(&[&[0x80][..]; 18])), NodeCheck::ItemCount);
}

#[test]
fn a_branch_that_holds_a_value_is_refused() {
    let mut items: [&[u8]; 17] = [&[0x80]; 17];
    assert_eq!(
        verify_storage(&lone(&list(&items)).0, &B256::ZERO, [&list(&items)[..]]).unwrap(),
        B256::ZERO
    );
    items[16] = &[1];
    assert_eq!(refusal(&list(&items)), NodeCheck::BranchValue);
}

#[test]
fn a_branch_with_a_child_of_another_width_is_refused() {
    for width in [1, 31, 33] {
        let child = alloy_rlp::encode(Bytes::from(vec![0xaa; width]));
        let mut items: [&[u8]; 17] = [&[0x80]; 17];
        items[9] = &child;
        assert_eq!(refusal(&list(&items)), NodeCheck::Child);
    }
    let long = list(&[&[0x01; 40]]);
    let mut items: [&[u8]; 17] = [&[0x80]; 17];
    items[9] = &long;
    assert_eq!(refusal(&list(&items)), NodeCheck::Child);
}

#[test]
fn paths_that_are_not_in_hex_prefix_encoding_or_of_the_wrong_length_are_refused() {
    let child = alloy_rlp::encode(B256::repeat_byte(1));
    for (path, check) in [
        (vec![0x40, 0x11], NodeCheck::Path),
        (vec![0x01, 0x11], NodeCheck::Path),
        (vec![0x21, 0x11], NodeCheck::Path),
        (vec![], NodeCheck::Path),
        (vec![0x00], NodeCheck::PathLength),
        (vec![0x20, 0x11], NodeCheck::PathLength),
        ([vec![0x00], vec![0; 32]].concat(), NodeCheck::PathLength),
    ] {
        let path = alloy_rlp::encode(Bytes::from(path));
        assert_eq!(refusal(&list(&[&path, &child])), check, "{path:?}");
    }
    let path = alloy_rlp::encode(Bytes::from(vec![0x00, 0x29]));
    assert_eq!(refusal(&list(&[&path, &[0x80]])), NodeCheck::Child);
}

#[test]
fn an_extension_that_leads_to_a_leaf_is_refused() {
    let key = keccak256([0; 32]);
    let leaf = list(&[
        &alloy_rlp::encode(Bytes::from([&[0x20], &key[1..]].concat())),
        &[0x01],
    ]);
    let path = alloy_rlp::encode(Bytes::from(vec![0x00, key[0]]));
    let root = list(&[&path, &alloy_rlp::encode(keccak256(&leaf))]);
    let error = verify_storage(&keccak256(&root), &B256::ZERO, [&root[..], &leaf]).unwrap_err();
    assert_eq!(
        error,
        ProofError {
            check: NodeCheck::ExtensionChild,
            node: 1
        }
    );
}

#[test]
fn a_short_node_named_by_hash_is_refused() {
    let key = keccak256([0; 32]);
    let short = list(&[&[0x80][..]; 17]);
    let path = alloy_rlp::encode(Bytes::from(vec![0x00, key[0]]));
    let root = list(&[&path, &alloy_rlp::encode(keccak256(&short))]);
    let error = verify_storage(&keccak256(&root), &B256::ZERO, [&root[..], &short]).unwrap_err();
    assert_eq!(
        error,
        ProofError {
            check: NodeCheck::NotEmbedded,
            node: 1
        }
    );
}

/// State root and proof of one account among some.
pub fn account_proof(accounts: &[(Address, TrieAccount)], target: Address) -> (B256, Vec<Bytes>) {
    let mut leaves: Vec<_> = accounts
        .iter()
        .map(|(address, account)| (keccak256(address), alloy_rlp::encode(account)))
        .collect();
    leaves.sort();
    let retainer = ProofRetainer::from_iter([Nibbles::unpack(keccak256(target))]);
    let mut builder = HashBuilder::default().with_proof_retainer(retainer);
    for (key, value) in &leaves {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    (
        root,
        builder
            .take_proof_nodes()
            .into_nodes_sorted()
            .into_iter()
            .map(|(_, node)| node)
            .collect(),
    )
}

#[test]
fn accounts_are_proven_present_with_all_their_fields_or_absent() {
    let accounts: Vec<_> = (0u8..50)
        .map(|index| {
            let account = TrieAccount {
                nonce: u64::from(index) << (index % 56),
                balance: U256::from(index) << (4 * usize::from(index)),
                storage_root: B256::repeat_byte(index),
                code_hash: B256::repeat_byte(!index),
            };
            (Address::repeat_byte(index), account)
        })
        .collect();
    for (address, account) in &accounts {
        let (root, nodes) = account_proof(&accounts, *address);
        let expected = Account {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: account.storage_root,
            code_hash: account.code_hash,
        };
        assert_eq!(
            verify_account(&root, address, slices(&nodes)).unwrap(),
            Some(expected)
        );
        // The same nodes prove nothing of another address.
        let other = Address::repeat_byte(address[0].wrapping_add(1));
        assert_ne!(
            verify_account(&root, &other, slices(&nodes)),
            Ok(Some(expected))
        );
    }
    for byte in 200u8..240 {
        let absent = Address::repeat_byte(byte);
        let (root, nodes) = account_proof(&accounts, absent);
        assert_eq!(
            verify_account(&root, &absent, slices(&nodes)).unwrap(),
            None
        );
        let truncated = verify_account(&root, &absent, slices(&nodes[..nodes.len() - 1]));
        assert_eq!(truncated.unwrap_err().check, NodeCheck::Missing);
    }
}

#[test]
fn an_account_with_a_missing_extra_or_malformed_field_is_refused() {
    let address = Address::repeat_byte(7);
    let hash = alloy_rlp::encode(B256::repeat_byte(1));
    let fields: [&[u8]; 4] = [&[0x80], &[0x80], &hash, &hash];
    let prove = |fields: &[&[u8]]| {
        let path = alloy_rlp::encode(Bytes::from([&[0x20], &keccak256(address)[..]].concat()));
        let node = list(&[&path, &alloy_rlp::encode(Bytes::from(list(fields)))]);
        verify_account(&keccak256(&node), &address, [&node[..]])
    };
    assert!(prove(&fields).unwrap().is_some());
    let short_hash = alloy_rlp::encode(Bytes::from(vec![1; 31]));
    let long_nonce = alloy_rlp::encode(Bytes::from(vec![1; 9]));
    let long_balance = alloy_rlp::encode(Bytes::from(vec![1; 33]));
    for (field, bytes) in [
        (0, &[0x00][..]),
        (0, &long_nonce),
        (1, &[0x82, 0x00, 0x01]),
        (1, &long_balance),
        (2, &short_hash),
        (3, &[0x80]),
        (3, &[0xc0]),
    ] {
        let mut forged = fields;
        forged[field] = bytes;
        assert_eq!(
            prove(&forged).unwrap_err().check,
            NodeCheck::Value,
            "{field} {bytes:?}"
        );
    }
    assert_eq!(prove(&fields[..3]).unwrap_err().check, NodeCheck::Value);
    assert_eq!(
        prove(&[&fields[..], &[&[0x01]]].concat())
            .unwrap_err()
            .check,
        NodeCheck::Value
    );
}
