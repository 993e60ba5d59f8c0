//! The published test vectors (`contract/proof/vectors.json`) through the verifier as WASM on a chain.

#[allow(dead_code)]
#[path = "../../contract/proof/tests/proof/vector.rs"]
mod vector;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::{
        InvalidProof, MalformedMultiProof, PostRootMismatch, PreRootMismatch, SlotUnchanged,
    },
    IVerifier,
};
use smartsync_tests::{CallError, Stage, System};
use vector::{Account, Outcome, Refusal, Vectors};

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../contract/proof/vectors.json")).unwrap()
}

/// A verifier on a chain.
struct Verifier {
    stage: Stage,
    address: Address,
}

impl Verifier {
    async fn deploy() -> Self {
        let stage = Stage::start().await.unwrap();
        let address = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER);
        let address = address.await.unwrap();
        Self { stage, address }
    }

    async fn ask<C: SolCall>(&self, call: C) -> Result<C::Return, CallError> {
        self.stage.target.view(self.address, call).await
    }
}

/// The slots that a multi-proof lists, as far as its list can be read.
fn listed(multi_proof: &[u8]) -> Vec<U256> {
    let mut slots = Vec::new();
    let mut rest = multi_proof.get(3..).unwrap_or_default();
    let count = smartsync_proof::change_count(multi_proof);
    for _ in 0..count {
        let [head, more @ ..] = rest else { break };
        let (length, more) = match (head & 0x80, more) {
            (0, [length, more @ ..]) => (usize::from(*length), more),
            _ => (32, more),
        };
        let end = length + usize::from(head & 0x3f);
        let (Some(slot), Some(after)) = (more.get(..length), more.get(end..)) else {
            break;
        };
        slots.push(U256::try_from_be_slice(slot).unwrap_or_default());
        rest = after;
    }
    slots
}

/// The revert data of a multi-proof's refusal are those of the same one.
fn assert_refused(error: CallError, refusal: &Refusal, name: &str) {
    match refusal.number {
        101 => _ = error.expect::<PreRootMismatch>(),
        102 => _ = error.expect::<PostRootMismatch>(),
        103 => _ = error.expect::<SlotUnchanged>(),
        number => {
            let error = error.expect::<MalformedMultiProof>();
            let got = (error.reason, Some(error.offset));
            assert_eq!(got, (number, refusal.at), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verifier_on_chain_says_of_every_published_multi_proof_what_is_published() {
    let verifier = Verifier::deploy().await;
    for vector in vectors().transitions {
        let value = |slot: &U256| vector.storage.get(slot).copied().unwrap_or_default();
        let slots = listed(&vector.multi_proof);
        let call = IVerifier::confirmTransitionCall {
            preStorageRoot: vector.pre_storage_root,
            postStorageRoot: vector.post_storage_root,
            preValues: slots.iter().map(value).collect(),
            multiProof: vector.multi_proof.clone(),
        };
        match (verifier.ask(call).await, &vector.outcome) {
            (Ok(changes), Outcome::Accepted(after)) => {
                let mut storage = vector.storage.clone();
                for change in changes {
                    assert_eq!(change.pre, value(&change.slot), "{}", vector.name);
                    storage.insert(change.slot, change.post);
                }
                storage.retain(|_, value| !value.is_zero());
                assert_eq!(storage, *after, "{}", vector.name);
            }
            (Err(error), Outcome::Refused(refusal)) => {
                assert_refused(error, refusal, &vector.name);
            }
            (answer, _) => panic!("{}: {:?}", vector.name, answer.map(|it| it.len())),
        }
    }
    for vector in vectors().inclusions {
        let call = IVerifier::verifyMultiProofCall {
            storageRoot: vector.storage_root,
            multiProof: vector.multi_proof.clone(),
        };
        match (verifier.ask(call).await, &vector.outcome) {
            (Ok(answer), Outcome::Accepted(listed)) => {
                let proven = answer.slots.into_iter().zip(answer.values);
                assert_eq!(&proven.collect::<Vec<_>>(), listed, "{}", vector.name);
            }
            (Err(error), Outcome::Refused(refusal)) => {
                assert_refused(error, refusal, &vector.name);
            }
            (answer, _) => panic!("{}: {:?}", vector.name, answer.map(|it| it.values)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verifier_on_chain_says_of_every_published_eip_1186_proof_what_is_published() {
    let verifier = Verifier::deploy().await;
    let refusal = |error: CallError| {
        let error = error.expect::<InvalidProof>();
        (error.reason, Some(error.node))
    };
    for vector in vectors().storage_proofs {
        let call = IVerifier::verifyStorageCall {
            storageRoot: vector.storage_root,
            slot: vector.slot,
            storageProof: vector.nodes,
        };
        match (verifier.ask(call).await, &vector.outcome) {
            (Ok(value), Outcome::Accepted(expected)) => assert_eq!(value, *expected),
            (Err(error), Outcome::Refused(Refusal { number, at, .. })) => {
                assert_eq!(refusal(error), (*number, *at), "{}", vector.name);
            }
            (answer, _) => panic!("{}: {answer:?}", vector.name),
        }
    }
    for vector in vectors().account_proofs {
        let call = IVerifier::verifyAccountCall {
            stateRoot: vector.state_root,
            account: vector.address,
            accountProof: vector.nodes,
        };
        match (verifier.ask(call).await, &vector.outcome) {
            (Ok(answer), Outcome::Accepted(expected)) => {
                let proven = answer.exists.then_some(Account {
                    nonce: answer.proven.nonce,
                    balance: answer.proven.balance,
                    storage_root: answer.proven.storageRoot,
                    code_hash: answer.proven.codeHash,
                });
                assert_eq!(proven, *expected, "{}", vector.name);
            }
            (Err(error), Outcome::Refused(Refusal { number, at, .. })) => {
                assert_eq!(refusal(error), (*number, *at), "{}", vector.name);
            }
            (answer, _) => panic!("{}: {}", vector.name, answer.is_ok()),
        }
    }
}
