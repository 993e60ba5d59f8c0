//! Feeds at their limits: questions as long as can be, clocks and rounds at their ends, provers and root sources that answer anything.

use alloy_primitives::{Address, B256, Bytes, U256, Uint};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    IFeed::{self, BlockFromFuture, NoAnswer},
    IFeeds::{self, AnswerType, InvalidQuestion, Question},
    IReader::NotAnswered,
    IRegistry::RootSourceFailed,
};
use smartsync_tests::{Echo, Feed, PuppetProver};

use crate::feeds::{is_stored, latest, no_data, number, refused};

/// Longest code of a contract (EIP-170), and what of a feed's is no calldata.
const CODE: usize = 24_576;
const FIXED: usize = 373 + 96;

/// A feed whose prover and root source say what they are told.
struct Puppet {
    feed: Feed,
    prover: Address,
    at: Address,
}

impl Puppet {
    async fn with(change: impl FnOnce(Question) -> Question) -> Self {
        let feed = Feed::start().await.unwrap();
        let prover = feed.stage.on_target(&PuppetProver::BYTECODE, []).await;
        let prover = prover.unwrap();
        let question = Question {
            prover,
            rootSource: prover,
            ..feed.question().await.unwrap()
        };
        let at = feed.create(change(question)).await.unwrap();
        Self { feed, prover, at }
    }

    async fn say(&self, root: Vec<u8>, answer: Vec<u8>) {
        let say = PuppetProver::sayCall {
            root: root.into(),
            answer: answer.into(),
        };
        self.feed.target().send(self.prover, say).await.unwrap();
    }

    async fn now(&self) -> u64 {
        let target = self.feed.target();
        let block = target.block_number().await.unwrap();
        target.header(block).await.unwrap().0.timestamp
    }
}

/// What a root source says of a block of this time.
fn root(timestamp: u64) -> Vec<u8> {
    (B256::repeat_byte(1), timestamp).abi_encode()
}

/// What a prover says of an answer.
fn answer(data: Vec<u8>) -> Vec<u8> {
    (true, Bytes::from(data)).abi_encode_params()
}

