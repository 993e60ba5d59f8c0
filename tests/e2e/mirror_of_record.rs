//! Several mirrors of one source, and which of them is the one of record.

use alloy_primitives::{Address, U256};
use serde_json::json;
use smartsync_abi::IRegistry::{self, Status};
use smartsync_tests::{NameRegistry, SelfReader, Stage};

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
    stage
        .source
        .rpc("anvil_setCode", json!([first.source, code]))
        .await
        .unwrap();
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
