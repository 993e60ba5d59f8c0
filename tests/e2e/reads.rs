//! Reads of a mirror, from everywhere that reads come from.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use ethers::providers::Middleware;
use smartsync_abi::IRegistry::Stale;
use smartsync_tests::{
    CallError, CallerReader, Chain, ExchangePair, Mirror, MirrorReader, NameRegistry, Reverter,
    SelfReader, Stage, TransientReader,
};

/// A name registry with some names, and its mirror.
async fn names(stage: &Stage) -> Mirror {
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    for (name, resolved) in [("alice", 0xa1), ("bob", 0xb0), ("carol", 0xca)] {
        let resolved = Address::with_last_byte(resolved);
        stage
            .source
            .send(
                names,
                NameRegistry::registerCall {
                    name: name.into(),
                    resolved,
                },
            )
            .await
            .unwrap();
    }
    for (name, key, value) in [
        ("alice", "mail", "alice@example.org"),
        (
            "alice",
            "about",
            "A text that does not fit one storage slot, so that it takes several of them.",
        ),
        ("bob", "mail", "bob@example.org"),
    ] {
        let call = NameRegistry::setTextCall {
            name: name.into(),
            key: key.into(),
            value: value.into(),
        };
        stage.source.send(names, call).await.unwrap();
    }
    stage.migrate(names).await.unwrap()
}

/// An exchange pair with liquidity and some trades, and its mirror.
async fn pair(stage: &Stage) -> Mirror {
    let pair = stage
        .on_source(
            &ExchangePair::BYTECODE,
            "Gold and silver".to_string().abi_encode(),
        )
        .await
        .unwrap();
    let unit = U256::from(10u64.pow(18));
    for asset in [0, 1] {
        let amount = unit * U256::from(1_000_000);
        stage
            .source
            .send(pair, ExchangePair::depositCall { asset, amount })
            .await
            .unwrap();
    }
    let call = ExchangePair::addLiquidityCall {
        amount0: unit * U256::from(5_000),
        maximum1: unit * U256::from(320_000),
    };
    stage.source.send(pair, call).await.unwrap();
    let call = ExchangePair::swapCall {
        assetIn: 0,
        amountIn: unit * U256::from(7),
        minimumOut: U256::ZERO,
    };
    stage.source.send(pair, call).await.unwrap();
    stage.migrate(pair).await.unwrap()
}

/// The same on both chains, and no error.
async fn same(stage: &Stage, mirror: Mirror, call: impl SolCall) {
    let (source, proxy) = stage.both(mirror, call).await;
    assert!(source.is_ok(), "{source:?}");
    assert_eq!(source, proxy);
}

