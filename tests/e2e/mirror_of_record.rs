//! Several mirrors of one source, and which of them is the one of record.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use smartsync_abi::IRegistry::{self, Status};
use smartsync_tests::{Mirror, NameRegistry, SelfReader, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_verified_mirror_is_the_mirror_of_record_and_nobody_can_squat() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage.set(source, 1).await.unwrap();
    let squatted = stage.create(source).await.unwrap();
    let proxy_of = || {
        stage
            .target
            .view(stage.registry, IRegistry::proxyOfCall { source })
    };
    assert_eq!(
        proxy_of().await.unwrap(),
        Address::ZERO,
        "created is not verified"
    );
    let verified = stage.migrate(source).await.unwrap();
    assert_eq!(proxy_of().await.unwrap(), verified.proxy);
    stage.sync_all(squatted).await.unwrap();
    assert_eq!(
        proxy_of().await.unwrap(),
        verified.proxy,
        "the first one stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_mirror_of_changed_code_becomes_the_mirror_of_record() {
    let stage = Stage::start().await.unwrap();
    let first = stage.mirrored_reader(1).await.unwrap();
    let proxy_of = || {
        stage.target.view(
            stage.registry,
            IRegistry::proxyOfCall {
                source: first.source,
            },
        )
    };
    assert_eq!(proxy_of().await.unwrap(), first.proxy);
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let code = stage.source.code(names).await.unwrap();
    stage.source.set_code(first.source, code).await.unwrap();
    let second = stage.create(first.source).await.unwrap();
    assert_eq!(
        proxy_of().await.unwrap(),
        first.proxy,
        "created is not verified"
    );
    stage.sync_all(second).await.unwrap();
    assert_eq!(proxy_of().await.unwrap(), second.proxy);
    // The old one stays what it was, and readable.
    assert_eq!(
        stage
            .target
            .view(first.proxy, SelfReader::valueCall {})
            .await
            .unwrap(),
        U256::ONE
    );
    assert_eq!(stage.record(first).await.unwrap().status, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_other_code_at_an_older_block_replaces_nothing() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(1).await.unwrap();
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let code = stage.source.code(source).await.unwrap();
    let other_code = stage.source.code(names).await.unwrap();
    stage.deploy_code(names).await.unwrap();
    let become_ = async |code: &Bytes| {
        stage.source.set_code(source, code).await.unwrap();
        stage.submit_head().await.unwrap()
    };
    let proxy_of = async || {
        let call = IRegistry::proxyOfCall { source };
        stage.target.view(stage.registry, call).await.unwrap()
    };
    // The source was something else for a while, before it was mirrored.
    let older = become_(&other_code).await;
    become_(&code).await;
    let first = stage.migrate(source).await.unwrap();
    assert_eq!(proxy_of().await, first.proxy);
    let proof = stage.source.proof(source, &[], older).await.unwrap();
    let create = IRegistry::createCall {
        source,
        sourceBlock: older,
        accountProof: proof.account_proof,
    };
    let created = stage.with_lock(&create);
    let answer = stage.target.call_with(created.clone()).await.unwrap();
    stage.target.send_request(created).await.unwrap();
    let second = Mirror {
        source,
        proxy: Address::abi_decode(&answer).unwrap(),
    };
    let sync = async |block: u64| {
        let call = stage.proven_sync(second, block, &[U256::ZERO]).await;
        let sent = stage.target.send(stage.registry, call.unwrap()).await;
        sent.unwrap();
    };
    sync(older).await;
    assert_eq!(stage.record(second).await.unwrap().status, Status::Active);
    assert_eq!(proxy_of().await, first.proxy, "an older block");

    // It is that again, and now the other mirror is the newer one; and back.
    stage.set(source, 2).await.unwrap();
    let newer = become_(&other_code).await;
    sync(newer).await;
    assert_eq!(proxy_of().await, second.proxy);
    become_(&code).await;
    stage.set(source, 3).await.unwrap();
    stage.sync_all(first).await.unwrap();
    assert_eq!(proxy_of().await, first.proxy);
}
