use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use smartsync_proof::{EMPTY_ROOT, Witness, build_witness};

use crate::{
    oracle::State,
    refused,
    state_trie::{By, Entry, World, address_with, proofs, state_nodes},
    vector::{Outcome, WitnessCase},
};

fn witness(name: &str, state_root: B256, witness: Vec<u8>) -> WitnessCase {
    let outcome = Outcome::of(Witness::prove(&witness, &state_root).map(Into::into));
    WitnessCase {
        name: name.to_owned(),
        state_root,
        witness: witness.into(),
        outcome,
    }
}

fn accepted(name: &str, world: &World, bytes: Vec<u8>) -> WitnessCase {
    let vector = witness(name, root(world), bytes);
    assert!(matches!(vector.outcome, Outcome::Accepted(_)), "{name}");
    vector
}

fn root(world: &World) -> B256 {
    state_nodes(world, &[], By::Alloy).0
}

fn forged(name: &str, state_root: B256, bytes: Vec<u8>, meant: &str) -> WitnessCase {
    let vector = witness(name, state_root, bytes);
    WitnessCase {
        outcome: refused(vector.outcome, meant),
        ..vector
    }
}

fn built(world: &World, wanted: &[(Address, &[u64])], codes: &[&[u8]]) -> Vec<u8> {
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(address, slots)| (*address, slots.iter().copied().map(U256::from).collect()))
        .collect();
    let codes: Vec<_> = codes.iter().map(|it| Bytes::copy_from_slice(it)).collect();
    let (root, proofs) = proofs(world, &wanted, By::Alloy);
    match build_witness(root, &proofs, &codes) {
        Ok(witness) => witness,
        Err(error) => panic!("{wanted:?}: {error}"),
    }
}

/// A witness of one account, the only one of its state: these bytes after the address, then its place and whatever follows.
fn alone(address: Address, account: &[u8], rest: &[u8]) -> Vec<u8> {
    [&[1, 0, 1], address.as_slice(), account, &[0xff], rest].concat()
}

