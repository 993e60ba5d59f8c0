//! The shapes of Ethereum's official trie vectors (github.com/ethereum/tests, `TrieTests`), as storage. There keys and values are
//! any bytes; here a key is a slot of those bytes and a value a word of them, so the roots are not those of the vectors, except
//! for the state trie of accounts. In a secure trie all keys are hashes of one length, so no branch has a value and no key is
//! the prefix of another.

use alloy_primitives::{Address, B256, Bytes, U256, address, b256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use smartsync_proof::{Account, EMPTY_ROOT, verify_account};

use crate::{
    eip1186::account_proof,
    ground::{OTHER_PAIR_12, PAIR_11, TRIPLE_9},
    oracle::{State, alloy_nodes, check_transition, hashed},
};

/// The word that some bytes are, the first of them the most significant.
fn word(bytes: &str) -> U256 {
    U256::from_be_slice(bytes.as_bytes())
}

/// Sets slots one by one (to nothing: deletes them), each a transition that is checked in every way, then all of them at
/// once. Returns the state.
fn steps(entries: &[(&str, &str)]) -> State {
    let mut state = State::new();
    for (slot, value) in entries {
        let mut post = state.clone();
        match word(value) {
            U256::ZERO => _ = post.remove(&word(slot)),
            value => _ = post.insert(word(slot), value),
        }
        check_transition(&state, &post);
        state = post;
    }
    check_transition(&State::new(), &state);
    check_transition(&state, &State::new());
    state
}

#[test]
fn single_item_is_a_leaf_at_the_root() {
    let state = steps(&[("A", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]);
    let (_, nodes) = alloy_nodes(&state, &[word("A")]);
    let [leaf] = nodes.as_slice() else {
        panic!("{nodes:?}")
    };
    // A path of 64 nibbles: the flag 2, and no nibble beside it.
    assert_eq!(leaf[2..4], [0xa1, 0x20]);
    assert_eq!(leaf[4..36], hashed(word("A"))[..]);
}

#[test]
fn dogs_puppy_foo_and_testy_share_the_beginning_of_keys_but_not_of_hashes() {
    steps(&[
        ("doe", "reindeer"),
        ("dog", "puppy"),
        ("dogglesworth", "cat"),
    ]);
    steps(&[
        ("do", "verb"),
        ("horse", "stallion"),
        ("doge", "coin"),
        ("dog", "puppy"),
    ]);
    steps(&[("foo", "bar"), ("food", "bass")]);
    steps(&[("test", "test"), ("te", "testy")]);
}

#[test]
fn small_values_are_their_own_rlp_in_a_leaf() {
    steps(&[("be", "e"), ("dog", "puppy"), ("bed", "d")]);
    steps(&[("be", "\u{7f}"), ("bed", "\u{1}")]);
}

#[test]
fn hex_keys_of_leading_and_trailing_zeros_are_other_slots() {
    steps(&[("\u{0}E", "\u{1}#Eg"), ("E\u{0}", "vT2\u{10}")]);
}

#[test]
fn empty_values_delete() {
    let state = steps(&[
        ("do", "verb"),
        ("ether", "wookiedoo"),
        ("horse", "stallion"),
        ("shaman", "horse"),
        ("doge", "coin"),
        ("ether", ""),
        ("dog", "puppy"),
        ("shaman", ""),
    ]);
    assert_eq!(state.len(), 4);
}

#[test]
fn insert_middle_leaf_splits_what_is_there() {
    steps(&[
        ("key1aa", "0123456789012345678901234567xxx"),
        ("key1", "01234567890123456789Very_Long"),
        ("key2bb", "aval3"),
        ("key2", "short"),
        ("key3cc", "aval3"),
        ("key3", "1234567890123456789012345678901"),
    ]);
}

#[test]
fn branch_value_update_is_the_update_of_another_leaf() {
    steps(&[("abc", "123"), ("abcd", "abcd"), ("abc", "abc")]);
}

#[test]
fn branching_tests_end_with_the_empty_trie() {
    let slots: Vec<_> = (1..=20u64)
        .map(|index| {
            U256::from_be_slice(Address::left_padding_from(&index.pow(9).to_be_bytes()).as_slice())
        })
        .collect();
    let mut state = State::new();
    for (index, slot) in (1u64..).zip(&slots) {
        let mut post = state.clone();
        post.insert(*slot, U256::from(index));
        check_transition(&state, &post);
        state = post;
    }
    for slot in &slots {
        let mut post = state.clone();
        post.remove(slot);
        check_transition(&state, &post);
        state = post;
    }
    assert_eq!(alloy_nodes(&state, &[]).0, EMPTY_ROOT);
    assert_eq!(EMPTY_ROOT, EMPTY_ROOT_HASH);
}

#[test]
fn jeff_mixes_addresses_texts_and_deletions() {
    let address = address!("22b224a1420a802ab51d326e29fa98e34c4f24ea");
    let jeff = U256::from_be_slice(address.as_slice());
    let text = U256::from_be_slice(b"jeff") << 224;
    let mut state = State::new();
    for (slot, value) in [
        (U256::from(0x45), jeff),
        (U256::from(0x46), text),
        (U256::from(0x1234567890u64), jeff),
        (jeff, text),
        (U256::from(0x1234567890u64), U256::ZERO),
        (text, jeff),
    ] {
        let mut post = state.clone();
        if value.is_zero() {
            post.remove(&slot);
        } else {
            post.insert(slot, value);
        }
        check_transition(&state, &post);
        state = post;
    }
}

/// Leaves of less than 32 bytes are embedded in their branch.
#[test]
fn leaves_under_a_deep_branch_are_embedded_and_become_hashes_as_values_grow() {
    let slots = TRIPLE_9.map(U256::from);
    let mut state: State = slots.iter().map(|slot| (*slot, U256::from(1))).collect();
    let (_, nodes) = alloy_nodes(&state, &slots[..1]);
    // An extension, the branch, and maybe the leaf once more; in the branch three lists.
    let embedded = |node: &Bytes| node.windows(2).filter(|pair| *pair == [0xde, 0x9c]).count();
    assert_eq!(embedded(&nodes[1]), 3, "{nodes:?}");
    for (index, slot) in slots.iter().enumerate() {
        let mut post = state.clone();
        post.insert(*slot, U256::MAX);
        check_transition(&state, &post);
        let (_, nodes) = alloy_nodes(&post, &slots[..1]);
        assert_eq!(embedded(&nodes[1]), 2 - index, "{nodes:?}");
        state = post;
    }
}

/// From a branch at the root down to one below an extension of an odd or an even number of nibbles, and back.
#[test]
fn extensions_of_odd_and_even_length_come_and_go() {
    for pair in [PAIR_11, OTHER_PAIR_12] {
        let close: State = pair
            .iter()
            .map(|slot| (U256::from(*slot), U256::MAX))
            .collect();
        let slots: Vec<_> = close.keys().copied().collect();
        let (_, nodes) = alloy_nodes(&close, &slots);
        let odd = pair == PAIR_11;
        // The path's length, then its flag: 0 for an even extension, 1 for an odd one.
        let path = nodes[0]
            .iter()
            .position(|byte| *byte & 0xe0 == 0x80)
            .unwrap()
            + 1;
        assert_eq!(nodes[0][path] >> 4, u8::from(odd), "{nodes:?}");
        let mut with_another = close.clone();
        with_another.insert(U256::from(1), U256::from(1));
        check_transition(&close, &with_another);
        check_transition(&with_another, &close);
    }
}

/// `hex_encoded_securetrie_test.json`: five accounts and the root of their state trie.
#[test]
fn the_accounts_of_the_official_secure_trie_are_proven_under_its_root() {
    let root = b256!("730a444e08ab4b8dee147c9b232fc52d34a223d600031c1e9d25bfc985cbd797");
    let no_code = b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    let other_root = b256!("ba4b47865c55a341a4a78759bb913cd15c3ee8eaf30a62fa8d1c8863113d84e8");
    let code = b256!("04bccc5d94f4d1f99aab44369a910179931772f2a5c001c3229f57831c102769");
    let account = |nonce, balance: u64, storage_root: B256, code_hash| TrieAccount {
        nonce,
        balance: U256::from(balance),
        storage_root,
        code_hash,
    };
    let accounts = [
        (
            address!("a94f5374fce5edbc8e2a8697c15331677e6ebf0b"),
            account(1, 0x05f4_46a7, EMPTY_ROOT, no_code),
        ),
        (
            address!("095e7baea6a6c7c4c2dfeb977efac326af552d87"),
            account(1, 1, EMPTY_ROOT, code),
        ),
        (
            address!("d2571607e241ecf590ed94b12d87c94babe36db6"),
            account(1, 0, other_root, no_code),
        ),
        (
            address!("62c01474f089b07dae603491675dc5b5748f7049"),
            account(0, 0, EMPTY_ROOT, no_code),
        ),
        (
            address!("2adc25665018aa1fe0e6bc666dac8fc2697ff9ba"),
            account(0, 0x01_9a59, EMPTY_ROOT, no_code),
        ),
    ];
    for (address, expected) in &accounts {
        let (_, nodes) = account_proof(&accounts, *address);
        let proven = verify_account(&root, address, nodes.iter().map(|node| &node[..]));
        let expected = Account {
            nonce: expected.nonce,
            balance: expected.balance,
            storage_root: expected.storage_root,
            code_hash: expected.code_hash,
        };
        assert_eq!(proven, Ok(Some(expected)));
    }
    let absent = Address::repeat_byte(1);
    let (_, nodes) = account_proof(&accounts, absent);
    assert_eq!(
        verify_account(&root, &absent, nodes.iter().map(|node| &node[..])),
        Ok(None)
    );
}
