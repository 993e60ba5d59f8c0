//! The worked examples of `docs/proof-format.md`: the bytes are put together by hand here, and must be those on the page.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};

use smartsync_proof::{build_inclusion, build_witness};

use crate::{
    forgery::{Valid, state},
    ground::{PAIR_12, TRIPLE_9},
    oracle::{State, alloy_nodes, check_inclusion, hashed},
    state_trie::{By, Entry, World, proofs},
};

const PAGE: &str = include_str!("../../../../docs/proof-format.md");

/// Whether a block of the page shows the bytes, in one line or several; what follows a `#` is a remark.
fn on_the_page(bytes: &[u8]) -> bool {
    let shown = hex::encode(bytes);
    PAGE.split("```").skip(1).step_by(2).any(|block| {
        let digits: String = block
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .flat_map(str::chars)
            .filter(|character| !character.is_whitespace())
            .collect();
        digits.contains(&shown)
    })
}

/// The proof must be the parts put together by hand, lead from and to the roots by alloy, and be on the page.
fn check(pre: &State, post: &State, parts: &[&[u8]]) {
    let valid = Valid::new(pre, post);
    assert_eq!(hex::encode(parts.concat()), hex::encode(&valid.proof));
    assert!(
        on_the_page(&valid.proof),
        "not on the page: {}",
        hex::encode(&valid.proof)
    );
    let roots = [alloy_nodes(pre, &[]).0, alloy_nodes(post, &[]).0];
    let missing: Vec<_> = roots
        .iter()
        .map(B256::to_string)
        .filter(|root| !PAGE.contains(root))
        .collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}

#[test]
fn example_1_the_first_slot() {
    // Slot 0 has no byte; its value 5 has one. A leaf is the whole trie.
    check(
        &state([]),
        &state([(0, 5)]),
        &[&[0x01], &[0x00, 0x01], &[0x01, 0x00, 0x05], &[0xff]],
    );
}

#[test]
fn example_2_one_of_two_slots() {
    // The hash of slot 1 begins with b, that of slot 2 with 4: they part in the root branch. The leaf of slot 1, which
    // does not change, has 63 nibbles of path left.
    let mut leaf = vec![0xe2, 0xa0, 0x31];
    leaf.extend(&hashed(U256::from(1))[1..]);
    leaf.push(0x01);
    let hash: B256 = keccak256(&leaf);
    check(
        &state([(1, 1), (2, 2)]),
        &state([(1, 1), (2, 3)]),
        &[
            &[0x01],
            &[0x00, 0x01],
            &[0x01, 0x01, 0x02, 0x03],
            &[0x00, 0x08, 0x00],
            &[0xff],
            hash.as_slice(),
        ],
    );
}

#[test]
fn example_3_a_root_branch_collapses() {
    let nibbles = hex::encode(hashed(U256::from(1)));
    let path = hex::decode(format!("{}0", &nibbles[1..])).unwrap();
    check(
        &state([(1, 1), (2, 2)]),
        &state([(1, 1)]),
        &[
            &[0x01],
            &[0x00, 0x01],
            &[0x00, 0x01, 0x02],
            &[0x00, 0x08, 0x00],
            &[0xff],
            &[0xff],
            &path,
            &[0x01, 0x01],
        ],
    );
}

#[test]
fn example_4_inlined_neighbours() {
    // Three slots whose hashes share nine nibbles; the tenth ones part them.
    let slots = TRIPLE_9;
    let tenth = |slot: u32| hashed(U256::from(slot))[4] & 0x0f;
    let mut by_nibble = slots;
    by_nibble.sort_by_key(|slot| tenth(*slot));
    let [low, middle, high] = by_nibble;
    assert!(tenth(low) < tenth(middle) && tenth(middle) < tenth(high));
    let leaf = |slot: u32, value: u8| {
        // 54 nibbles of path are left: an even number, in 27 bytes after the flag.
        let mut leaf = vec![0xc0 + 1 + 28 + 1, 0x80 + 28, 0x20];
        leaf.extend(&hashed(U256::from(slot))[5..]);
        leaf.push(value);
        leaf
    };
    let untouched = (1u16 << tenth(low) | 1 << tenth(high)).to_be_bytes();
    let changed = U256::from(middle).to_be_bytes_trimmed_vec();
    let before = state([(low, 1), (middle, 2), (high, 3)]);
    let after = state([(low, 1), (middle, 9), (high, 3)]);
    check(
        &before,
        &after,
        &[
            &[0x01],
            &[0x00, 0x01],
            &[0x01, changed.len() as u8],
            &changed,
            &[0x09],
            &[9],
            &untouched,
            &[0xff],
            &untouched,
            &leaf(low, 1),
            &leaf(high, 3),
        ],
    );
}

