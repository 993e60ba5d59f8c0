//! The proof functions as view calls, for anyone: against an independent trie and against proofs that a node serves.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{B256, Bytes, U256};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};
use smartsync_abi::{
    IProgramErrors::MalformedCalldata,
    IProofErrors::{InvalidProof, PostRootMismatch, PreRootMismatch},
    IVerifier,
};
use smartsync_tests::{
    Chain, SlotTable, Stage, System, account_proof, close_slots, storage_proof, storage_root,
};

type State = BTreeMap<U256, U256>;

fn hash_map(state: &State) -> HashMap<U256, U256> {
    state.iter().map(|(slot, value)| (*slot, *value)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_slots_are_proven_present_and_absent() {
    let stage = Stage::start().await.unwrap();
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER)
        .await
        .unwrap();
    let table = stage
        .slot_table((1..60).map(|slot| (U256::from(slot), U256::from(slot) << 13)))
        .await
        .unwrap();
    let block = stage.source.block_number().await.unwrap();
    let state_root = stage.source.header(block).await.unwrap().0.state_root;
    for account in [
        table,
        Chain::account(0),
        alloy_primitives::Address::repeat_byte(0xcc),
    ] {
        let proof = stage.source.proof(account, &[], block).await.unwrap();
        let call = IVerifier::verifyAccountCall {
            stateRoot: state_root,
            account,
            accountProof: account_proof(&proof),
        };
        let answer = stage.target.view(verifier, call.clone()).await.unwrap();
        assert_eq!(
            answer.exists,
            account != alloy_primitives::Address::repeat_byte(0xcc)
        );
        if answer.exists {
            assert_eq!(
                (answer.proven.nonce, answer.proven.balance),
                (proof.nonce, proof.balance)
            );
            assert_eq!(
                (answer.proven.storageRoot, answer.proven.codeHash),
                (proof.storage_hash, proof.code_hash)
            );
        }
        let call = IVerifier::verifyAccountCall {
            stateRoot: B256::repeat_byte(1),
            ..call
        };
        stage
            .target
            .view(verifier, call)
            .await
            .unwrap_err()
            .expect::<InvalidProof>();
    }
    let slots: Vec<U256> = (0..64).map(U256::from).collect();
    let proof = stage.source.proof(table, &slots, block).await.unwrap();
    for (slot, proven) in slots.iter().zip(&proof.storage_proof) {
        let call = IVerifier::verifyStorageCall {
            storageRoot: proof.storage_hash,
            slot: *slot,
            storageProof: proven.proof.clone(),
        };
        assert_eq!(
            stage.target.view(verifier, call.clone()).await.unwrap(),
            proven.value
        );
        // A truncated proof is no exclusion.
        let mut short = call.storageProof.clone();
        short.pop();
        let short = IVerifier::verifyStorageCall {
            storageProof: short,
            ..call
        };
        stage
            .target
            .view(verifier, short)
            .await
            .unwrap_err()
            .expect::<InvalidProof>();
    }
    let values: Vec<(U256, U256)> = slots
        .iter()
        .map(|slot| {
            (
                *slot,
                if (1..60).contains(&slot.to::<u64>()) {
                    *slot << 13
                } else {
                    U256::ZERO
                },
            )
        })
        .collect();
    let built =
        smartsync_proof::build_inclusion(&values, proof.storage_hash, storage_proof(&proof))
            .unwrap();
    let call = IVerifier::verifyMultiProofCall {
        storageRoot: proof.storage_hash,
        multiProof: built.multi_proof.clone().into(),
    };
    let answer = stage.target.view(verifier, call).await.unwrap();
    let answered: BTreeMap<U256, U256> = answer.slots.into_iter().zip(answer.values).collect();
    assert_eq!(answered, values.into_iter().collect());
    let call = IVerifier::verifyMultiProofCall {
        storageRoot: B256::ZERO,
        multiProof: built.multi_proof.into(),
    };
    stage
        .target
        .view(verifier, call)
        .await
        .unwrap_err()
        .expect::<PostRootMismatch>();
}

#[tokio::test(flavor = "multi_thread")]
async fn transitions_between_random_states_are_confirmed_with_the_roots_of_an_independent_trie() {
    let stage = Stage::start().await.unwrap();
    let verifier = System::deploy_program(&stage.target, &smartsync_artifacts::VERIFIER)
        .await
        .unwrap();
    let random = &mut StdRng::seed_from_u64(0x7a11);
    let mut slots = close_slots(1 << 18, 24);
    slots.extend((0..40).map(U256::from));
    let any = |random: &mut StdRng| -> State {
        let count = random.random_range(0..slots.len());
        let chosen = slots.iter().copied().choose_multiple(random, count);
        chosen
            .into_iter()
            .map(|slot| (slot, U256::from(random.random_range(1..200u32))))
            .collect()
    };
    let mut without_a_zero = 0;
    for _ in 0..60 {
        let (pre, post) = (any(random), any(random));
        let built = smartsync_proof::build_from_states(&hash_map(&pre), &hash_map(&post)).unwrap();
        let (pre_root, post_root) = (storage_root(&pre), storage_root(&post));
        assert_eq!(
            (built.pre_storage_root, built.post_storage_root),
            (pre_root, post_root)
        );
        if pre == post {
            continue;
        }
        // The old values in the proof's order: by the hash of the slot.
        let mut changed: Vec<U256> = pre.keys().chain(post.keys()).copied().collect();
        changed.retain(|slot| pre.get(slot) != post.get(slot));
        changed.sort_by_key(|slot| alloy_primitives::keccak256(slot.to_be_bytes::<32>()));
        changed.dedup();
        let value = |state: &State, slot: &U256| state.get(slot).copied().unwrap_or_default();
        let call = IVerifier::confirmTransitionCall {
            preStorageRoot: pre_root,
            postStorageRoot: post_root,
            preValues: changed.iter().map(|slot| value(&pre, slot)).collect(),
            multiProof: built.multi_proof.into(),
        };
        let confirmed = stage.target.view(verifier, call.clone()).await.unwrap();
        let expected: Vec<IVerifier::SlotChange> = changed
            .iter()
            .map(|slot| IVerifier::SlotChange {
                slot: *slot,
                pre: value(&pre, slot),
                post: value(&post, slot),
            })
            .collect();
        assert_eq!(confirmed, expected);
        let roots = IVerifier::transitionRootsCall {
            preValues: call.preValues.clone(),
            multiProof: call.multiProof.clone(),
        };
        let told = stage.target.view(verifier, roots.clone()).await.unwrap();
        assert_eq!(
            (told.preStorageRoot, told.postStorageRoot),
            (pre_root, post_root)
        );
        // An old value too many; one too few, which is zero, so that the roots are right without it.
        let mut others = vec![[&call.preValues[..], &[U256::ZERO]].concat()];
        if let [fewer @ .., U256::ZERO] = call.preValues.as_slice() {
            others.push(fewer.to_vec());
            without_a_zero += 1;
        }
        for others in others {
            let roots = IVerifier::transitionRootsCall {
                preValues: others.clone(),
                ..roots.clone()
            };
            let error = stage.target.view(verifier, roots).await.unwrap_err();
            error.expect::<MalformedCalldata>();
            let bent = IVerifier::confirmTransitionCall {
                preValues: others,
                ..call.clone()
            };
            let error = stage.target.view(verifier, bent).await.unwrap_err();
            error.expect::<MalformedCalldata>();
        }
        let mut lying = call.clone();
        lying.preValues[0] ^= U256::from(0x10);
        let error = stage.target.view(verifier, lying).await;
        assert!(error.is_err_and(|error| {
            let smartsync_tests::CallError::Reverted(data) = &error else { return false };
            // Changed to its new value, the slot does not change; else the pre root differs.
            data[..4] == <smartsync_abi::IProofErrors::SlotUnchanged as alloy_sol_types::SolError>::SELECTOR
                || error.expect::<PreRootMismatch>().expected == pre_root
        }));
    }
    assert!(without_a_zero > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_of_a_table_read_back_what_was_written() {
    // The fixture that these tests lean on, and the listing that they find slots with.
    let stage = Stage::start().await.unwrap();
    let state: State = (0..2_500)
        .map(|slot| (U256::from(slot) << 40, U256::from(slot + 1)))
        .collect();
    let table = stage
        .on_source(&SlotTable::BYTECODE, Bytes::new())
        .await
        .unwrap();
    for chunk in state.iter().collect::<Vec<_>>().chunks(500) {
        stage
            .write(table, chunk.iter().map(|(slot, value)| (**slot, **value)))
            .await
            .unwrap();
    }
    assert_eq!(stage.source.storage(table).await.unwrap(), state);
    assert_eq!(
        stage.source.storage_root(table).await.unwrap(),
        storage_root(&state)
    );
    let read = SlotTable::readCall {
        slot: U256::from(2_499) << 40,
    };
    assert_eq!(
        stage.source.view(table, read).await.unwrap(),
        U256::from(2_500)
    );
}
