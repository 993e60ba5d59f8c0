//! What is too large for one transaction: proven parts, and the proof of the whole.

use alloy::rpc::types::BlockId;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProofErrors::SlotUnchanged,
    IProxy::SyncInProgress,
    IRegistry::{
        self, BelowPartBlock, NotNewer, PartTooSmall, Status, StorageRootMismatch, WrongStatus,
    },
};
use smartsync_tests::{Chain, SlotTable, Stage, State, numbered, request, storage_root};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_in_parts_locks_an_active_mirror_until_anyone_completes_it() {
    let stage = Stage::start().await.unwrap();
    let before = numbered(0..200, 3);
    let mirror = stage.mirrored_table(&before).await.unwrap();
    let table = mirror.source;

    // 520 slots change, are added or deleted, in more than one block, and the mirror is an hour behind.
    stage.pass(3_600).await.unwrap();
    let mut step = numbered(100..600, 7);
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
    let small = stage.part_call(mirror, block, &slots[..30]).await.unwrap();
    let length = small.multiProof.len() as u64;
    let error = stage.refused(small).await.expect::<PartTooSmall>();
    assert_eq!((error.bytesGiven, error.changesGiven), (length, 30));

    let opening = stage.part_call(mirror, block, &slots[..505]).await.unwrap();
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
    stage.refused(fresh).await.expect::<SyncInProgress>();

    // Nor does it say anything to whoever asks in its name.
    let environment = IRegistry::environmentCall {
        proxy: mirror.proxy,
    };
    let own_balance = IRegistry::balanceAtCall {
        account: mirror.source,
        sourceBlock: 0,
    };
    for data in [environment.abi_encode(), own_balance.abi_encode()] {
        let request = request(stage.registry, data.into()).from(mirror.proxy);
        let answer = stage.target.call_with(request).await;
        answer.unwrap_err().expect::<SyncInProgress>();
    }

    // No loading into a mirror that was active, no part without progress, none of an older block.
    stage
        .refused(stage.load_call(mirror, &State::from([(U256::ONE, U256::ONE)])))
        .await
        .expect::<WrongStatus>();
    let again = stage.part_call(mirror, block, &slots[..1]).await.unwrap();
    let error = stage.refused(again).await.expect::<SlotUnchanged>();
    assert_eq!(error.slot, slots[0]);
    let older = stage
        .part_call(mirror, recorded.sourceBlock, &slots[505..])
        .await
        .unwrap();
    let error = stage.refused(older).await.expect::<NotNewer>();
    assert_eq!(
        (error.recorded, error.sourceBlock),
        (recorded.sourceBlock, recorded.sourceBlock)
    );
    stage.submit_header(block - 1).await.unwrap();
    let older = stage
        .part_call(mirror, block - 1, &slots[505..])
        .await
        .unwrap();
    let error = stage.refused(older).await.expect::<BelowPartBlock>();
    assert_eq!((error.partBlock, error.sourceBlock), (block, block - 1));

    // Not the whole yet.
    let early = stage.complete_call_now(mirror, block).await.unwrap();
    stage.refused(early).await.expect::<StorageRootMismatch>();

    let rest = stage.part_call(mirror, block, &slots[505..]).await.unwrap();
    stage.target.send(stage.registry, rest).await.unwrap();
    let call = stage.complete_call_now(mirror, block).await.unwrap();
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
    let first = numbered(0..50, 3);
    let (mirror, block) = stage.created_table(&first).await.unwrap();
    let table = mirror.source;
    let slots: Vec<U256> = first.keys().copied().collect();
    let call = stage.part_call(mirror, block, &slots).await.unwrap();
    // By its creator; anyone else must bring as much as for an active mirror, lest the creator's first sync fail for nothing.
    let stranger = request(stage.registry, call.abi_encode().into()).from(Chain::account(1));
    let error = stage.refused_request(stranger).await;
    assert_eq!(error.expect::<PartTooSmall>().changesGiven, 50);
    stage.target.send(stage.registry, call).await.unwrap();

    // The source moves on: a change, an addition, a deletion. Parts may follow it after ten minutes.
    stage.pass(600).await.unwrap();
    let step = [
        (U256::from(4), U256::from(44)),
        (U256::from(70), U256::ONE),
        (U256::from(9), U256::ZERO),
    ];
    stage.write(table, step).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = stage
        .part_call(mirror, block, &step.map(|(slot, _)| slot))
        .await
        .unwrap();
    // By anyone.
    let anyone = request(stage.registry, call.abi_encode().into()).from(Chain::account(1));
    stage.target.send_request(anyone).await.unwrap();
    stage.complete(mirror, block).await.unwrap();
    assert_eq!(
        stage.target.storage(mirror.proxy).await.unwrap(),
        stage.source.storage(table).await.unwrap()
    );
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Active);
}