#[test]
fn example_5_a_root_branch_collapses_onto_an_extension() {
    let [low, high] = PAIR_12;
    let pair = state([(low, 1), (high, 2)]);
    let mut with_another = pair.clone();
    with_another.insert(U256::from(1), U256::from(3));
    // Alloy's nodes of the pair: an extension of twelve nibbles, and the branch.
    let (_, nodes) = alloy_nodes(&pair, &[U256::from(low)]);
    let branch = keccak256(&nodes[1]);
    let nibbles = hex::encode(hashed(U256::from(low)));
    let child = u32::from_str_radix(&nibbles[..1], 16).unwrap();
    // Eleven nibbles follow the one in the root branch, and a zero.
    let path = hex::decode(format!("{}0", &nibbles[1..12])).unwrap();
    check(
        &with_another,
        &pair,
        &[
            &[0x01],
            &[0x00, 0x01],
            &[0x00, 0x01, 0x01],
            &[0x00],
            &(1u16 << child).to_be_bytes(),
            &[0xff],
            &[11],
            &path,
            branch.as_slice(),
        ],
    );
}

#[test]
fn example_6_the_inclusion_of_an_absent_slot() {
    let state = state([(1, 1), (2, 2)]);
    let (root, nodes) = alloy_nodes(&state, &[U256::ZERO]);
    let absent = [(U256::ZERO, U256::ZERO)];
    let built = build_inclusion(&absent, root, nodes).unwrap();
    check_inclusion(&built.multi_proof, &root, &absent);
    let leaf = |slot: u64, value: u8| {
        let mut leaf = vec![0xe2, 0xa0];
        let hash = hashed(U256::from(slot));
        leaf.push(0x30 | hash[0] & 0x0f);
        leaf.extend(&hash[1..]);
        leaf.push(value);
        keccak256(leaf)
    };
    let (first, second) = (leaf(2, 2), leaf(1, 1));
    let parts: [&[u8]; 7] = [
        &[0x01],
        &[0x00, 0x01],
        &[0x00, 0x00],
        &[0x00, 0x08, 0x10],
        &[0xff],
        first.as_slice(),
        second.as_slice(),
    ];
    assert_eq!(hex::encode(parts.concat()), hex::encode(&built.multi_proof));
    assert!(
        on_the_page(&built.multi_proof),
        "{}",
        hex::encode(&built.multi_proof)
    );
    assert!(PAGE.contains(&root.to_string()), "{root}");
}

#[test]
fn the_example_of_a_witness() {
    let [present, absent] = [1, 2].map(Address::with_last_byte);
    let hash = |address: Address| keccak256(address);
    // 1468288056… and d52688a8…: they part at the first nibble.
    assert_eq!((hash(present)[0], hash(absent)[0]), (0x14, 0xd5));
    let code = [0x5b];
    let account = [&[0x21, 1, 1, 5], keccak256(code).as_slice()].concat();
    let world = World::from([(
        present,
        Entry {
            nonce: 1,
            balance: U256::from(5),
            code: code.to_vec(),
            ..Entry::default()
        },
    )]);
    let witness = [
        &[1, 0, 2][..],
        present.as_slice(),
        &account,
        absent.as_slice(),
        &[0xff],
        // The root branch, none untouched, and both places.
        &[0, 0, 0, 0xff, 0xff],
        &[0, 1],
        &code,
    ]
    .concat();
    let (root, proofs) = proofs(&world, &[(present, vec![]), (absent, vec![])], By::EthTrie);
    let built = build_witness(root, &proofs, &[Bytes::copy_from_slice(&code)]).unwrap();
    assert_eq!(hex::encode(built), hex::encode(&witness));
    assert!(on_the_page(&witness), "{}", hex::encode(&witness));
    assert!(PAGE.contains(&root.to_string()), "{root}");
}