/// All of them.
pub fn all() -> Vec<WitnessCase> {
    let contract = |nonce, balance: u64, code: &[u8]| Entry {
        nonce,
        balance: U256::from(balance),
        storage: State::from([(U256::from(1), U256::from(7)), (U256::from(2), U256::MAX)]),
        code: code.to_vec(),
    };
    let wallet = Entry {
        nonce: 300,
        balance: U256::MAX,
        ..Entry::default()
    };
    let (a, next) = address_with(3, 0);
    let (b, after) = address_with(3, next);
    let (c, _) = address_with(0xa, 0);
    let (absent, _) = address_with(0xb, after);
    let one = World::from([(a, contract(1, 0, &[0x5b]))]);
    let many = World::from([
        (a, contract(1, 0, &[0x5b])),
        (b, contract(1, 5, &[0x60, 0])),
        (c, wallet.clone()),
    ]);
    let two = World::from([
        (a, contract(1, 0, &[0x5b])),
        (b, contract(1, 5, &[0x60, 0])),
    ]);
    let rich = World::from([(c, wallet)]);
    let nothing = World::from([(a, Entry::default())]);
    let delegated = World::from([(a, contract(1, 0, &[0xef, 1, 0]))]);
    let (first, second) = if keccak256([0x5b]) < keccak256([0x60, 0]) {
        (&[0x5b][..], &[0x60, 0][..])
    } else {
        (&[0x60, 0][..], &[0x5b][..])
    };
    let code = |code: &[u8]| [&[0, code.len() as u8], code].concat();
    let without_codes = built(&many, &[(a, &[]), (b, &[])], &[]);
    let revealing = built(&rich, &[(absent, &[])], &[]);
    // Head, balance's length, nonce, balance, path of 63 nibbles and mark before them.
    let revealed = revealing.len() - 2 - 2 - 32;
    let mut with_slots = revealing.clone();
    with_slots[revealed] |= 0x50;
    let slots = built(&one, &[(a, &[1])], &[]);
    let mut other_value = slots.clone();
    // Version, count, head and slot stand before it.
    let proof = 3 + 20 + 2 + 1 + 64 + 1;
    other_value[proof + 3 + 3] = 8;
    vec![
        accepted("the only account", &one, built(&one, &[(a, &[])], &[])),
        accepted(
            "its slots, one of them absent",
            &one,
            built(&one, &[(a, &[1, 2, 9])], &[]),
        ),
        accepted("its code", &one, built(&one, &[(a, &[1])], &[&[0x5b]])),
        accepted(
            "a wallet, and accounts of both codes",
            &many,
            built(
                &many,
                &[(a, &[1]), (b, &[2]), (c, &[])],
                &[&[0x5b], &[0x60, 0]],
            ),
        ),
        accepted(
            "slots of an account without storage need no proof",
            &rich,
            built(&rich, &[(c, &[1, 2])], &[]),
        ),
        accepted(
            "an empty account",
            &nothing,
            built(&nothing, &[(a, &[])], &[]),
        ),
        accepted(
            "an absent account beside a revealed one",
            &rich,
            revealing.clone(),
        ),
        accepted(
            "an absent account beside an extension",
            &two,
            built(&two, &[(absent, &[])], &[]),
        ),
        forged(
            "another version",
            root(&one),
            [&[2], &slots[1..]].concat(),
            "Version",
        ),
        forged("no account", root(&one), vec![1, 0, 0], "NoChanges"),
        forged(
            "a nonce of nine bytes",
            root(&one),
            alone(a, &[9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], &[]),
            "AccountHead",
        ),
        forged(
            "a head with bit 7",
            root(&one),
            alone(a, &[0x80, 0], &[]),
            "AccountHead",
        ),
        forged(
            "a balance of 33 bytes",
            root(&one),
            alone(a, &[&[0, 33][..], &[1; 33]].concat(), &[]),
            "AccountHead",
        ),
        forged(
            "a nonce with a leading zero",
            root(&one),
            alone(a, &[2, 0, 0, 1], &[]),
            "AccountLeadingZero",
        ),
        forged(
            "a balance with a leading zero",
            root(&one),
            alone(a, &[0, 1, 0], &[]),
            "AccountLeadingZero",
        ),
        forged(
            "the root of the empty trie, written",
            root(&nothing),
            alone(a, &[&[0x10, 0], EMPTY_ROOT.as_slice()].concat(), &[]),
            "AccountDefault",
        ),
        forged(
            "the hash of no code, written",
            root(&nothing),
            alone(a, &[&[0x20, 0], KECCAK256_EMPTY.as_slice()].concat(), &[]),
            "AccountDefault",
        ),
        forged(
            "slots of an empty storage",
            root(&nothing),
            alone(a, &[0x40, 0], &[1, 0, 1, 0, 1, 1, 0xff]),
            "SlotsWithoutStorage",
        ),
        forged(
            "a revealed account with slots",
            root(&rich),
            with_slots,
            "RevealedSlots",
        ),
        forged(
            "a revealed account that is absent",
            root(&rich),
            [&revealing[..revealed], &[0xff]].concat(),
            "RevealedSlots",
        ),
        forged(
            "an empty code",
            root(&one),
            [&slots[..], &[0, 0]].concat(),
            "CodeLength",
        ),
        forged(
            "a delegation as code",
            root(&delegated),
            [built(&delegated, &[(a, &[])], &[]), code(&[0xef, 1, 0])].concat(),
            "ReservedCode",
        ),
        forged(
            "codes in the wrong order",
            root(&many),
            [without_codes.clone(), code(second), code(first)].concat(),
            "CodeNotAscending",
        ),
        forged(
            "a code twice",
            root(&many),
            [without_codes.clone(), code(first), code(first)].concat(),
            "CodeNotAscending",
        ),
        forged(
            "a code of no account",
            root(&many),
            [without_codes.clone(), code(&[0x5c])].concat(),
            "CodeNotReferenced",
        ),
        forged(
            "a code that ends early",
            root(&many),
            [without_codes, vec![0, 2, 0x60]].concat(),
            "Truncated",
        ),
        forged(
            "the witness of another state",
            root(&many),
            slots.clone(),
            "StateRootMismatch",
        ),
        forged(
            "another value",
            root(&one),
            other_value,
            "StorageRootMismatch",
        ),
        forged(
            "the last byte is missing",
            root(&one),
            slots[..slots.len() - 1].to_vec(),
            "Truncated",
        ),
    ]
}
