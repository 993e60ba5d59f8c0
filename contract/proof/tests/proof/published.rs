//! The published test vectors (`vectors.json`): this crate's verifier says of each what they say, and what they say of
//! accepted proofs is what other implementations compute.

use std::collections::BTreeSet;

use alloy_primitives::{B256, U256, keccak256};
use smartsync_proof::{
    Header, MultiProofError, Witness, confirm_transition, prove_inclusion, verify_account,
    verify_storage,
};

use crate::{
    naive::{self, Roots},
    oracle::{State, Storage, alloy_nodes, hashed},
    vector::{Outcome, Refusal, Slots, Vectors},
};

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors.json")).unwrap()
}

fn state(slots: &Slots) -> State {
    slots.iter().map(|(slot, value)| (*slot, *value)).collect()
}

fn slots(state: State) -> Slots {
    state.into_iter().collect()
}

fn root(slots: &Slots) -> B256 {
    alloy_nodes(&state(slots), &[]).0
}

#[test]
fn every_published_transition_is_accepted_or_refused_as_it_says() {
    for vector in vectors().transitions {
        let mut storage = Storage(state(&vector.storage));
        let confirmed = confirm_transition(
            &vector.multi_proof,
            &vector.pre_storage_root,
            &vector.post_storage_root,
            &mut storage,
        );
        let outcome = Outcome::of(confirmed.map(|_| slots(storage.0)));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);

        // By implementations of their own: alloy's hash builder, and the one written from the page.
        let old = |slot: &B256| {
            let value = vector.storage.get(&U256::from_be_bytes(slot.0));
            B256::from(value.copied().unwrap_or_default())
        };
        let folded = naive::fold(&vector.multi_proof, Some(&old));
        let roots = Roots {
            pre: Some(vector.pre_storage_root),
            post: vector.post_storage_root,
        };
        match outcome {
            Outcome::Accepted(after) => {
                assert_eq!(root(&vector.storage), vector.pre_storage_root);
                assert_eq!(root(&after), vector.post_storage_root, "{}", vector.name);
                let unchanged = vector.multi_proof[..] == [1, 0, 0];
                assert_eq!(folded.is_none(), unchanged, "{}", vector.name);
                assert!(unchanged || folded == Some(roots), "{}", vector.name);
            }
            Outcome::Refused(_) => assert_ne!(folded, Some(roots), "{}", vector.name),
        }
    }
}

#[test]
fn every_published_inclusion_is_accepted_or_refused_as_it_says() {
    for vector in vectors().inclusions {
        let mut seen = Vec::new();
        let proven = prove_inclusion(&vector.multi_proof, &vector.storage_root, |slot, value| {
            seen.push((U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0)));
            Ok::<_, MultiProofError>(())
        });
        let outcome = Outcome::of(proven.map(|_| seen));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);
        assert_eq!(root(&vector.storage), vector.storage_root);
        let folded = naive::fold(&vector.multi_proof, None).map(|roots| roots.post);
        match outcome {
            Outcome::Accepted(listed) => {
                assert_eq!(folded, Some(vector.storage_root), "{}", vector.name);
                for (slot, value) in &listed {
                    let held = vector.storage.get(slot).copied().unwrap_or_default();
                    assert_eq!(*value, held, "{}: slot {slot}", vector.name);
                }
                assert!(listed.is_sorted_by_key(|(slot, _)| hashed(*slot)));
            }
            Outcome::Refused(_) => assert_ne!(folded, Some(vector.storage_root)),
        }
    }
}

#[test]
fn every_published_eip_1186_proof_is_accepted_or_refused_as_it_says() {
    let vectors = vectors();
    for vector in vectors.storage_proofs {
        let nodes = vector.nodes.iter().map(|node| &node[..]);
        let proven = verify_storage(&vector.storage_root, &B256::from(vector.slot), nodes);
        let outcome = Outcome::of(proven.map(|value| U256::from_be_bytes(value.0)));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);
    }
    for vector in vectors.account_proofs {
        let nodes = vector.nodes.iter().map(|node| &node[..]);
        let proven = verify_account(&vector.state_root, &vector.address, nodes);
        let outcome = Outcome::of(proven.map(|account| account.map(Into::into)));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);
    }
}

#[test]
fn every_published_header_is_accepted_or_refused_as_it_says() {
    for vector in vectors().headers {
        let outcome = Outcome::of(Header::decode(&vector.header).map(Into::into));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);
        if let Outcome::Accepted(header) = outcome {
            assert_eq!(header.hash, keccak256(&vector.header));
        }
    }
}

#[test]
fn every_published_witness_is_accepted_or_refused_as_it_says() {
    for vector in vectors().witnesses {
        let outcome =
            Outcome::of(Witness::prove(&vector.witness, &vector.state_root).map(Into::into));
        assert_eq!(outcome, vector.outcome, "{}", vector.name);
    }
}

/// Numbers of the refusals in some outcomes.
fn refusals<'a, T: 'a>(outcomes: impl IntoIterator<Item = &'a Outcome<T>>) -> BTreeSet<u8> {
    outcomes
        .into_iter()
        .filter_map(|outcome| match outcome {
            Outcome::Refused(Refusal { number, .. }) => Some(*number),
            Outcome::Accepted(_) => None,
        })
        .collect()
}

#[test]
fn every_check_on_the_page_has_a_published_refusal() {
    let vectors = vectors();
    let mut multi_proofs = refusals(vectors.transitions.iter().map(|vector| &vector.outcome));
    multi_proofs.extend(refusals(
        vectors.inclusions.iter().map(|vector| &vector.outcome),
    ));
    assert!(multi_proofs.into_iter().eq((1..=20).chain(101..=103)));
    let mut nodes = refusals(vectors.storage_proofs.iter().map(|vector| &vector.outcome));
    nodes.extend(refusals(
        vectors.account_proofs.iter().map(|vector| &vector.outcome),
    ));
    assert!(nodes.into_iter().eq(1..=13));
    let headers = refusals(vectors.headers.iter().map(|vector| &vector.outcome));
    assert!(headers.into_iter().eq(1..=5));
    let witnesses = refusals(vectors.witnesses.iter().map(|vector| &vector.outcome));
    for number in (21..=29).chain(111..=112) {
        assert!(witnesses.contains(&number), "{number}");
    }
}

#[test]
fn no_two_published_vectors_of_a_kind_have_one_name() {
    fn distinct(names: Vec<&String>) -> bool {
        names.iter().collect::<BTreeSet<_>>().len() == names.len()
    }
    let vectors = vectors();
    assert!(distinct(
        vectors.transitions.iter().map(|it| &it.name).collect()
    ));
    assert!(distinct(
        vectors.inclusions.iter().map(|it| &it.name).collect()
    ));
    assert!(distinct(
        vectors.storage_proofs.iter().map(|it| &it.name).collect()
    ));
    assert!(distinct(
        vectors.account_proofs.iter().map(|it| &it.name).collect()
    ));
    assert!(distinct(
        vectors.witnesses.iter().map(|it| &it.name).collect()
    ));
    assert!(distinct(
        vectors.headers.iter().map(|it| &it.name).collect()
    ));
}
