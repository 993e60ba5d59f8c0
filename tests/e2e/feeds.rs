//! Feeds: the answers to one question, kept for consumers of price and rate feeds.

use alloy::dyn_abi::DynSolValue;
use alloy_primitives::{Address, B256, Bytes, I256, U256, Uint, keccak256};
use alloy_sol_types::{Revert, SolCall, SolError, SolEvent, SolValue};
use serde_json::json;
use smartsync_abi::{
    IFeed::{self, AnswerUpdated},
    IFeeds::{AnswerType, Question},
    IProgramErrors::{UnknownSelector, WrongValue},
};
use smartsync_tests::{Artifact, Feed, System, World, request};

/// What `latest` says: answer, block, timestamp.
pub async fn latest(feed: &Feed, at: Address) -> (I256, u64, u64) {
    let latest = feed.target().view(at, IFeed::latestCall {}).await.unwrap();
    (latest.answer, latest.sourceBlock, latest.sourceTimestamp)
}

pub fn number(number: i64) -> I256 {
    I256::try_from(number).unwrap()
}

/// A view must revert as Chainlink's feeds do.
pub async fn no_data(feed: &Feed, at: Address, call: impl SolCall) {
    let error = feed.target().view(at, call).await;
    let Err(error) = error else {
        panic!("there is an answer")
    };
    assert_eq!(error.expect::<Revert>().reason, "No data present");
}

/// The typed error that an update ends with.
pub async fn refused<E: SolError>(feed: &Feed, at: Address, update: IFeed::updateCall) -> E {
    match feed.target().view(at, update).await {
        Ok(stored) => panic!("stored: {stored}"),
        Err(error) => error.expect(),
    }
}

