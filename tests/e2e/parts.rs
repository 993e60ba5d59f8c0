//! What is too large for one transaction: loads, parts, and the proof of the whole.

use std::collections::BTreeMap;

use alloy::rpc::types::BlockId;
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::{InvalidProof, MalformedHeader, SlotUnchanged},
    IProxy::SyncInProgress,
    IRegistry::{
        self, BelowPartBlock, LengthMismatch, NotCreator, NotNewer, PartTooSmall, Status,
        StorageRootMismatch, TargetHeaderTooOld, UnknownTargetHeader, WrongStatus,
    },
};
use smartsync_tests::{
    Chain, Mirror, SlotTable, Stage, account_proof, request, storage_proof, storage_root,
};

type State = BTreeMap<U256, U256>;

fn state(slots: std::ops::Range<u64>, factor: u64) -> State {
    slots
        .map(|slot| (U256::from(slot), U256::from(slot * factor + 1)))
        .collect()
}

/// The call that proves the values of these slots at a source block.
async fn part(stage: &Stage, mirror: Mirror, block: u64, slots: &[U256]) -> IRegistry::partCall {
    let proof = stage
        .source
        .proof(mirror.source, slots, block)
        .await
        .unwrap();
    let values: Vec<(U256, U256)> = proof
        .storage_proof
        .iter()
        .map(|slot| (slot.key.as_b256().into(), slot.value))
        .collect();
    let built =
        smartsync_proof::build_inclusion(&values, proof.storage_hash, storage_proof(&proof))
            .unwrap();
    IRegistry::partCall {
        proxy: mirror.proxy,
        sourceBlock: block,
        accountProof: account_proof(&proof),
        multiProof: built.multi_proof.into(),
    }
}

/// The call that proves the whole, by a target header.
async fn complete(
    stage: &Stage,
    mirror: Mirror,
    block: u64,
    target_block: u64,
) -> IRegistry::completeCall {
    let source = stage.source.proof(mirror.source, &[], block).await.unwrap();
    let target = stage
        .target
        .proof(mirror.proxy, &[], target_block)
        .await
        .unwrap();
    let (_, header) = stage.target.header(target_block).await.unwrap();
    IRegistry::completeCall {
        proxy: mirror.proxy,
        sourceBlock: block,
        sourceAccountProof: account_proof(&source),
        targetHeader: header,
        targetAccountProof: account_proof(&target),
    }
}

fn load(mirror: Mirror, state: &State) -> IRegistry::loadCall {
    IRegistry::loadCall {
        proxy: mirror.proxy,
        slots: state.keys().copied().collect(),
        values: state.values().copied().collect(),
    }
}

