//! The question that a feed is about, and its address.

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolEvent;
use smartsync_abi::{
    IFeed,
    IFeeds::{self, AnswerType, FeedCreated, InvalidQuestion, Question},
};
use smartsync_tests::Feed;

use crate::feeds::{latest, no_data};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_has_one_feed_whose_address_commits_to_all_of_it() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let create = IFeeds::createCall {
        question: question.clone(),
    };
    let receipt = feed.target().send(feed.feeds, create).await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let logs = receipt.inner.logs();
    assert_eq!((logs.len(), logs[0].address()), (1, feed.feeds));
    let created = FeedCreated::decode_log_validate(&logs[0].inner).unwrap();
    assert_eq!(
        (created.feed, created.prover, created.to),
        (at, feed.prover, feed.oracle)
    );
    let code = feed.target().code(at).await.unwrap();
    let (read, program) = smartsync_feed::Question::parse(&code).unwrap();
    assert_eq!((read.to, program), (feed.oracle, feed.feeds));
    assert!(code.len() < 700, "{} bytes", code.len());
    // EIP-1014, from the init code.
    let init_code = keccak256(read.init_code(&feed.feeds));
    assert_eq!(at, feed.feeds.create2(B256::ZERO, init_code));
    // Again is no failure, and nothing changes.
    let (block, _) = feed.set(at, &question, 7).await.unwrap();
    let again = IFeeds::createCall {
        question: question.clone(),
    };
    let receipt = feed.target().send(feed.feeds, again).await.unwrap();
    assert!(receipt.inner.logs().is_empty());
    assert_eq!(latest(&feed, at).await.1, block);

    let other_prover = feed.stage.deploy_prover().await.unwrap();
    let mut addresses = vec![at];
    for other in [
        Question {
            prover: other_prover,
            ..question.clone()
        },
        Question {
            from: Address::with_last_byte(1),
            ..question.clone()
        },
        Question {
            to: Address::with_last_byte(1),
            ..question.clone()
        },
        Question {
            data: vec![1].into(),
            ..question.clone()
        },
        Question {
            words: 2,
            ..question.clone()
        },
        Question {
            words: 2,
            word: 1,
            ..question.clone()
        },
        Question {
            answerType: AnswerType::Signed,
            ..question.clone()
        },
        Question {
            bits: 128,
            ..question.clone()
        },
        Question {
            decimals: 17,
            ..question.clone()
        },
        Question {
            zeroAllowed: true,
            ..question.clone()
        },
        Question {
            answerType: AnswerType::Signed,
            negativeAllowed: true,
            ..question.clone()
        },
        Question {
            maxAge: 3_601,
            ..question.clone()
        },
        Question {
            description: "rate / tesu".to_owned(),
            ..question.clone()
        },
    ] {
        let other = feed.create(other).await.unwrap();
        assert!(!addresses.contains(&other));
        no_data(&feed, other, IFeed::latestCall {}).await;
        addresses.push(other);
    }
    // The root source is the prover's, and what cannot be answered is no question.
    for wrong in [
        Question {
            rootSource: feed.stage.registry,
            ..question.clone()
        },
        Question {
            prover: Address::repeat_byte(9),
            ..question.clone()
        },
        Question {
            word: 1,
            ..question.clone()
        },
        Question {
            bits: 257,
            ..question.clone()
        },
        Question {
            negativeAllowed: true,
            ..question.clone()
        },
        Question {
            maxAge: 0,
            ..question.clone()
        },
        Question {
            description: String::new(),
            ..question.clone()
        },
        Question {
            description: "x".repeat(33),
            ..question.clone()
        },
    ] {
        let create = IFeeds::createCall { question: wrong };
        let error = feed.target().view(feed.feeds, create).await.unwrap_err();
        error.expect::<InvalidQuestion>();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_no_account_s_code_has_room_for_makes_no_feed() {
    let feed = Feed::start().await.unwrap();
    let long = Question {
        data: vec![1; 24_576].into(),
        ..feed.question().await.unwrap()
    };
    let create = IFeeds::createCall { question: long };
    let error = feed.target().view(feed.feeds, create).await.unwrap_err();
    error.expect::<IFeeds::CreationFailed>();
}
