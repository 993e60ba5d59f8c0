//! EIP-1186 proofs. Nodes that no canonical trie has are put together by hand, under a root that is the first one's hash.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use smartsync_proof::{EMPTY_ROOT, verify_account, verify_storage};

use crate::{
    forgery::state,
    ground::{PAIR_12, TRIPLE_9},
    oracle::{State, alloy_nodes, eth_trie, eth_trie_proof},
    refused,
    rlp::{hash, list, string},
    vector::{AccountProof, Outcome, StorageProof},
};

fn storage(name: &str, storage_root: B256, slot: U256, nodes: Vec<Bytes>) -> StorageProof {
    let proven = verify_storage(
        &storage_root,
        &B256::from(slot),
        nodes.iter().map(|node| &node[..]),
    );
    StorageProof {
        name: name.to_owned(),
        storage_root,
        slot,
        nodes,
        outcome: Outcome::of(proven.map(|value| U256::from_be_bytes(value.0))),
    }
}

fn proven(name: &str, state: &State, slot: u32) -> StorageProof {
    let slot = U256::from(slot);
    let (root, nodes) = alloy_nodes(state, &[slot]);
    let vector = storage(name, root, slot, nodes);
    let value = state.get(&slot).copied().unwrap_or_default();
    assert_eq!(vector.outcome, Outcome::Accepted(value));
    vector
}

/// Nodes of slot 0 that are refused.
fn forged(name: &str, nodes: &[Vec<u8>], meant: &str) -> StorageProof {
    let root = nodes.first().map_or(B256::ZERO, keccak256);
    let nodes = nodes.iter().cloned().map(Bytes::from).collect();
    wrong(name, root, U256::ZERO, nodes, meant)
}

fn wrong(name: &str, root: B256, slot: U256, nodes: Vec<Bytes>, meant: &str) -> StorageProof {
    let vector = storage(name, root, slot, nodes);
    StorageProof {
        outcome: refused(vector.outcome, meant),
        ..vector
    }
}

/// The hash of slot 0.
fn key() -> B256 {
    keccak256([0; 32])
}

/// A leaf that holds some bytes for slot 0.
fn leaf(value: &[u8]) -> Vec<u8> {
    let path = [&[0x20], &key()[..]].concat();
    list(&[string(&path), string(value)])
}

fn two_items(path: &[u8], second: Vec<u8>) -> Vec<u8> {
    list(&[string(path), second])
}

fn branch(at: usize, item: Vec<u8>) -> Vec<u8> {
    let mut items = vec![vec![0x80]; 17];
    items[at] = item;
    list(&items)
}

