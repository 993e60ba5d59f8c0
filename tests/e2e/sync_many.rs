//! Several mirrors at one source block, whose account proofs share their nodes.

use std::collections::BTreeMap;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use smartsync_abi::{
    IProgramErrors::MalformedCalldata,
    IProofErrors::{InvalidProof, PostRootMismatch},
    IRegistry::{self, Status, SyncItem, SyncSkipped, Synced},
};
use smartsync_tests::{Mirror, Stage, storage_root};

type State = BTreeMap<U256, U256>;

fn state(first: u64) -> State {
    (first..first + 20)
        .map(|slot| (U256::from(slot), U256::from(slot + 7)))
        .collect()
}

/// Mirrors of as many tables, each with its own state.
async fn mirrors(stage: &Stage, count: u64) -> Vec<(Mirror, State)> {
    let mut mirrors = Vec::new();
    for index in 0..count {
        let state = state(100 * index + 1);
        let table = stage.slot_table(state.clone()).await.unwrap();
        mirrors.push((stage.migrate(table).await.unwrap(), state));
    }
    mirrors
}

/// Changes, adds and deletes one slot in each table.
async fn change(stage: &Stage, mirrors: &mut [(Mirror, State)], salt: u64) {
    for (mirror, state) in mirrors {
        let slots: Vec<U256> = state.keys().copied().collect();
        let changes = [
            (slots[0], U256::from(1_000 + salt)),
            (U256::from(50_000 + salt), U256::ONE),
            (slots[1], U256::ZERO),
        ];
        stage.write(mirror.source, changes).await.unwrap();
        state.extend(changes);
        state.retain(|_, value| !value.is_zero());
    }
}

/// One call for all, each node of the account proofs once.
async fn sync_many(
    stage: &Stage,
    mirrors: &[(Mirror, State)],
    block: u64,
) -> IRegistry::syncManyCall {
    let mut nodes: Vec<Bytes> = Vec::new();
    let mut items = Vec::new();
    for (mirror, _) in mirrors {
        let slots = stage.slots(*mirror).await.unwrap();
        let built = stage.build(*mirror, block, &slots).await.unwrap();
        let call = stage
            .sync_call(*mirror, block, built.multi_proof)
            .await
            .unwrap();
        let indices = call
            .accountProof
            .into_iter()
            .flat_map(|node| {
                let known = nodes.iter().position(|other| *other == node);
                let place = known.unwrap_or_else(|| {
                    nodes.push(node);
                    nodes.len() - 1
                });
                (place as u16).to_be_bytes()
            })
            .collect();
        items.push(SyncItem {
            proxy: mirror.proxy,
            fromBlock: stage.record(*mirror).await.unwrap().sourceBlock,
            accountProof: indices,
            multiProof: call.multiProof,
        });
    }
    IRegistry::syncManyCall {
        sourceBlock: block,
        allOrNothing: false,
        nodes,
        items,
    }
}

async fn assert_mirrored(stage: &Stage, mirrors: &[(Mirror, State)], block: u64) {
    for (mirror, state) in mirrors {
        let record = stage.record(*mirror).await.unwrap();
        assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
        assert_eq!(record.storageRoot, storage_root(state));
        assert_eq!(
            stage.target.storage_root(mirror.proxy).await.unwrap(),
            storage_root(state)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_mirrors_move_in_one_transaction_for_less_than_apart() {
    let stage = Stage::start().await.unwrap();
    let mut mirrors = mirrors(&stage, 4).await;
    change(&stage, &mut mirrors, 1).await;
    let mut apart = 0;
    let block = stage.submit_head().await.unwrap();
    for (mirror, _) in &mirrors {
        let slots = stage.slots(*mirror).await.unwrap();
        let built = stage.build(*mirror, block, &slots).await.unwrap();
        let call = stage
            .sync_call(*mirror, block, built.multi_proof)
            .await
            .unwrap();
        apart += stage
            .target
            .send(stage.registry, call)
            .await
            .unwrap()
            .gas_used;
    }
    assert_mirrored(&stage, &mirrors, block).await;

    change(&stage, &mut mirrors, 2).await;
    let block = stage.submit_head().await.unwrap();
    let call = sync_many(&stage, &mirrors, block).await;
    let places: usize = call.items.iter().map(|item| item.accountProof.len()).sum();
    assert!(2 * call.nodes.len() < places, "the root at least is shared");
    let receipt = stage.target.send(stage.registry, call).await.unwrap();
    assert_mirrored(&stage, &mirrors, block).await;
    let synced = receipt
        .inner
        .logs()
        .iter()
        .filter(|log| log.topic0() == Some(&Synced::SIGNATURE_HASH));
    assert_eq!(synced.count(), mirrors.len());
    assert!(
        receipt.gas_used < apart,
        "{} gas together, {apart} apart",
        receipt.gas_used
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_synced_is_skipped_with_an_event() {
    let stage = Stage::start().await.unwrap();
    let mut mirrors = mirrors(&stage, 3).await;
    change(&stage, &mut mirrors, 1).await;
    let block = stage.submit_head().await.unwrap();
    let call = sync_many(&stage, &mirrors, block).await;
    let (second, _) = mirrors[1].clone();
    let slots = stage.slots(second).await.unwrap();
    let built = stage.build(second, block, &slots).await.unwrap();
    let lone = stage
        .sync_call(second, block, built.multi_proof)
        .await
        .unwrap();
    stage.target.send(stage.registry, lone).await.unwrap();

    let receipt = stage.target.send(stage.registry, call).await.unwrap();
    assert_mirrored(&stage, &mirrors, block).await;
    let skipped: Vec<_> = receipt
        .inner
        .logs()
        .iter()
        .filter_map(|log| SyncSkipped::decode_log(&log.inner).ok())
        .collect();
    assert_eq!(skipped.len(), 1);
    assert_eq!(
        (skipped[0].proxy, skipped[0].sourceBlock),
        (second.proxy, block)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_item_refuses_them_all() {
    let stage = Stage::start().await.unwrap();
    let mut mirrors = mirrors(&stage, 3).await;
    change(&stage, &mut mirrors, 1).await;
    let block = stage.submit_head().await.unwrap();
    let honest = sync_many(&stage, &mirrors, block).await;
    let before = stage.target.storage_root(mirrors[0].0.proxy).await.unwrap();
    let refused = async |call: IRegistry::syncManyCall| {
        stage
            .target
            .call(stage.registry, call.abi_encode())
            .await
            .unwrap_err()
    };

    let mut call = honest.clone();
    let places = &honest.items[2].accountProof;
    call.items[2].accountProof = [&[0xff, 0xff], &places[2..]].concat().into();
    refused(call).await.expect::<MalformedCalldata>();
    let mut call = honest.clone();
    call.items[2].accountProof = places.slice(..places.len() - 1);
    refused(call).await.expect::<MalformedCalldata>();
    let mut call = honest.clone();
    call.items[2].accountProof = places.slice(..places.len() - 2);
    refused(call).await.expect::<InvalidProof>();
    let mut call = honest.clone();
    call.items[2].accountProof = call.items[1].accountProof.clone();
    refused(call).await.expect::<InvalidProof>();
    let mut call = honest.clone();
    call.items[2].multiProof = Bytes::from_static(&[1, 0, 0]);
    refused(call).await.expect::<PostRootMismatch>();

    assert_eq!(
        stage.target.storage_root(mirrors[0].0.proxy).await.unwrap(),
        before
    );
    stage.target.send(stage.registry, honest).await.unwrap();
    assert_mirrored(&stage, &mirrors, block).await;
}