async fn mine(chain: &Chain) {
    chain.rpc("evm_mine", serde_json::json!([])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_by_load_completes_by_the_proof_of_its_whole_storage() {
    let stage = Stage::start().await.unwrap();
    let state = state(0..100, 3);
    let table = stage.slot_table(state.clone()).await.unwrap();
    let mirror = stage.create(table).await.unwrap();
    let block = stage.source.block_number().await.unwrap();

    let by_another =
        request(stage.registry, load(mirror, &state).abi_encode().into()).from(Chain::account(1));
    let error = stage
        .target
        .call_with(by_another)
        .await
        .unwrap_err()
        .expect::<NotCreator>();
    assert_eq!(error.creator, Chain::account(0));
    let uneven = IRegistry::loadCall {
        proxy: mirror.proxy,
        slots: vec![U256::ONE],
        values: vec![],
    };
    let error = stage
        .target
        .view(stage.registry, uneven)
        .await
        .unwrap_err()
        .expect::<LengthMismatch>();
    assert_eq!((error.slots, error.values), (U256::ONE, U256::ZERO));

    // In two chunks. Locked all the while.
    let (first, second): (State, State) =
        state.iter().partition(|(slot, _)| **slot < U256::from(60));
    for chunk in [&first, &second] {
        stage
            .target
            .send(stage.registry, load(mirror, chunk))
            .await
            .unwrap();
        assert_eq!(stage.record(mirror).await.unwrap().status, Status::Open);
        let read = SlotTable::readCall { slot: U256::ONE };
        stage
            .target
            .view(mirror.proxy, read)
            .await
            .unwrap_err()
            .expect::<smartsync_abi::IProxy::NotVerified>();
    }
    // An open mirror takes no sync.
    let sync = stage
        .sync_call(mirror, block, Bytes::from_static(&[1, 0, 0]))
        .await
        .unwrap();
    let error = stage
        .target
        .view(stage.registry, sync)
        .await
        .unwrap_err()
        .expect::<WrongStatus>();
    assert_eq!(error.status, Status::Open as u8);

    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let call = complete(&stage, mirror, block, target_block).await;
    stage
        .target
        .send(stage.registry, call.clone())
        .await
        .unwrap();
    let record = stage.record(mirror).await.unwrap();
    assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
    assert_eq!(record.storageRoot, storage_root(&state));
    assert_eq!(stage.target.storage(mirror.proxy).await.unwrap(), state);
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    let read = SlotTable::readCall {
        slot: U256::from(10),
    };
    assert_eq!(
        stage.target.view(mirror.proxy, read).await.unwrap(),
        U256::from(31)
    );
    // Never again.
    stage
        .target
        .view(stage.registry, load(mirror, &first))
        .await
        .unwrap_err()
        .expect::<WrongStatus>();
    stage
        .target
        .view(stage.registry, call)
        .await
        .unwrap_err()
        .expect::<WrongStatus>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_slipped_in_after_the_header_that_proves_a_migration_voids_that_header() {
    let stage = Stage::start().await.unwrap();
    let state = state(0..20, 5);
    let table = stage.slot_table(state.clone()).await.unwrap();
    let mirror = stage.create(table).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    stage
        .target
        .send(stage.registry, load(mirror, &state))
        .await
        .unwrap();
    let honest_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let proven = complete(&stage, mirror, block, honest_block).await;
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
        .send(stage.registry, load(mirror, &lie))
        .await
        .unwrap();
    let lie_block = stage.target.block_number().await.unwrap();
    let error = stage
        .target
        .view(stage.registry, proven.clone())
        .await
        .unwrap_err()
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
    mine(&stage.target).await;
    let call = complete(&stage, mirror, block, lie_block).await;
    let error = stage
        .target
        .view(stage.registry, call)
        .await
        .unwrap_err()
        .expect::<StorageRootMismatch>();
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
        .send(stage.registry, load(mirror, &undo))
        .await
        .unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let call = complete(&stage, mirror, block, target_block).await;
    stage.target.send(stage.registry, call).await.unwrap();
    assert_eq!(
        stage.record(mirror).await.unwrap().storageRoot,
        storage_root(&state)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_header_that_the_chain_does_not_confirm_completes_nothing() {
    let stage = Stage::start().await.unwrap();
    let state = state(0..5, 5);
    let table = stage.slot_table(state.clone()).await.unwrap();
    let mirror = stage.create(table).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    stage
        .target
        .send(stage.registry, load(mirror, &state))
        .await
        .unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let honest = complete(&stage, mirror, block, target_block).await;

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
        let error = stage
            .target
            .view(stage.registry, call)
            .await
            .unwrap_err()
            .expect::<UnknownTargetHeader>();
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
        stage
            .target
            .view(stage.registry, call)
            .await
            .unwrap_err()
            .expect::<MalformedHeader>();
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
    stage
        .target
        .view(stage.registry, call)
        .await
        .unwrap_err()
        .expect::<InvalidProof>();
    stage.target.send(stage.registry, honest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_in_parts_locks_an_active_mirror_until_anyone_completes_it() {
    let stage = Stage::start().await.unwrap();
    let before = state(0..200, 3);
    let table = stage.slot_table(before.clone()).await.unwrap();
    let mirror = stage.migrate(table).await.unwrap();

    // 520 slots change, are added or deleted.
    let mut step = state(100..600, 7);
    step.extend((0..20).map(|slot| (U256::from(slot), U256::ZERO)));
    for chunk in step.iter().collect::<Vec<_>>().chunks(260) {
        stage
            .write(table, chunk.iter().map(|(slot, value)| (**slot, **value)))
            .await
            .unwrap();
    }
    let mut after = before.clone();
    after.extend(step.clone());
    after.retain(|_, value| !value.is_zero());
    let block = stage.submit_head().await.unwrap();
    let slots: Vec<U256> = step.keys().copied().collect();
    let recorded = stage.record(mirror).await.unwrap();

    // Too little to open an active mirror with.
    let small = part(&stage, mirror, block, &slots[..30]).await;
    let length = small.multiProof.len() as u64;
    let error = stage
        .target
        .view(stage.registry, small)
        .await
        .unwrap_err()
        .expect::<PartTooSmall>();
    assert_eq!((error.bytesGiven, error.changesGiven), (length, 30));

    let opening = part(&stage, mirror, block, &slots[..505]).await;
    let receipt = stage
        .target
        .send_request(
            request(stage.registry, opening.abi_encode().into())
                .value(U256::ONE)
                .from(Chain::account(1)),
        )
        .await
        .unwrap();
    println!(
        "a part of 505 changes: {} bytes, {} gas",
        opening.multiProof.len(),
        receipt.gas_used
    );
    let record = stage.record(mirror).await.unwrap();
    assert_eq!((record.status, record.partBlock), (Status::Open, block));
    assert_eq!(
        (record.sourceBlock, record.storageRoot),
        (recorded.sourceBlock, recorded.storageRoot)
    );
    assert_eq!(stage.target.balance(mirror.proxy).await.unwrap(), U256::ONE);
    let read = SlotTable::readCall {
        slot: U256::from(300),
    };
    stage
        .target
        .view(mirror.proxy, read.clone())
        .await
        .unwrap_err()
        .expect::<SyncInProgress>();
    let fresh = IRegistry::requireFreshCall {
        proxy: mirror.proxy,
        maxAgeSeconds: u64::MAX,
        maxBlocksBehind: u64::MAX,
    };
    stage
        .target
        .view(stage.registry, fresh)
        .await
        .unwrap_err()
        .expect::<SyncInProgress>();

    // No loading into a mirror that was active, no part without progress, none of an older block.
    stage
        .target
        .view(
            stage.registry,
            load(mirror, &State::from([(U256::ONE, U256::ONE)])),
        )
        .await
        .unwrap_err()
        .expect::<WrongStatus>();
    let again = part(&stage, mirror, block, &slots[..1]).await;
    let error = stage
        .target
        .view(stage.registry, again)
        .await
        .unwrap_err()
        .expect::<SlotUnchanged>();
    assert_eq!(error.slot, slots[0]);
    let older = part(&stage, mirror, recorded.sourceBlock, &slots[505..]).await;
    let error = stage
        .target
        .view(stage.registry, older)
        .await
        .unwrap_err()
        .expect::<NotNewer>();
    assert_eq!(
        (error.recorded, error.sourceBlock),
        (recorded.sourceBlock, recorded.sourceBlock)
    );
    stage.submit_header(block - 1).await.unwrap();
    let older = part(&stage, mirror, block - 1, &slots[505..]).await;
    let error = stage
        .target
        .view(stage.registry, older)
        .await
        .unwrap_err()
        .expect::<BelowPartBlock>();
    assert_eq!((error.partBlock, error.sourceBlock), (block, block - 1));

    // Not the whole yet.
    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let early = complete(&stage, mirror, block, target_block).await;
    stage
        .target
        .view(stage.registry, early)
        .await
        .unwrap_err()
        .expect::<StorageRootMismatch>();

    let rest = part(&stage, mirror, block, &slots[505..]).await;
    stage.target.send(stage.registry, rest).await.unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let call = complete(&stage, mirror, block, target_block).await;
    stage
        .target
        .send_request(request(stage.registry, call.abi_encode().into()).from(Chain::account(2)))
        .await
        .unwrap();
    let record = stage.record(mirror).await.unwrap();
    assert_eq!(
        (record.status, record.partBlock, record.sourceBlock),
        (Status::Active, 0, block)
    );
    assert_eq!(record.storageRoot, storage_root(&after));
    assert_eq!(stage.target.storage(mirror.proxy).await.unwrap(), after);
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    assert_eq!(
        stage.target.view(mirror.proxy, read).await.unwrap(),
        U256::from(2_101)
    );
    assert_eq!(
        stage
            .target
            .proof(mirror.proxy, &[], BlockId::latest())
            .await
            .unwrap()
            .storage_hash,
        record.storageRoot
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_by_parts_of_different_blocks_completes_at_a_fresh_one() {
    let stage = Stage::start().await.unwrap();
    let first = state(0..50, 3);
    let table = stage.slot_table(first.clone()).await.unwrap();
    let mirror = stage.create(table).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let slots: Vec<U256> = first.keys().copied().collect();
    // By anyone.
    let call = part(&stage, mirror, block, &slots).await.abi_encode();
    stage
        .target
        .send_request(request(stage.registry, call.into()).from(Chain::account(1)))
        .await
        .unwrap();

    // The source moves on: a change, an addition, a deletion.
    let step = [
        (U256::from(4), U256::from(44)),
        (U256::from(70), U256::ONE),
        (U256::from(9), U256::ZERO),
    ];
    stage.write(table, step).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = part(&stage, mirror, block, &step.map(|(slot, _)| slot)).await;
    stage.target.send(stage.registry, call).await.unwrap();
    let target_block = stage.target.block_number().await.unwrap();
    mine(&stage.target).await;
    let call = complete(&stage, mirror, block, target_block).await;
    stage.target.send(stage.registry, call).await.unwrap();
    assert_eq!(
        stage.target.storage(mirror.proxy).await.unwrap(),
        stage.source.storage(table).await.unwrap()
    );
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Active);
}
