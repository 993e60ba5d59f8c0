//! Syncs that the registry refuses, each with its own error.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use serde_json::json;
use smartsync_abi::{
    IProofErrors::InvalidProof,
    IRegistry::{self, NotNewer, RootSourceFailed, SourceCodeChanged, Status, UnknownProxy},
    IRootSource::UnknownBlock,
};
use smartsync_tests::{Chain, Mirror, Stage, account_proof};

/// Changes the source and makes the block known.
async fn change(stage: &Stage, mirror: Mirror, value: u64) -> u64 {
    stage.set(mirror.source, value).await.unwrap();
    stage.submit_head().await.unwrap()
}

async fn honest_sync(stage: &Stage, mirror: Mirror, block: u64) -> IRegistry::syncCall {
    let slots = [U256::ZERO];
    stage.proven_sync(mirror, block, &slots).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_proof_is_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let block = change(&stage, mirror, 2).await;
    let honest = honest_sync(&stage, mirror, block).await;

    // Another account's, an older block's, one node short, one too many, none, each node with a bit flipped.
    let other = stage
        .source
        .proof(Chain::account(0), &[], block)
        .await
        .unwrap();
    let older = stage
        .source
        .proof(mirror.source, &[], block - 1)
        .await
        .unwrap();
    let mut short = honest.accountProof.clone();
    short.pop();
    let mut long = honest.accountProof.clone();
    long.push(long[0].clone());
    let mut wrong = vec![
        account_proof(&other),
        account_proof(&older),
        short,
        long,
        vec![],
    ];
    for node in 0..honest.accountProof.len() {
        for at in [
            0,
            honest.accountProof[node].len() / 2,
            honest.accountProof[node].len() - 1,
        ] {
            let mut nodes = honest.accountProof.clone();
            let mut bytes = nodes[node].to_vec();
            bytes[at] ^= 1;
            nodes[node] = bytes.into();
            wrong.push(nodes);
        }
    }
    for account_proof in wrong {
        let call = IRegistry::syncCall {
            accountProof: account_proof,
            ..honest.clone()
        };
        stage.refused(call).await.expect::<InvalidProof>();
    }
    stage.target.send(stage.registry, honest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_no_root_source_vouches_for_is_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    stage.set(mirror.source, 2).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let call = honest_sync(&stage, mirror, block).await;
    assert_eq!(
        stage
            .refused(call.clone())
            .await
            .expect::<UnknownBlock>()
            .blockNumber,
        block
    );
    let call = IRegistry::syncCall {
        sourceBlock: u64::MAX,
        ..call
    };
    assert_eq!(
        stage
            .refused(call)
            .await
            .expect::<UnknownBlock>()
            .blockNumber,
        u64::MAX
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_block_and_any_older_one_are_refused_before_anything_is_decoded() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let older = change(&stage, mirror, 2).await;
    let outrun = honest_sync(&stage, mirror, older).await;
    let block = change(&stage, mirror, 3).await;
    let call = honest_sync(&stage, mirror, block).await;
    stage
        .target
        .send(stage.registry, call.clone())
        .await
        .unwrap();
    for (call, source_block) in [(call.clone(), block), (outrun, older)] {
        let error = stage.refused(call).await.expect::<NotNewer>();
        assert_eq!((error.recorded, error.sourceBlock), (block, source_block));
    }
    // Garbage for proofs makes no difference.
    let garbage = IRegistry::syncCall {
        accountProof: vec![Bytes::from_static(b"garbage")],
        multiProof: Bytes::from_static(b"garbage"),
        sourceBlock: block,
        ..call
    };
    stage.refused(garbage).await.expect::<NotNewer>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_code_has_changed_is_refused_until_it_is_itself_again() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let recorded = stage.record(mirror).await.unwrap();
    let code = stage.source.code(mirror.source).await.unwrap();
    let mut other = code.to_vec();
    other.push(0);
    stage
        .source
        .set_code(mirror.source, Bytes::from(other.clone()))
        .await
        .unwrap();
    stage.source.rpc("evm_mine", json!([])).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = stage
        .sync_call(mirror, block, Bytes::from_static(&[1, 0, 0]))
        .await
        .unwrap();
    let error = stage.refused(call).await.expect::<SourceCodeChanged>();
    assert_eq!(
        (error.recorded, error.proven),
        (keccak256(&code), keccak256(&other))
    );
    assert_eq!(stage.record(mirror).await.unwrap(), recorded);

    stage.source.set_code(mirror.source, code).await.unwrap();
    let block = change(&stage, mirror, 9).await;
    let call = honest_sync(&stage, mirror, block).await;
    stage.target.send(stage.registry, call).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_about_a_mirror_that_does_not_exist_are_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let block = change(&stage, mirror, 2).await;
    // Not even one whose code is a mirror's.
    let proxy = Address::repeat_byte(0x77);
    let code = stage.target.code(mirror.proxy).await.unwrap();
    stage.target.set_code(proxy, code).await.unwrap();
    let sync = IRegistry::syncCall {
        proxy,
        ..honest_sync(&stage, mirror, block).await
    };
    assert_eq!(
        stage.refused(sync).await.expect::<UnknownProxy>().proxy,
        proxy
    );
    let load = IRegistry::loadCall {
        proxy,
        slots: vec![U256::ONE],
        values: vec![U256::ONE],
    };
    stage.refused(load).await.expect::<UnknownProxy>();
    stage
        .refused(IRegistry::sweepCall { proxy })
        .await
        .expect::<UnknownProxy>();
    stage
        .refused(IRegistry::recordCall { proxy })
        .await
        .expect::<UnknownProxy>();
    stage
        .refused(IRegistry::requireReadableCall { proxy })
        .await
        .expect::<UnknownProxy>();
    let status = stage
        .target
        .view(stage.registry, IRegistry::statusCall { proxy })
        .await
        .unwrap();
    assert_eq!(status, Status::None);
    assert_eq!(
        stage
            .target
            .view(stage.registry, IRegistry::proxyOfCall { source: proxy })
            .await
            .unwrap(),
        Address::ZERO
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn block_0_and_the_last_block_there_can_be_are_no_blocks_to_prove_anything_at() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(1).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    // The genesis block is known to the root source, and yet it stands for no block in a record.
    stage.submit_header(0).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let sync = honest_sync(&stage, mirror, block).await;
    let create = stage.create_call(source, block).await.unwrap();
    let part = stage.part_call(mirror, block, &[U256::ZERO]).await.unwrap();
    let zero = IRegistry::createCall {
        sourceBlock: 0,
        ..create.clone()
    };
    let error = stage.refused_request(stage.with_lock(&zero)).await;
    assert_eq!(error.expect::<RootSourceFailed>().blockNumber, 0);
    let last = IRegistry::createCall {
        sourceBlock: u64::MAX,
        ..create
    };
    let error = stage.refused_request(stage.with_lock(&last)).await;
    assert_eq!(error.expect::<UnknownBlock>().blockNumber, u64::MAX);
    let zero = IRegistry::syncCall {
        sourceBlock: 0,
        ..sync.clone()
    };
    stage.refused(zero).await.expect::<NotNewer>();
    let zero = IRegistry::partCall {
        sourceBlock: 0,
        ..part.clone()
    };
    stage.refused(zero).await.expect::<NotNewer>();
    let last = IRegistry::partCall {
        sourceBlock: u64::MAX,
        ..part
    };
    stage.refused(last).await.expect::<UnknownBlock>();
    let zero = IRegistry::syncManyCall {
        sourceBlock: 0,
        allOrNothing: false,
        nodes: vec![],
        items: vec![],
    };
    stage.refused(zero).await.expect::<RootSourceFailed>();

    stage.target.send(stage.registry, sync).await.unwrap();
    // Any bound of freshness is a number like any other.
    for (max_age, max_behind, fresh) in [
        (u64::MAX, u64::MAX, true),
        (u64::MAX, 0, true),
        (0, u64::MAX, false),
    ] {
        let later = json!([100]);
        stage.target.rpc("evm_increaseTime", later).await.unwrap();
        stage.target.mine().await.unwrap();
        let call = IRegistry::requireFreshCall {
            proxy: mirror.proxy,
            maxAgeSeconds: max_age,
            maxBlocksBehind: max_behind,
        };
        let answer = stage.target.view(stage.registry, call).await;
        assert_eq!(answer.is_ok(), fresh, "{answer:?}");
    }
}
