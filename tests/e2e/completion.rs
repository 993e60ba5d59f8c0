//! What proves a mirror as a whole: a header of the target chain itself, not older than the last write.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::{InvalidProof, MalformedHeader},
    IRegistry::{self, Status, StorageRootMismatch, TargetHeaderTooOld, UnknownTargetHeader},
};
use smartsync_tests::{Stage, State, account_proof, numbered, request, storage_root};

#[tokio::test(flavor = "multi_thread")]
async fn a_load_slipped_in_after_the_header_that_proves_a_migration_voids_that_header() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..20, 5);
    let (mirror, block) = stage.loaded_table(&state).await.unwrap();
    let honest_block = stage.target.block_number().await.unwrap();
    stage.target.mine().await.unwrap();
    let proven = stage
        .complete_call(mirror, block, honest_block)
        .await
        .unwrap();
    assert!(
        stage
            .target
            .view(stage.registry, proven.clone())
            .await
            .is_ok(),
        "it would complete now"
    );

    // The creator rewrites a slot, and completes with the header from before.
    let lie = State::from([(U256::from(3), U256::from(0xbad))]);
    stage
        .target
        .send(stage.registry, stage.load_call(mirror, &lie))
        .await
        .unwrap();
    let lie_block = stage.target.block_number().await.unwrap();
    let error = stage
        .refused(proven.clone())
        .await
        .expect::<TargetHeaderTooOld>();
    assert_eq!(
        (error.lastWrite, error.blockNumber),
        (lie_block, honest_block)
    );
    let receipt = stage
        .target
        .transact(request(stage.registry, proven.abi_encode().into()))
        .await
        .unwrap();
    assert!(!receipt.status());

    // With a newer header, the storage roots differ.
    stage.target.mine().await.unwrap();
    let call = stage.complete_call(mirror, block, lie_block).await.unwrap();
    let error = stage.refused(call).await.expect::<StorageRootMismatch>();
    let mut written = state.clone();
    written.extend(lie);
    assert_eq!(
        (error.source, error.proxy),
        (storage_root(&state), storage_root(&written))
    );
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Open);

    // Undone, it completes.
    let undo = State::from([(U256::from(3), state[&U256::from(3)])]);
    stage
        .target
        .send(stage.registry, stage.load_call(mirror, &undo))
        .await
        .unwrap();
    stage.complete(mirror, block).await.unwrap();
    assert_eq!(
        stage.record(mirror).await.unwrap().storageRoot,
        storage_root(&state)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_header_that_the_chain_does_not_confirm_completes_nothing() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..5, 5);
    let (mirror, block) = stage.loaded_table(&state).await.unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    let honest = stage.complete_call_now(mirror, block).await.unwrap();

    let (header, _) = stage.target.header(target_block).await.unwrap();
    // One bit of the state root, or a number that is not mined yet.
    let mut forged = header.clone();
    forged.state_root.0[31] ^= 1;
    let mut future = header.clone();
    future.number += 1_000;
    for forged in [forged, future] {
        let call = IRegistry::completeCall {
            targetHeader: alloy_rlp::encode(&forged).into(),
            ..honest.clone()
        };
        let error = stage.refused(call).await.expect::<UnknownTargetHeader>();
        assert_eq!(
            (error.blockNumber, error.blockHash),
            (forged.number, forged.hash_slow())
        );
    }
    // Bytes that are no header at all, or one with a byte too many.
    let mut long = honest.targetHeader.to_vec();
    long.push(0);
    for malformed in [vec![], vec![0xc0], long] {
        let call = IRegistry::completeCall {
            targetHeader: malformed.into(),
            ..honest.clone()
        };
        stage.refused(call).await.expect::<MalformedHeader>();
    }
    // The proof of another account of the target.
    let other = stage
        .target
        .proof(stage.registry, &[], target_block)
        .await
        .unwrap();
    let call = IRegistry::completeCall {
        targetAccountProof: account_proof(&other),
        ..honest.clone()
    };
    stage.refused(call).await.expect::<InvalidProof>();
    stage.target.send(stage.registry, honest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_header_completes_for_as_long_as_the_chain_knows_its_hash() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..5, 5);
    let (mirror, block) = stage.loaded_table(&state).await.unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    // The block of the last write itself shows it, as soon as the next one is there; `ArbSys` knows it for 256 blocks, the
    // EIP-2935 contract beyond.
    stage.target.mine().await.unwrap();
    let call = stage
        .complete_call(mirror, block, target_block)
        .await
        .unwrap();
    for age in [1, 255, 256, 257, 300] {
        while stage.target.block_number().await.unwrap() < target_block + age {
            stage.target.mine().await.unwrap();
        }
        let answer = stage.target.call(stage.registry, call.abi_encode()).await;
        assert!(answer.is_ok(), "{age} blocks old: {answer:?}");
    }
    // A header from before the last write does not, however well known it is.
    let before = stage
        .complete_call(mirror, block, target_block - 1)
        .await
        .unwrap();
    let error = stage.refused(before).await.expect::<TargetHeaderTooOld>();
    assert_eq!(
        (error.lastWrite, error.blockNumber),
        (target_block, target_block - 1)
    );
    stage.target.send(stage.registry, call).await.unwrap();
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Active);
}
