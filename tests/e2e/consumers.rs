//! Contracts of the target that read mirrors: those of `docs/consumers.md` and others.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{Revert, SolCall, SolValue, sol};
use smartsync_abi::{
    IProver::AccountNotWitnessed,
    IRegistry::{self, Stale},
};
use smartsync_tests::{
    Chain, Consumer, ExchangePair, Feed, FeedConsumer, MirrorReader, ProvenConsumer, Stage, System,
};

/// A name registry with some names, and its mirror.
#[tokio::test(flavor = "multi_thread")]
async fn a_solidity_contract_reads_mirrors_with_staticcall_and_with_plain_call() {
    let stage = Stage::start().await.unwrap();
    let (names, pair) = (
        stage.mirrored_names().await.unwrap(),
        stage.mirrored_pair().await.unwrap(),
    );
    let reader = stage.reader().await.unwrap();
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
    let pair = stage.mirrored_pair().await.unwrap();
    let reader = stage.reader().await.unwrap();
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

sol! {
    /// The constructor of the Rust consumer, by its parameters.
    function initialize(address registry, address pair, address feed, address prover, address rootSource, address sourcePair);
}

/// The code between the marks of a source file, without indentation of its own.
fn example<'a>(source: &'a str, of: &str) -> &'a str {
    let (_, tail) = source
        .split_once(&format!("// begin of the {of}\n"))
        .unwrap();
    tail.split_once("// end of the").unwrap().0.trim()
}

