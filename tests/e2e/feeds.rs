//! Feeds: the answers to one question, kept for consumers of price and rate feeds.

use alloy::dyn_abi::DynSolValue;
use alloy_primitives::{Address, B256, Bytes, I256, U256, Uint, keccak256};
use alloy_sol_types::{Revert, SolCall, SolError, SolEvent, SolValue};
use serde_json::json;
use smartsync_abi::{
    IFeed::{self, AnswerUpdated, BlockFromFuture, BlockTooOld, NoAnswer},
    IFeeds::{self, AnswerType, InvalidQuestion, Question},
    IProgramErrors::{UnknownSelector, WrongValue},
    IProver::{AccountNotWitnessed, NotWitnessed, StateRootMismatch},
    IRegistry::BeforeFirstBlock,
    IRootSource::UnknownBlock,
};
use smartsync_tests::{
    Artifact, CallError, Echo, Feed, FeedScanner, NosyProver, Oracle, Reverter, System, World,
    request,
};

/// What `latest` says: answer, block, timestamp.
async fn latest(feed: &Feed, at: Address) -> (I256, u64, u64) {
    let latest = feed.target().view(at, IFeed::latestCall {}).await.unwrap();
    (latest.answer, latest.sourceBlock, latest.sourceTimestamp)
}

fn number(number: i64) -> I256 {
    I256::try_from(number).unwrap()
}

/// A view must revert as Chainlink's feeds do.
async fn no_data(feed: &Feed, at: Address, call: impl SolCall) {
    let error = feed.target().view(at, call).await;
    let Err(error) = error else {
        panic!("there is an answer")
    };
    assert_eq!(error.expect::<Revert>().reason, "No data present");
}

/// The typed error that an update ends with.
async fn refused<E: SolError>(feed: &Feed, at: Address, update: IFeed::updateCall) -> E {
    match feed.target().view(at, update).await {
        Ok(stored) => panic!("stored: {stored}"),
        Err(error) => error.expect(),
    }
}

