//! Reads of a mirror, from everywhere that reads come from.

use alloy_primitives::{Address, B256, U256, keccak256};
use ethers::providers::Middleware;
use smartsync_tests::{Chain, ExchangePair, Mirror, NameRegistry, Stage};

/// A name registry with some names, and its mirror.
async fn same_names(stage: &Stage, mirror: Mirror) {
    stage.assert_same(mirror, NameRegistry::countCall {}).await;
    stage.assert_same(mirror, NameRegistry::namesCall {}).await;
    stage
        .assert_same(
            mirror,
            NameRegistry::countOfCall {
                owner: Chain::account(0),
            },
        )
        .await;
    let names = stage
        .source
        .view(mirror.source, NameRegistry::namesCall {})
        .await
        .unwrap();
    for name in names {
        stage
            .assert_same(mirror, NameRegistry::describeCall { name: name.clone() })
            .await;
        stage
            .assert_same(mirror, NameRegistry::ownerOfCall { name: name.clone() })
            .await;
        stage
            .assert_same(mirror, NameRegistry::addressOfCall { name: name.clone() })
            .await;
        stage
            .assert_same(mirror, NameRegistry::textKeysCall { name: name.clone() })
            .await;
        stage
            .assert_same(
                mirror,
                NameRegistry::textCall {
                    name: name.clone(),
                    key: "about".into(),
                },
            )
            .await;
        stage
            .assert_same(mirror, NameRegistry::existsCall { name })
            .await;
    }
    stage
        .assert_same(
            mirror,
            NameRegistry::existsCall {
                name: "nobody".into(),
            },
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirrored_name_registry_answers_as_its_source_through_changes_additions_and_deletions() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_names().await.unwrap();
    same_names(&stage, mirror).await;

    let source = &stage.source;
    let resolved = Address::with_last_byte(0xda);
    source
        .send(
            mirror.source,
            NameRegistry::registerCall {
                name: "dave".into(),
                resolved,
            },
        )
        .await
        .unwrap();
    source
        .send(
            mirror.source,
            NameRegistry::setAddressCall {
                name: "bob".into(),
                resolved,
            },
        )
        .await
        .unwrap();
    source
        .send(
            mirror.source,
            NameRegistry::removeCall {
                name: "alice".into(),
            },
        )
        .await
        .unwrap();
    let before = stage
        .target
        .view(mirror.proxy, NameRegistry::namesCall {})
        .await
        .unwrap();
    assert_eq!(
        before,
        ["alice", "bob", "carol"],
        "the mirror stands still until a sync"
    );
    stage.sync_all(mirror).await.unwrap();
    same_names(&stage, mirror).await;
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, NameRegistry::namesCall {})
            .await
            .unwrap(),
        ["dave", "bob", "carol"]
    );
    // A name that is gone reverts with the source's own error, arguments and all.
    let gone = NameRegistry::ownerOfCall {
        name: "alice".into(),
    };
    let error = stage
        .target
        .view(mirror.proxy, gone)
        .await
        .unwrap_err()
        .expect::<NameRegistry::NameUnknown>();
    assert_eq!(error.name, "alice");

    for name in ["bob", "carol", "dave"] {
        source
            .send(
                mirror.source,
                NameRegistry::removeCall { name: name.into() },
            )
            .await
            .unwrap();
    }
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(
        stage.target.storage_root(mirror.proxy).await.unwrap(),
        smartsync_proof::EMPTY_ROOT
    );
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, NameRegistry::countCall {})
            .await
            .unwrap(),
        U256::ZERO
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_client_library_reads_the_mirror() {
    let stage = Stage::start().await.unwrap();
    let pair = stage.mirrored_pair().await.unwrap();
    let client =
        ethers::providers::Provider::<ethers::providers::Http>::try_from(stage.target.url())
            .unwrap();
    let abi: ethers::abi::Abi =
        serde_json::from_str(include_str!("../fixtures/artifacts/ExchangePair.json").trim())
            .and_then(|artifact: serde_json::Value| serde_json::from_value(artifact["abi"].clone()))
            .unwrap();
    let address = ethers::types::Address::from(pair.proxy.into_array());
    let contract =
        ethers::contract::Contract::new(address, abi, std::sync::Arc::new(client.clone()));
    let amount = ethers::types::U256::exp10(18);
    let quote: ethers::types::U256 = contract
        .method("quote", (0u8, amount))
        .unwrap()
        .call()
        .await
        .unwrap();
    let expected = stage
        .source
        .view(
            pair.source,
            ExchangePair::quoteCall {
                assetIn: 0,
                amountIn: U256::from(10u64.pow(18)),
            },
        )
        .await
        .unwrap();
    assert_eq!(quote.to_string(), expected.to_string());
    let name: String = contract.method("name", ()).unwrap().call().await.unwrap();
    assert_eq!(name, "Gold and silver");
    let reserves: (u128, u128, u32) = contract
        .method("reserves", ())
        .unwrap()
        .call()
        .await
        .unwrap();
    let expected = stage
        .source
        .view(pair.source, ExchangePair::reservesCall {})
        .await
        .unwrap();
    assert_eq!(
        (U256::from(reserves.0), U256::from(reserves.1)),
        (expected.reserve0.to(), expected.reserve1.to())
    );
    // And what it reads from the chain itself.
    let proof = client.get_proof(address, vec![], None).await.unwrap();
    assert_eq!(
        B256::from(proof.storage_hash.0),
        stage.source.storage_root(pair.source).await.unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_has_the_same_storage_root_as_its_source_and_nothing_of_its_own() {
    let stage = Stage::start().await.unwrap();
    let pair = stage.mirrored_pair().await.unwrap();
    let storage = stage.source.storage(pair.source).await.unwrap();
    assert_eq!(stage.target.storage(pair.proxy).await.unwrap(), storage);
    let root = smartsync_tests::storage_root(&storage);
    assert_eq!(stage.source.storage_root(pair.source).await.unwrap(), root);
    assert_eq!(stage.target.storage_root(pair.proxy).await.unwrap(), root);
    let record = stage.record(pair).await.unwrap();
    assert_eq!(record.storageRoot, root);
    assert_eq!(
        record.codeHash,
        keccak256(stage.source.code(pair.source).await.unwrap())
    );
}