async fn same_names(stage: &Stage, mirror: Mirror) {
    same(stage, mirror, NameRegistry::countCall {}).await;
    same(stage, mirror, NameRegistry::namesCall {}).await;
    same(
        stage,
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
        same(
            stage,
            mirror,
            NameRegistry::describeCall { name: name.clone() },
        )
        .await;
        same(
            stage,
            mirror,
            NameRegistry::ownerOfCall { name: name.clone() },
        )
        .await;
        same(
            stage,
            mirror,
            NameRegistry::addressOfCall { name: name.clone() },
        )
        .await;
        same(
            stage,
            mirror,
            NameRegistry::textKeysCall { name: name.clone() },
        )
        .await;
        same(
            stage,
            mirror,
            NameRegistry::textCall {
                name: name.clone(),
                key: "about".into(),
            },
        )
        .await;
        same(stage, mirror, NameRegistry::existsCall { name }).await;
    }
    same(
        stage,
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
    let mirror = names(&stage).await;
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
async fn a_solidity_contract_reads_mirrors_with_staticcall_and_with_plain_call() {
    let stage = Stage::start().await.unwrap();
    let (names, pair) = (names(&stage).await, pair(&stage).await);
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let target = &stage.target;

    // Solidity's own view calls: STATICCALL.
    let resolve = MirrorReader::resolveCall {
        names: names.proxy,
        name: "alice".into(),
        key: "about".into(),
    };
    let resolved = target.view(reader, resolve).await.unwrap();
    assert_eq!(
        (resolved.owner, resolved.resolved),
        (Chain::account(0), Address::with_last_byte(0xa1))
    );
    assert!(resolved.value.starts_with("A text that does not fit"));

    let quote = ExchangePair::quoteCall {
        assetIn: 1,
        amountIn: U256::from(10u64.pow(18)),
    };
    let expected = stage.source.view(pair.source, quote.clone()).await.unwrap();
    let keep = MirrorReader::keepQuoteCall {
        pair: pair.proxy,
        assetIn: 1,
        amountIn: quote.amountIn,
    };
    target.send(reader, keep).await.unwrap();
    assert_eq!(
        target
            .view(reader, MirrorReader::lastQuoteCall {})
            .await
            .unwrap(),
        expected
    );

    // A plain CALL, in a transaction, as an old contract makes it.
    let plain = MirrorReader::readPlainCall {
        mirror: pair.proxy,
        data: quote.abi_encode().into(),
    };
    let receipt = target.send(reader, plain.clone()).await.unwrap();
    let answer = target.view(reader, plain).await.unwrap();
    assert!(answer.success);
    assert_eq!(answer.result, Bytes::from(expected.abi_encode()));
    assert_eq!(
        target
            .view(reader, MirrorReader::lastAnswerCall {})
            .await
            .unwrap(),
        answer.result
    );
    let fast = MirrorReader::keepStaticCall {
        mirror: pair.proxy,
        data: quote.abi_encode().into(),
    };
    let fast = target.send(reader, fast).await.unwrap();
    assert!(
        fast.gas_used < receipt.gas_used,
        "static {}, plain {}",
        fast.gas_used,
        receipt.gas_used
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_asks_for_freshness_gets_it_or_stale() {
    let stage = Stage::start().await.unwrap();
    let pair = pair(&stage).await;
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let fresh = |max_age: u64, max_behind: u64| MirrorReader::freshQuoteCall {
        pair: pair.proxy,
        assetIn: 0,
        amountIn: U256::from(1_000_000),
        maxAgeSeconds: max_age,
        maxBlocksBehind: max_behind,
    };
    let expected = stage
        .source
        .view(
            pair.source,
            ExchangePair::quoteCall {
                assetIn: 0,
                amountIn: U256::from(1_000_000),
            },
        )
        .await
        .unwrap();
    assert_eq!(
        stage.target.view(reader, fresh(3_600, 0)).await.unwrap(),
        expected
    );

    // Two more blocks that the root source knows of.
    for _ in 0..2 {
        let deposit = ExchangePair::depositCall {
            asset: 0,
            amount: U256::ONE,
        };
        stage.source.send(pair.source, deposit).await.unwrap();
    }
    let block = stage.submit_head().await.unwrap();
    let record = stage.record(pair).await.unwrap();
    let stale = stage
        .target
        .view(reader, fresh(3_600, 1))
        .await
        .unwrap_err()
        .expect::<Stale>();
    assert_eq!(stale.blocksBehind, block - record.sourceBlock);
    assert_eq!(
        stage
            .target
            .view(reader, fresh(3_600, stale.blocksBehind))
            .await
            .unwrap(),
        expected
    );

    // An hour later.
    stage
        .target
        .rpc("evm_increaseTime", serde_json::json!([4_000]))
        .await
        .unwrap();
    stage
        .target
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    let stale = stage
        .target
        .view(reader, fresh(3_600, 1_000))
        .await
        .unwrap_err()
        .expect::<Stale>();
    assert!(stale.ageSeconds >= 4_000, "{} s", stale.ageSeconds);

    // A sync with no new storage root freshens it.
    stage.sync_all(pair).await.unwrap();
    let stale = stage.target.view(reader, fresh(0, 0)).await;
    if let Err(error) = stale {
        assert_eq!(error.expect::<Stale>().blocksBehind, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_client_library_reads_the_mirror() {
    let stage = Stage::start().await.unwrap();
    let pair = pair(&stage).await;
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
async fn revert_data_of_the_logic_passes_through_unchanged_in_both_contexts() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&Reverter::BYTECODE, []).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let long = "a reason that is longer than a word of the EVM, which is 32 bytes long".to_string();
    for data in [
        Reverter::customCall { reason: long }.abi_encode(),
        Reverter::textCall {}.abi_encode(),
        Reverter::emptyCall {}.abi_encode(),
        Reverter::panicCall {
            index: U256::from(3),
        }
        .abi_encode(),
        vec![1, 2, 3],
    ] {
        let expected = match stage.source.call(source, data.clone()).await {
            Err(CallError::Reverted(data)) => data,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            stage.target.call(mirror.proxy, data.clone()).await,
            Err(CallError::Reverted(expected.clone()))
        );
        let call = MirrorReader::readStaticCall {
            mirror: mirror.proxy,
            data: data.clone().into(),
        };
        let answer = stage.target.view(reader, call).await.unwrap();
        assert_eq!((answer.success, answer.result), (false, expected.clone()));
        let call = MirrorReader::readPlainCall {
            mirror: mirror.proxy,
            data: data.into(),
        };
        let answer = stage.target.view(reader, call).await.unwrap();
        assert_eq!((answer.success, answer.result), (false, expected));
    }
    same(&stage, mirror, Reverter::panicCall { index: U256::ZERO }).await;
    // INVALID consumes what it is given; it fails, and the reader lives on with its 64th part.
    let call = MirrorReader::readStaticCall {
        mirror: mirror.proxy,
        data: Reverter::invalidCall {}.abi_encode().into(),
    };
    assert!(!stage.target.view(reader, call).await.unwrap().success);
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_that_calls_back_into_itself_works_in_both_contexts() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(21),
            },
        )
        .await
        .unwrap();
    for key in 1..=12u64 {
        let call = SelfReader::putCall {
            key: U256::from(key),
            value_: U256::from(key * key),
        };
        stage.source.send(source, call).await.unwrap();
    }
    let mirror = stage.migrate(source).await.unwrap();
    same(&stage, mirror, SelfReader::doubledCall {}).await;
    same(&stage, mirror, SelfReader::sumCall { n: U256::from(12) }).await;
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::doubledCall {})
            .await
            .unwrap(),
        U256::from(42)
    );
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::sumCall { n: U256::from(12) })
            .await
            .unwrap(),
        U256::from(650)
    );

    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let data = Bytes::from(SelfReader::sumCall { n: U256::from(12) }.abi_encode());
    let call = MirrorReader::readStaticCall {
        mirror: mirror.proxy,
        data: data.clone(),
    };
    assert_eq!(
        stage.target.view(reader, call).await.unwrap().result,
        Bytes::from(U256::from(650).abi_encode())
    );
    let call = MirrorReader::readPlainCall {
        mirror: mirror.proxy,
        data,
    };
    assert_eq!(
        stage.target.view(reader, call).await.unwrap().result,
        Bytes::from(U256::from(650).abi_encode())
    );
    // `address(this)` is the mirror's own: that is not mirrored.
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::hereCall {})
            .await
            .unwrap(),
        mirror.proxy
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_of_a_static_read_stays_the_caller_and_that_of_another_is_the_mirror() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&CallerReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            CallerReader::setCall {
                value: U256::from(5),
            },
        )
        .await
        .unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let data = Bytes::from(CallerReader::callerCall {}.abi_encode());
    let call = MirrorReader::readStaticCall {
        mirror: mirror.proxy,
        data: data.clone(),
    };
    assert_eq!(
        stage.target.view(reader, call).await.unwrap().result,
        Bytes::from(reader.abi_encode())
    );
    let call = MirrorReader::readPlainCall {
        mirror: mirror.proxy,
        data,
    };
    assert_eq!(
        stage.target.view(reader, call).await.unwrap().result,
        Bytes::from(mirror.proxy.abi_encode())
    );
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, CallerReader::callerCall {})
            .await
            .unwrap(),
        mirror.proxy
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logic_that_uses_transient_storage_reads_and_cannot_write() {
    let stage = Stage::start().await.unwrap();
    let source = stage
        .on_source(&TransientReader::BYTECODE, [])
        .await
        .unwrap();
    stage
        .source
        .send(
            source,
            TransientReader::setCall {
                value_: U256::from(77),
            },
        )
        .await
        .unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    // Slot 0 is the one that the mirror's probe writes: it writes zero.
    for slot in [U256::ZERO, U256::ONE, U256::MAX] {
        same(&stage, mirror, TransientReader::readCall { slot }).await;
    }
    let write = TransientReader::writeCall {
        slot: U256::ZERO,
        value_: U256::ONE,
    };
    assert!(stage.target.view(mirror.proxy, write).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_has_the_same_storage_root_as_its_source_and_nothing_of_its_own() {
    let stage = Stage::start().await.unwrap();
    let pair = pair(&stage).await;
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