async fn is_stored(feed: &Feed, at: Address, update: IFeed::updateCall) -> bool {
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
async fn a_question_has_one_feed_whose_address_commits_to_all_of_it() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
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
    let long = Question {
        data: vec![1; 24_576].into(),
        ..question
    };
    let create = IFeeds::createCall { question: long };
    let error = feed.target().view(feed.feeds, create).await.unwrap_err();
    error.expect::<IFeeds::CreationFailed>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_only_goes_forward_and_an_update_that_does_not_is_no_failure() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let (first, _) = feed.set(at, &question, 7).await.unwrap();
    let old = feed.update(&question, first).await.unwrap();
    let (second, _) = feed.set(at, &question, 9).await.unwrap();
    let before = latest(&feed, at).await;
    assert_eq!((before.0, before.1), (number(9), second));
    // Backwards, the same block again, and a block whose witness nobody even looks at.
    let again = feed.update(&question, second).await.unwrap();
    let nonsense = IFeed::updateCall {
        sourceBlock: 1,
        witness: vec![0xff; 9].into(),
    };
    for update in [old, again, nonsense] {
        assert!(!is_stored(&feed, at, update.clone()).await);
        let receipt = feed.target().send(at, update).await.unwrap();
        assert!(receipt.inner.logs().is_empty());
        assert_eq!(latest(&feed, at).await, before);
    }
    let second_round = IFeed::getRoundDataCall {
        roundId: Uint::from(2),
    };
    assert!(feed.target().view(at, second_round).await.is_ok());
    let third_round = IFeed::getRoundDataCall {
        roundId: Uint::from(3),
    };
    no_data(&feed, at, third_round).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_takes_no_block_from_the_future_and_none_that_is_too_old() {
    let feed = Feed::start().await.unwrap();
    let question = Question {
        maxAge: 600,
        ..feed.question().await.unwrap()
    };
    let at = feed.create(question.clone()).await.unwrap();
    let (stage, target) = (&feed.stage, feed.target());
    let block = stage.submit_head().await.unwrap();
    let timestamp = feed.timestamp(&question, block).await;
    let update = feed.update(&question, block).await.unwrap();
    // As old as is allowed, and a second older.
    let clock = async |time: u64| {
        let next = json!([time]);
        target.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
        target.mine().await.unwrap();
    };
    clock(timestamp + 601).await;
    let error: BlockTooOld = refused(&feed, at, update).await;
    assert_eq!(
        (error.sourceTimestamp, error.oldestAllowed),
        (timestamp, timestamp + 1)
    );
    let clock_now = timestamp + 601;
    // A block ten minutes ahead of the target's clock, which the root source takes.
    let ahead = json!([clock_now + 600]);
    stage
        .source
        .rpc("evm_setNextBlockTimestamp", ahead)
        .await
        .unwrap();
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let timestamp = feed.timestamp(&question, block).await;
    assert_eq!(timestamp, clock_now + 600);
    let update = feed.update(&question, block).await.unwrap();
    let error: BlockFromFuture = refused(&feed, at, update.clone()).await;
    assert_eq!(error.sourceTimestamp, timestamp);
    assert!(error.now < timestamp);
    no_data(&feed, at, IFeed::latestCall {}).await;
    // Then it is not any more; nor, at last, too old.
    for (time, stored) in [
        (timestamp, true),
        (timestamp + 600, true),
        (timestamp + 601, false),
    ] {
        let snapshot = target.rpc("evm_snapshot", json!([])).await.unwrap();
        let next = json!([time]);
        target.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
        let sent = target
            .transact(request(at, update.abi_encode().into()))
            .await;
        assert_eq!(sent.unwrap().status(), stored, "at {time}");
        target.rpc("evm_revert", json!([snapshot])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_takes_no_witness_of_another_question_or_block() {
    let feed = Feed::start().await.unwrap();
    let question = feed.question().await.unwrap();
    let at = feed.create(question.clone()).await.unwrap();
    let rate = U256::from(500).abi_encode();
    let other = Question {
        to: (feed.stage)
            .on_source(&Oracle::BYTECODE, rate)
            .await
            .unwrap(),
        ..question.clone()
    };
    let old = feed.stage.submit_head().await.unwrap();
    let old_update = feed.update(&question, old).await.unwrap();
    feed.stage.source.mine().await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    // Another question's: what this one needs is not in it.
    let theirs = feed.update(&other, block).await.unwrap();
    let error: AccountNotWitnessed = refused(&feed, at, theirs).await;
    assert_eq!(error.account, feed.oracle);
    // Without its slot.
    let mut touched = smartsync_tests::Touched::default();
    touched.accounts.entry(feed.oracle).or_default();
    touched.codes.insert(feed.oracle);
    let slotless = IFeed::updateCall {
        sourceBlock: block,
        witness: feed.stage.witness(block, &touched).await.unwrap(),
    };
    let error: NotWitnessed = refused(&feed, at, slotless).await;
    assert_eq!((error.account, error.slot), (feed.oracle, U256::ZERO));
    // Another block's.
    let misdated = IFeed::updateCall {
        sourceBlock: block,
        ..old_update
    };
    let _: StateRootMismatch = refused(&feed, at, misdated).await;
    // A block that the root source does not know.
    let unknown = IFeed::updateCall {
        sourceBlock: block + 1_000,
        witness: Bytes::new(),
    };
    let error: UnknownBlock = refused(&feed, at, unknown).await;
    assert_eq!(error.blockNumber, block + 1_000);
    no_data(&feed, at, IFeed::latestCall {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_and_data_that_are_not_of_the_declared_type_are_no_answer() {
    let feed = Feed::start().await.unwrap();
    let base = feed.question().await.unwrap();
    let echo = feed.stage.on_source(&Echo::BYTECODE, []).await.unwrap();
    let reverter = feed.stage.on_source(&Reverter::BYTECODE, []).await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    // The contract answers its calldata.
    let echoed = |data: Vec<u8>| Question {
        to: echo,
        data: data.into(),
        ..base.clone()
    };
    let words = |words: &[U256]| words.abi_encode_packed();
    let (one, minus_one) = (U256::from(1), U256::MAX);
    let signed = |data: Vec<u8>, bits: u16| Question {
        answerType: AnswerType::Signed,
        bits,
        ..echoed(data)
    };
    let reverts = Question {
        to: reverter,
        data: Reverter::textCall {}.abi_encode().into(),
        ..base.clone()
    };
    for (question, reason) in [
        (reverts, 0),
        (echoed(vec![]), 1),
        (echoed(words(&[one])[..31].to_vec()), 1),
        (echoed(words(&[one, one])), 1),
        (echoed([words(&[one]), vec![0]].concat()), 1),
        // What no int256 holds; what the type does not; a sign that is not extended.
        (echoed(words(&[one << 255])), 2),
        (
            Question {
                bits: 8,
                ..echoed(words(&[U256::from(256)]))
            },
            2,
        ),
        (signed(words(&[U256::from(0xff)]), 8), 2),
        (echoed(words(&[U256::ZERO])), 3),
        (signed(words(&[minus_one]), 8), 3),
    ] {
        let at = feed.create(question.clone()).await.unwrap();
        let update = feed.update(&question, block).await.unwrap();
        let error: NoAnswer = refused(&feed, at, update).await;
        assert_eq!(error.reason, reason, "{question:?}");
        no_data(&feed, at, IFeed::latestCall {}).await;
    }
    for (question, answer) in [
        (
            Question {
                words: 3,
                word: 1,
                ..echoed(words(&[one, U256::from(77), minus_one]))
            },
            number(77),
        ),
        (
            Question {
                zeroAllowed: true,
                ..echoed(words(&[U256::ZERO]))
            },
            I256::ZERO,
        ),
        (
            Question {
                negativeAllowed: true,
                ..signed(words(&[minus_one - U256::from(4)]), 24)
            },
            number(-5),
        ),
    ] {
        let at = feed.create(question.clone()).await.unwrap();
        let update = feed.update(&question, block).await.unwrap();
        feed.target().send(at, update).await.unwrap();
        assert_eq!(latest(&feed, at).await.0, answer);
    }
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
async fn no_gas_limit_makes_another_answer() {
    let feed = Feed::start().await.unwrap();
    let (world, other) = (feed.world().await.unwrap(), feed.world().await.unwrap());
    // It says whether a call of another contract succeeded, failed or was caught, in the third word.
    let swallow = World::swallowCall {
        account: other,
        data: World::storedCall {}.abi_encode().into(),
    };
    let swallowed = Question {
        to: world,
        data: swallow.abi_encode().into(),
        words: 3,
        word: 2,
        answerType: AnswerType::Word,
        decimals: 0,
        ..feed.question().await.unwrap()
    };
    let gas = Question {
        to: world,
        data: World::gasCall {}.abi_encode().into(),
        ..feed.question().await.unwrap()
    };
    feed.stage.deploy_code(world).await.unwrap();
    let scanner = feed.stage.on_target(&FeedScanner::BYTECODE, []).await;
    let scanner = scanner.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    for question in [swallowed, gas] {
        let at = feed.create(question.clone()).await.unwrap();
        let update = feed.update(&question, block).await.unwrap();
        let before = match feed.target().call(at, Feed::latest()).await {
            Err(CallError::Reverted(data)) => keccak256(data),
            other => panic!("{other:?}"),
        };
        // What it answers with plenty of gas.
        let snapshot = feed.target().rpc("evm_snapshot", json!([])).await.unwrap();
        let receipt = feed.target().send(at, update.clone()).await.unwrap();
        let answer = feed.target().call(at, Feed::latest()).await.unwrap();
        (feed.target().rpc("evm_revert", json!([snapshot])).await).unwrap();
        let (used, most) = (receipt.gas_used, receipt.gas_used * 3 / 2);
        let (mut successes, mut failures) = (0, 0);
        // In several calls: each has a limit itself.
        for (from, step) in [(0, 1_009), (used / 2, 127), (used * 3 / 4, 101)] {
            let mut from = from;
            while from < most {
                let to = most.min(from + step * 24);
                let scan = FeedScanner::scanCall {
                    feed: at,
                    update: update.abi_encode().into(),
                    read: Feed::latest(),
                    expected: keccak256(&answer),
                    before,
                    from: U256::from(from),
                    to: U256::from(to),
                    step: U256::from(step),
                };
                let found = feed.target().view(scanner, scan).await.unwrap();
                assert_eq!(found.wrong, U256::ZERO, "{from} to {to}");
                successes += found.successes.to::<u64>();
                failures += found.failures.to::<u64>();
                from = to;
            }
        }
        assert!(
            successes > 100 && failures > 100,
            "{successes} successes, {failures} failures"
        );
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

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_meets_no_feed_that_is_half_updated() {
    let feed = Feed::start().await.unwrap();
    let nosy = feed.stage.on_target(&NosyProver::BYTECODE, []).await;
    let nosy = nosy.unwrap();
    let question = Question {
        prover: nosy,
        rootSource: nosy,
        ..feed.question().await.unwrap()
    };
    let at = feed.create(question).await.unwrap();
    let update = |source_block: u64, witness: Vec<u8>| IFeed::updateCall {
        sourceBlock: source_block,
        witness: witness.into(),
    };
    let watch = NosyProver::watchCall {
        feed_: at,
        update_: update(9, vec![1]).abi_encode().into(),
    };
    feed.target().send(nosy, watch).await.unwrap();
    // It answers 1: its own update did not go through. It would with nothing around it.
    feed.target().send(at, update(5, vec![])).await.unwrap();
    let (answer, block, _) = latest(&feed, at).await;
    assert_eq!((answer, block), (number(1), 5));
    let second = IFeed::getRoundDataCall {
        roundId: Uint::from(2),
    };
    no_data(&feed, at, second).await;
    assert!(is_stored(&feed, at, update(9, vec![1])).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_asks_for_no_block_before_the_prover_s_first() {
    let feed = Feed::start().await.unwrap();
    let mut facts = feed.stage.prover_initialize().await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    facts.firstBlock = block + 1;
    let prover =
        System::deploy_constructed(feed.target(), &smartsync_artifacts::PROVER, facts).await;
    let question = Question {
        prover: prover.unwrap(),
        ..feed.question().await.unwrap()
    };
    let at = feed.create(question).await.unwrap();
    let update = IFeed::updateCall {
        sourceBlock: block,
        witness: Bytes::new(),
    };
    let error: BeforeFirstBlock = refused(&feed, at, update).await;
    assert_eq!(error.sourceBlock, block);
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
    let now = newest.unwrap().0.timestamp;
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