/// Proofs of slots.
pub fn of_storage() -> Vec<StorageProof> {
    let many = state((0..30).map(|slot| (slot, u64::from(slot) * 300 + 1)));
    let [a, b, c] = TRIPLE_9;
    let deep = state([(a, 1), (b, 2), (1, 5)]);
    let pair = state(PAIR_12.map(|slot| (slot, 1)));
    let (root, nodes) = alloy_nodes(&many, &[U256::from(7)]);
    let cut = nodes[..nodes.len() - 1].to_vec();
    let long = [&nodes[..], &nodes[..1]].concat();
    let mut bent = nodes.clone();
    bent[1] = {
        let mut node = bent[1].to_vec();
        node[5] ^= 1;
        node.into()
    };
    let slot = U256::from(a);
    let (deep_root, repeated) = alloy_nodes(&deep, &[slot]);
    let left_out = eth_trie_proof(&mut eth_trie(&deep), slot);
    let embedded = |nodes: &[Bytes]| nodes.iter().filter(|node| node.len() < 32).count();
    assert_eq!((embedded(&repeated), embedded(&left_out)), (1, 0));

    let below = two_items(&[&[0x20], &key()[1..]].concat(), vec![0x05]);
    let short = list(&vec![vec![0x80]; 17]);
    let to = |node: &[u8]| two_items(&[0x00, key()[0]], hash(node));
    let some = string(&[1; 32]);
    vec![
        storage(
            "the empty storage, by no node",
            EMPTY_ROOT,
            U256::ZERO,
            vec![],
        ),
        storage(
            "the empty storage, by its node",
            EMPTY_ROOT,
            U256::ZERO,
            vec![Bytes::from_static(&[0x80])],
        ),
        proven("a leaf at the root", &state([(1, 1)]), 1),
        proven("absent, by another leaf", &state([(1, 1)]), 2),
        proven("a slot of many", &many, 7),
        proven("absent, by an empty place or another leaf", &many, 99),
        proven("absent, by an extension", &pair, 1),
        proven("below an extension", &pair, PAIR_12[0]),
        storage("an embedded leaf, repeated", deep_root, slot, repeated),
        storage("an embedded leaf, left out", deep_root, slot, left_out),
        proven("absent, beside embedded leaves", &deep, c),
        wrong(
            "the last node is missing",
            root,
            U256::from(7),
            cut,
            "Missing",
        ),
        wrong("no node", root, U256::from(7), vec![], "Missing"),
        wrong("one bit of a node", root, U256::from(7), bent, "Hash"),
        wrong(
            "a node of the empty storage that is another",
            EMPTY_ROOT,
            U256::ZERO,
            vec![Bytes::from_static(&[0x81])],
            "Hash",
        ),
        wrong("a node too many", root, U256::from(7), long, "Unused"),
        forged("a node that is a string", &[vec![0x7f]], "Rlp"),
        forged(
            "a byte after a node",
            &[[leaf(&[1]), vec![0]].concat()],
            "Rlp",
        ),
        forged(
            "a list of three items",
            &[list(&vec![vec![0x80]; 3])],
            "ItemCount",
        ),
        forged(
            "a list of 18 items",
            &[list(&vec![vec![0x80]; 18])],
            "ItemCount",
        ),
        forged(
            "a path with the flag 4",
            &[two_items(&[0x40, 0x11], some.clone())],
            "Path",
        ),
        forged(
            "a path of even length with a nibble beside its flag",
            &[two_items(&[0x21, 0x11], some.clone())],
            "Path",
        ),
        forged("a path of no byte", &[two_items(&[], some.clone())], "Path"),
        forged(
            "a leaf that ends early",
            &[two_items(&[0x20, 0x11], some.clone())],
            "PathLength",
        ),
        forged(
            "an extension of no nibbles",
            &[two_items(&[0x00], some.clone())],
            "PathLength",
        ),
        forged(
            "an extension down to the leaves",
            &[two_items(&[&[0x00][..], &[0; 32]].concat(), some.clone())],
            "PathLength",
        ),
        forged(
            "a child of 31 bytes",
            &[branch(9, string(&[0xaa; 31]))],
            "Child",
        ),
        forged(
            "an embedded child of 41 bytes",
            &[branch(9, list(&[vec![1; 40]]))],
            "Child",
        ),
        forged(
            "an extension to nothing",
            &[two_items(&[0x00, 0x29], vec![0x80])],
            "Child",
        ),
        forged(
            "a branch with a value",
            &[branch(16, vec![1])],
            "BranchValue",
        ),
        forged(
            "a short node named by its hash",
            &[to(&short), short.clone()],
            "NotEmbedded",
        ),
        forged(
            "an extension to a leaf",
            &[to(&below), below.clone()],
            "ExtensionChild",
        ),
        forged(
            "a value with a leading zero",
            &[leaf(&[0x82, 0, 1])],
            "Value",
        ),
        forged("a value that is a list", &[leaf(&[0xc0])], "Value"),
        forged("a value of 33 bytes", &[leaf(&[0xa1; 34])], "Value"),
        forged(
            "a value that is not RLP of one item",
            &[leaf(&[1, 1])],
            "Value",
        ),
        forged("the value zero", &[leaf(&[0x80])], "ZeroValue"),
    ]
}

const ACCOUNT: Address = address!("095e7baea6a6c7c4c2dfeb977efac326af552d87");

fn account(name: &str, address: Address, nodes: &[Vec<u8>]) -> AccountProof {
    let state_root = nodes.first().map_or(EMPTY_ROOT, keccak256);
    let proven = verify_account(&state_root, &address, nodes.iter().map(|node| &node[..]));
    AccountProof {
        name: name.to_owned(),
        state_root,
        address,
        nodes: nodes.iter().cloned().map(Bytes::from).collect(),
        outcome: Outcome::of(proven.map(|account| account.map(Into::into))),
    }
}

/// A leaf of an account with these fields, at the root.
fn account_leaf(fields: &[Vec<u8>]) -> Vec<u8> {
    let path = [&[0x20], &keccak256(ACCOUNT)[..]].concat();
    list(&[string(&path), string(&list(fields))])
}

/// Proofs of accounts.
pub fn of_accounts() -> Vec<AccountProof> {
    let hashes = [string(&[0x11; 32]), string(&[0x22; 32])];
    let fields = |nonce: &[u8], balance: &[u8]| {
        [vec![string(nonce), string(balance)], hashes.to_vec()].concat()
    };
    let whole = fields(&[5], &[0x0d, 0xe0]);
    let forged = |name, fields: &[Vec<u8>]| {
        let vector = account(name, ACCOUNT, &[account_leaf(fields)]);
        AccountProof {
            outcome: refused(vector.outcome, "Value"),
            ..vector
        }
    };
    vec![
        account("an account", ACCOUNT, &[account_leaf(&whole)]),
        account(
            "an account of no nonce and no balance",
            ACCOUNT,
            &[account_leaf(&fields(&[], &[]))],
        ),
        account(
            "an account with the largest nonce and balance",
            ACCOUNT,
            &[account_leaf(&fields(&[0xff; 8], &[0xff; 32]))],
        ),
        account("an absent account", Address::ZERO, &[account_leaf(&whole)]),
        account("an account of no state", ACCOUNT, &[]),
        forged("a nonce of nine bytes", &fields(&[1; 9], &[])),
        forged("a balance of 33 bytes", &fields(&[], &[1; 33])),
        forged("a balance with a leading zero", &fields(&[], &[0, 1])),
        forged("three fields", &whole[..3]),
        forged("five fields", &[whole.clone(), vec![vec![1]]].concat()),
        forged(
            "a code hash of 31 bytes",
            &[whole[..3].to_vec(), vec![string(&[1; 31])]].concat(),
        ),
    ]
}