fn update(source_block: u64) -> IFeed::updateCall {
    IFeed::updateCall {
        sourceBlock: source_block,
        witness: Bytes::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_as_long_as_a_code_can_be() {
    let feed = Feed::start().await.unwrap();
    let base = feed.question().await.unwrap();
    let with = |length: usize| Question {
        data: vec![7; length].into(),
        ..base.clone()
    };
    let at = feed.create(with(CODE - FIXED)).await.unwrap();
    assert_eq!(feed.target().code(at).await.unwrap().len(), CODE);
    let create = IFeeds::createCall {
        question: with(CODE - FIXED + 1),
    };
    let error = feed.target().view(feed.feeds, create).await.unwrap_err();
    error.expect::<IFeeds::CreationFailed>();
    // The contract answers its calldata: all of it goes there and back.
    let words = (CODE - FIXED) / 32;
    let data: Vec<u8> = (1..=words)
        .flat_map(|word| U256::from(word).to_be_bytes::<32>())
        .collect();
    let question = Question {
        to: feed.stage.on_source(&Echo::BYTECODE, []).await.unwrap(),
        data: data.into(),
        words: words as u16,
        word: words as u16 - 1,
        ..base
    };
    let at = feed.create(question.clone()).await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    let update = feed.update(&question, block).await.unwrap();
    feed.target().send(at, update).await.unwrap();
    assert_eq!(latest(&feed, at).await.0, number(words as i64));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_feed_is_the_prover_of_another() {
    let feed = Feed::start().await.unwrap();
    let base = feed.question().await.unwrap();
    let at = feed.create(base.clone()).await.unwrap();
    let identity = Address::with_last_byte(4);
    for prover in [at, feed.feeds, identity] {
        for root_source in [base.rootSource, prover] {
            let question = Question {
                prover,
                rootSource: root_source,
                ..base.clone()
            };
            let create = IFeeds::createCall { question };
            let error = feed.target().view(feed.feeds, create).await.unwrap_err();
            error.expect::<InvalidQuestion>();
        }
    }
    // As the root source of a prover that names it, it knows no block.
    let puppet = Puppet::with(|question| question).await;
    let nobody_s = puppet.feed.target().view(
        puppet.at,
        IFeed::updateCall {
            sourceBlock: 0,
            witness: Bytes::new(),
        },
    );
    // Block 0 is newer than none.
    assert_eq!(nobody_s.await, Ok(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_root_source_or_a_prover_answers_amiss_is_not_stored() {
    let puppet = Puppet::with(|question| question).await;
    let (feed, at) = (&puppet.feed, puppet.at);
    let now = puppet.now().await;
    let good = answer(U256::from(5).abi_encode());
    for length in [0, 31, 32, 63] {
        puppet.say(root(now)[..length].to_vec(), good.clone()).await;
        let error: RootSourceFailed = refused(feed, at, update(1)).await;
        assert_eq!(error.blockNumber, 1);
    }
    // A timestamp of more than 64 bits, and the last of those.
    let wide = (B256::repeat_byte(1), U256::from(now) | U256::ONE << 64).abi_encode();
    puppet.say(wide, good.clone()).await;
    let _: RootSourceFailed = refused(feed, at, update(1)).await;
    puppet.say(root(u64::MAX), good.clone()).await;
    let error: BlockFromFuture = refused(feed, at, update(1)).await;
    assert_eq!(error.sourceTimestamp, u64::MAX);
    // No flag, another flag, an offset or a length that leads outside, or round the end of all numbers.
    let word = |at: usize, value: U256| {
        let mut bent = good.clone();
        bent[at * 32..(at + 1) * 32].copy_from_slice(&value.to_be_bytes::<32>());
        bent
    };
    let (far, all) = (U256::from(u64::MAX), U256::MAX);
    for bent in [
        vec![],
        good[..31].to_vec(),
        good[..64].to_vec(),
        good[..96].to_vec(),
        good[..127].to_vec(),
        word(0, U256::from(2)),
        word(0, all),
        word(1, U256::from(65)),
        word(1, U256::from(128)),
        word(1, far - U256::from(31)),
        word(1, far),
        word(1, all),
        word(2, U256::from(33)),
        word(2, U256::from(u32::MAX)),
        word(2, far),
        word(2, all),
    ] {
        puppet.say(root(now), bent.clone()).await;
        let _: NotAnswered = refused(feed, at, update(1)).await;
    }
    // Well formed, and no answer: a revert, nothing, a byte too few.
    for (bent, reason) in [
        (word(0, U256::ZERO), 0),
        (answer(vec![]), 1),
        (word(2, U256::from(31)), 1),
        (answer([U256::from(5).abi_encode(), vec![0]].concat()), 1),
    ] {
        puppet.say(root(now), bent).await;
        let error: NoAnswer = refused(feed, at, update(1)).await;
        assert_eq!(error.reason, reason);
    }
    no_data(feed, at, IFeed::latestCall {}).await;
    puppet.say(root(now), good).await;
    assert!(is_stored(feed, at, update(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_the_last_block_takes_no_other_and_one_without_an_age_takes_the_first_second() {
    let puppet = Puppet::with(|question| Question {
        maxAge: u64::MAX,
        ..question
    });
    let puppet = puppet.await;
    let (feed, at) = (&puppet.feed, puppet.at);
    let good = answer(U256::from(5).abi_encode());
    puppet.say(root(0), good.clone()).await;
    feed.target().send(at, update(1)).await.unwrap();
    assert_eq!(latest(feed, at).await, (number(5), 1, 0));
    puppet.say(root(puppet.now().await), good).await;
    feed.target().send(at, update(u64::MAX)).await.unwrap();
    let last = latest(feed, at).await;
    assert_eq!(last.1, u64::MAX);
    for block in [2, u64::MAX - 1, u64::MAX] {
        assert!(!is_stored(feed, at, update(block)).await);
    }
    assert_eq!(latest(feed, at).await, last);
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_are_told_apart_up_to_the_last() {
    let puppet = Puppet::with(|question| Question {
        answerType: AnswerType::Signed,
        negativeAllowed: true,
        ..question
    });
    let puppet = puppet.await;
    let (feed, at) = (&puppet.feed, puppet.at);
    let now = puppet.now().await;
    for value in [1u64, 2] {
        puppet
            .say(root(now), answer(U256::from(value).abi_encode()))
            .await;
        feed.target().send(at, update(value)).await.unwrap();
    }
    // As if it had been updated 2^64 - 2 times.
    let stamp = U256::from_limbs([now, 2, u64::MAX - 1, 0]);
    let set = json!([at, B256::ZERO, B256::from(stamp)]);
    feed.target().rpc("anvil_setStorageAt", set).await.unwrap();
    puppet.say(root(now), answer(U256::MAX.abi_encode())).await;
    feed.target().send(at, update(3)).await.unwrap();
    let round = |id: u128| IFeed::getRoundDataCall {
        roundId: Uint::from(id),
    };
    let last = u128::from(u64::MAX);
    for (id, value) in [(1, 1), (2, 2), (last, -1)] {
        let data = feed.target().view(at, round(id)).await.unwrap();
        assert_eq!((data.id, data.answer), (Uint::from(id), number(value)));
        assert_eq!(data.answeredInRound, data.id);
    }
    let newest = IFeed::latestRoundDataCall {};
    let newest = feed.target().view(at, newest).await.unwrap();
    assert_eq!(newest.roundId, Uint::from(last));
    // Numbers whose lowest 64 bits are those of a round, and the ends.
    for id in [
        0,
        3,
        last - 2,
        last + 1,
        last + 2,
        last + 3,
        (1 << 79) + 1,
        (1 << 80) - 1,
    ] {
        no_data(feed, at, round(id)).await;
    }
    // One that is no uint80.
    for id in [U256::ONE << 80 | U256::ONE, U256::MAX] {
        let mut data = round(1).abi_encode();
        data[4..].copy_from_slice(&id.to_be_bytes::<32>());
        let error = feed.target().call(at, data).await.unwrap_err();
        let error = error.expect::<alloy_sol_types::Revert>();
        assert_eq!(error.reason, "No data present");
    }
}