#[test]
fn the_consumers_in_the_docs_are_those_that_are_compiled_and_run() {
    let docs = include_str!("../../docs/consumers.md");
    let blocks = |language: &str| {
        docs.split("```")
            .filter_map(|block| block.strip_prefix(language))
            .map(str::trim)
            .collect::<Vec<_>>()
    };
    let solidity = include_str!("../fixtures/contracts/Consumer.sol");
    let rust = include_str!("../../contract/consumer/src/lib.rs");
    let proven = include_str!("../fixtures/contracts/Feeds.sol");
    assert_eq!(
        blocks("solidity"),
        [
            example(proven, "feed's example"),
            example(proven, "proven call's example"),
            example(solidity, "example"),
        ]
    );
    assert_eq!(blocks("rust"), [example(rust, "example")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solidity_and_a_rust_consumer_read_a_mirror_that_is_fresh_and_no_other() {
    let stage = Stage::start().await.unwrap();
    let pair = stage.mirrored_pair().await.unwrap();
    let arguments = (stage.registry, pair.proxy).abi_encode_params();
    let solidity = stage.on_target(&Consumer::BYTECODE, arguments).await;
    let nobody = Address::ZERO;
    let initialize = initializeCall {
        registry: stage.registry,
        pair: pair.proxy,
        feed: nobody,
        prover: nobody,
        rootSource: nobody,
        sourcePair: nobody,
    };
    let rust =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::CONSUMER, initialize);
    let consumers = [solidity.unwrap(), rust.await.unwrap()];
    let quote = Consumer::quoteCall {
        amountIn: U256::from(1_000_000),
    };
    let expected = ExchangePair::quoteCall {
        assetIn: 0,
        amountIn: U256::from(1_000_000),
    };
    let expected = stage.source.view(pair.source, expected).await.unwrap();
    for consumer in consumers {
        let answer = stage.target.view(consumer, quote.clone()).await;
        assert_eq!(answer, Ok(expected));
    }

    // 60 source blocks later that the root source knows of.
    for _ in 0..60 {
        stage.source.mine().await.unwrap();
    }
    let block = stage.submit_head().await.unwrap();
    let behind = block - stage.record(pair).await.unwrap().sourceBlock;
    for consumer in consumers {
        let answer = stage.target.view(consumer, quote.clone()).await;
        let stale = answer.unwrap_err().expect::<Stale>();
        assert_eq!(stale.blocksBehind, behind);
    }
    stage.sync_all(pair).await.unwrap();
    // 11 minutes later.
    stage
        .target
        .rpc("evm_increaseTime", serde_json::json!([660]))
        .await
        .unwrap();
    stage.target.mine().await.unwrap();
    for consumer in consumers {
        let answer = stage.target.view(consumer, quote.clone()).await;
        let stale = answer.unwrap_err().expect::<Stale>();
        assert!(stale.ageSeconds >= 660, "{} s", stale.ageSeconds);
        assert_eq!(stale.blocksBehind, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_clock_is_ahead_makes_a_mirror_no_older_than_new() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    // Within the hour that root sources allow.
    let ahead = serde_json::json!([1_800]);
    stage.source.rpc("evm_increaseTime", ahead).await.unwrap();
    stage.set(mirror.source, 2).await.unwrap();
    stage.sync_all(mirror).await.unwrap();
    let record = stage.record(mirror).await.unwrap();
    let (target, _) = stage
        .target
        .header(stage.target.block_number().await.unwrap())
        .await
        .unwrap();
    assert!(record.sourceTimestamp > target.timestamp + 1_000);
    let fresh = IRegistry::requireFreshCall {
        proxy: mirror.proxy,
        maxAgeSeconds: 0,
        maxBlocksBehind: 0,
    };
    stage.target.view(stage.registry, fresh).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_fresh_to_the_last_second_and_block_that_are_allowed() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let record = stage.record(mirror).await.unwrap();
    for _ in 0..3 {
        stage.source.mine().await.unwrap();
    }
    let behind = stage.submit_head().await.unwrap() - record.sourceBlock;
    stage.pass(1_000).await.unwrap();
    let number = stage.target.block_number().await.unwrap();
    let (head, _) = stage.target.header(number).await.unwrap();
    let age = head.timestamp - record.sourceTimestamp;
    assert!(age >= 1_000 && behind >= 3);
    for (max_age, max_behind, taken) in [
        (age, behind, true),
        (age - 1, behind, false),
        (age, behind - 1, false),
    ] {
        let fresh = IRegistry::requireFreshCall {
            proxy: mirror.proxy,
            maxAgeSeconds: max_age,
            maxBlocksBehind: max_behind,
        };
        let answer = stage.target.view_at(stage.registry, fresh, number).await;
        match taken {
            true => assert!(answer.is_ok(), "{answer:?}"),
            false => {
                let error = answer.unwrap_err().expect::<Stale>();
                assert_eq!((error.ageSeconds, error.blocksBehind), (age, behind));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solidity_and_a_rust_consumer_take_a_fresh_feed_and_a_call_that_is_proven_for_their_question()
 {
    let feed = Feed::start().await.unwrap();
    let (stage, target) = (&feed.stage, &feed.stage.target);
    let pair = stage.mirrored_pair().await.unwrap().source;
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let (prover, root_source) = (feed.prover, question.rootSource);
    let of_feed = stage.on_target(&FeedConsumer::BYTECODE, at.abi_encode());
    let arguments = (prover, root_source, pair).abi_encode_params();
    let of_calls = stage.on_target(&ProvenConsumer::BYTECODE, arguments);
    let initialize = initializeCall {
        registry: stage.registry,
        pair: Address::ZERO,
        feed: at,
        prover,
        rootSource: root_source,
        sourcePair: pair,
    };
    let rust = System::deploy_constructed(target, &smartsync_artifacts::CONSUMER, initialize);
    let (of_feed, of_calls, rust) = (
        of_feed.await.unwrap(),
        of_calls.await.unwrap(),
        rust.await.unwrap(),
    );

    // The feed: none, fresh, old.
    for consumer in [of_feed, rust] {
        let rate = target.view(consumer, FeedConsumer::rateCall {}).await;
        let error = rate.unwrap_err().expect::<Revert>();
        assert_eq!(error.reason, "No data present");
    }
    feed.set(at, &question, 77).await.unwrap();
    for consumer in [of_feed, rust] {
        let rate = target.view(consumer, FeedConsumer::rateCall {}).await;
        assert_eq!(rate, Ok(U256::from(77)));
    }

    // The proven call: the answer of their question, by anybody; not another question's witness, and no old block.
    let asked = smartsync_abi::IFeeds::Question {
        to: pair,
        data: ExchangePair::quoteCall {
            assetIn: 0,
            amountIn: U256::from(10).pow(U256::from(18)),
        }
        .abi_encode()
        .into(),
        ..question.clone()
    };
    let block = stage.submit_head().await.unwrap();
    let update = feed.update(&asked, block).await.unwrap();
    let other = feed.update(&question, block).await.unwrap();
    let expected = stage.source.call(pair, asked.data.clone()).await.unwrap();
    for consumer in [of_calls, rust] {
        let refused = target.call(consumer, other.abi_encode()).await;
        assert_eq!(
            refused.unwrap_err().expect::<AccountNotWitnessed>().account,
            pair
        );
        target.send(consumer, update.clone()).await.unwrap();
        let price = target.view(consumer, ProvenConsumer::priceCall {}).await;
        assert_eq!(price.unwrap().abi_encode(), expected);
    }
    // An hour and a minute later.
    let later = serde_json::json!([3_660]);
    target.rpc("evm_increaseTime", later).await.unwrap();
    target.mine().await.unwrap();
    for consumer in [of_feed, rust] {
        let rate = target.view(consumer, FeedConsumer::rateCall {}).await;
        assert!(rate.is_err());
    }
    for consumer in [of_calls, rust] {
        assert!(target.call(consumer, update.abi_encode()).await.is_err());
    }
}