pub async fn is_stored(feed: &Feed, at: Address, update: IFeed::updateCall) -> bool {
    feed.target().view(at, update).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_answers_as_chainlink_s_do_and_counts_its_rounds_from_1() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let target = feed.target();
    // Before the first answer.
    no_data(&feed, at, IFeed::latestCall {}).await;
    no_data(&feed, at, IFeed::latestRoundDataCall {}).await;
    no_data(&feed, at, IFeed::latestAnswerCall {}).await;
    let round_data = |id: u64| IFeed::getRoundDataCall {
        roundId: Uint::from(id),
    };
    no_data(&feed, at, round_data(1)).await;
    assert_eq!(target.view(at, IFeed::decimalsCall {}).await, Ok(18));
    assert_eq!(
        target.view(at, IFeed::versionCall {}).await,
        Ok(U256::from(1))
    );
    assert_eq!(
        target.view(at, IFeed::descriptionCall {}).await,
        Ok("rate / test".to_owned())
    );

    let mut rounds = Vec::new();
    for rate in [7u64, 9, 8] {
        let (block, receipt) = feed.set(at, &question, rate).await.unwrap();
        let timestamp = feed.timestamp(&question, block).await;
        rounds.push((rate, block, timestamp));
        let logs = receipt.inner.logs();
        assert_eq!((logs.len(), logs[0].address()), (1, at));
        let event = AnswerUpdated::decode_log_validate(&logs[0].inner).unwrap();
        assert_eq!(
            (event.current, event.roundId, event.updatedAt),
            (
                number(rate as i64),
                U256::from(rounds.len()),
                U256::from(timestamp)
            )
        );
        assert_eq!(
            latest(&feed, at).await,
            (number(rate as i64), block, timestamp)
        );
    }
    for (id, (rate, _, timestamp)) in (1..).zip(&rounds) {
        let round = target.view(at, round_data(id)).await.unwrap();
        let time = U256::from(*timestamp);
        assert_eq!(
            (round.id, round.answer, round.startedAt, round.updatedAt),
            (Uint::from(id), number(*rate as i64), time, time)
        );
        assert_eq!(round.answeredInRound, round.id);
    }
    let newest = target
        .view(at, IFeed::latestRoundDataCall {})
        .await
        .unwrap();
    let third = target.view(at, round_data(3)).await.unwrap();
    assert_eq!(
        (
            newest.roundId,
            newest.answer,
            newest.startedAt,
            newest.updatedAt
        ),
        (third.id, third.answer, third.startedAt, third.updatedAt)
    );
    assert_eq!(
        target.view(at, IFeed::latestAnswerCall {}).await,
        Ok(number(8))
    );
    // Rounds that are none: the next, the first of a number that is none, and those whose number would wrap to one.
    for id in [0, 4, u64::MAX] {
        no_data(&feed, at, round_data(id)).await;
    }
    let selector = IFeed::getRoundDataCall::SELECTOR;
    for word in [
        U256::from(1) << 80,
        (U256::from(1) << 255) | U256::from(2),
        U256::MAX,
    ] {
        let data = [&selector[..], &word.abi_encode()].concat();
        let error = target.call(at, data).await.unwrap_err();
        assert_eq!(error.expect::<Revert>().reason, "No data present");
    }
    // Calldata that ends early.
    for length in [4, 5, 35] {
        let data = [&selector[..], &U256::from(256).abi_encode()].concat();
        let error = target.call(at, data[..length].to_vec()).await.unwrap_err();
        assert_eq!(error.expect::<Revert>().reason, "No data present");
    }
    // What is no function of a feed, and value.
    let error = target.call(at, vec![1, 2, 3, 4]).await.unwrap_err();
    error.expect::<UnknownSelector>();
    let paid = request(at, Feed::latest()).value(U256::from(1));
    let error = target.call_with(paid).await.unwrap_err();
    assert_eq!(error.expect::<WrongValue>().got, U256::from(1));
    // Nor is the program a feed, though updates come to it.
    let update = IFeed::updateCall {
        sourceBlock: u64::MAX,
        witness: Bytes::new(),
    };
    let _: UnknownSelector = refused(&feed, feed.feeds, update).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_words_has_no_rounds_and_no_decimals() {
    let feed = Feed::start().await.unwrap();
    let world = feed.world().await.unwrap();
    let hash_of = World::hashOfCall { account: world };
    let question = Question {
        to: world,
        data: hash_of.abi_encode().into(),
        answerType: AnswerType::Word,
        decimals: 0,
        ..feed.question().await.unwrap()
    };
    let at = feed.create(question.clone()).await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    let update = feed.update(&question, block).await.unwrap();
    feed.target().send(at, update).await.unwrap();
    let hash = keccak256(feed.stage.source.code(world).await.unwrap());
    let (answer, _, _) = latest(&feed, at).await;
    assert_eq!(B256::from(answer.into_raw()), hash);
    for call in [
        IFeed::latestRoundDataCall {}.abi_encode(),
        IFeed::latestAnswerCall {}.abi_encode(),
        IFeed::decimalsCall {}.abi_encode(),
        IFeed::descriptionCall {}.abi_encode(),
        IFeed::versionCall {}.abi_encode(),
    ] {
        let error = feed.target().call(at, call).await.unwrap_err();
        error.expect::<UnknownSelector>();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_on_when_every_program_has_expired_and_updates_when_they_are_activated_again() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let (block, _) = feed.set(at, &question, 7).await.unwrap();
    let runner = (feed.target())
        .view(feed.prover, smartsync_abi::IProver::runnerCall {})
        .await
        .unwrap();
    let before = latest(&feed, at).await;
    let year = json!([366 * 24 * 3_600]);
    for chain in [&feed.stage.source, feed.target()] {
        chain.rpc("evm_increaseTime", year.clone()).await.unwrap();
        chain.mine().await.unwrap();
    }
    assert_eq!((before.0, before.1), (number(7), block));
    assert_eq!(latest(&feed, at).await, before);
    for call in [
        IFeed::latestRoundDataCall {}.abi_encode(),
        IFeed::latestAnswerCall {}.abi_encode(),
        IFeed::descriptionCall {}.abi_encode(),
        IFeed::getRoundDataCall {
            roundId: Uint::from(1),
        }
        .abi_encode(),
    ] {
        feed.target().call(at, call).await.unwrap();
    }
    let update = IFeed::updateCall {
        sourceBlock: block + 1,
        witness: Bytes::new(),
    };
    assert!(feed.target().view(at, update).await.is_err());
    // The notary and the registry for the header, the prover for the witness, and so on: each in its turn is missed.
    let stage = &feed.stage;
    for program in [stage.notary, stage.registry, stage.codes] {
        System::activate(&stage.target, program).await.unwrap();
    }
    let block = stage.submit_head().await.unwrap();
    for program in [feed.feeds, feed.prover, runner] {
        let update = IFeed::updateCall {
            sourceBlock: block,
            witness: Bytes::new(),
        };
        assert!(feed.target().view(at, update).await.is_err());
        System::activate(&stage.target, program).await.unwrap();
    }
    let (block, _) = feed.set(at, &question, 8).await.unwrap();
    let after = latest(&feed, at).await;
    assert_eq!((after.0, after.1), (number(8), block));
}

/// Perpetual Protocol's price feed over a Chainlink feed, as they compiled it: its time-weighted average goes from round to round by
/// `getRoundData(id - 1)`.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_of_chainlink_feeds_from_npm_takes_a_feed_unmodified() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let artifact = Artifact::npm(
        "@perp/perp-oracle-contract/artifacts/contracts/ChainlinkPriceFeed.sol/ChainlinkPriceFeed.json",
    )
    .unwrap();
    let creation = artifact.creation(&[DynSolValue::Address(at)]);
    let consumer = feed.target().create(creation, U256::ZERO).await.unwrap();
    let ask = async |name: &str, arguments: &[DynSolValue]| {
        let output = feed
            .target()
            .call(consumer, artifact.encode(name, arguments));
        output.await.map(|output| artifact.decode(name, &output))
    };
    assert_eq!(
        ask("getAggregator", &[]).await,
        Ok(vec![DynSolValue::Address(at)])
    );
    assert_eq!(ask("decimals", &[]).await, Ok(vec![uint_of(18, 8)]));
    // Nothing yet: Chainlink's own message comes through.
    let now = [uint_of(0, 256)];
    let error = ask("getPrice", &now).await.unwrap_err();
    assert_eq!(error.expect::<Revert>().reason, "No data present");

    // Rounds at times that are known, a minute apart.
    let start = feed
        .stage
        .source
        .header(feed.stage.source.block_number().await.unwrap())
        .await;
    let start = start.unwrap().0.timestamp + 1_000;
    let mut rounds = Vec::new();
    for (minute, rate) in [(0u64, 100u64), (1, 130), (2, 70), (3, 90)] {
        let time = start + minute * 60;
        for chain in [&feed.stage.source, feed.target()] {
            let next = json!([time]);
            chain.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
        }
        feed.target().mine().await.unwrap();
        let (block, _) = feed.set(at, &question, rate).await.unwrap();
        rounds.push((rate, feed.timestamp(&question, block).await));
        assert_eq!(ask("getPrice", &now).await, Ok(vec![uint_of(rate, 256)]));
    }
    for (id, (rate, time)) in (1..).zip(&rounds) {
        assert_eq!(
            ask("getRoundData", &[uint_of(id, 80)]).await,
            Ok(vec![uint_of(*rate, 256), uint_of(*time, 256)])
        );
    }
    let error = ask("getRoundData", &[uint_of(5, 80)]).await.unwrap_err();
    assert_eq!(error.expect::<Revert>().reason, "No data present");
    // The average of the last 100 and 150 seconds, worked out here: each rate counts from its round until the next.
    let newest = feed
        .target()
        .header(feed.target().block_number().await.unwrap())
        .await;
    // Calls see the time of the block that would be next.
    let now = newest.unwrap().0.timestamp + 30;
    let next = json!([now]);
    let target = feed.target();
    target.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
    for interval in [100u64, 150] {
        let begin = now - interval;
        let mut sum = 0;
        for (index, (rate, time)) in rounds.iter().enumerate() {
            let end = rounds.get(index + 1).map_or(now, |(_, next)| *next);
            sum += rate * (end.max(begin) - (*time).max(begin).min(end.max(begin)));
        }
        assert_eq!(
            ask("getPrice", &[uint_of(interval, 256)]).await,
            Ok(vec![uint_of(sum / interval, 256)]),
            "over {interval} s"
        );
    }
}

fn uint_of(number: u64, bits: usize) -> DynSolValue {
    DynSolValue::Uint(U256::from(number), bits)
}
