//! What a feed takes for an answer, and when.

use alloy_primitives::{Address, B256, Bytes, I256, U256, Uint, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    IFeed::{self, BlockFromFuture, BlockTooOld, NoAnswer},
    IFeeds::{AnswerType, Question},
    IProver::{self, AccountNotWitnessed, NotWitnessed, StateRootMismatch},
    IRegistry::BeforeFirstBlock,
    IRootSource::UnknownBlock,
};
use smartsync_tests::{
    CallError, Echo, Feed, FeedScanner, NosyProver, Oracle, Reverter, System, World, request,
};

use crate::feeds::{is_stored, latest, no_data, number, refused};

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

/// Code that answers the hash of its calldata, as a prover answers, where that is more than 64 bytes; else an account.
fn hashing(account: Address) -> Bytes {
    // 64 < CALLDATASIZE ? JUMP : RETURN of the account's word.
    let mut code = hex!("36604010601f5773").to_vec();
    code.extend(account);
    code.extend(hex!("5f5260205ff3"));
    assert_eq!(code.len(), 0x22);
    // CALLDATACOPY, KECCAK256; 1, 64, 32 and the hash.
    code.extend(hex!("5b365f5f37365f2060605260015f5260406020526020604052"));
    code.extend(hex!("60805ff3"));
    code[5] = 0x22;
    code.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_is_asked_in_the_abi_s_own_encoding() {
    let feed = Feed::start().await.unwrap();
    let base = feed.question().await.unwrap();
    let prover = Address::repeat_byte(0x9e);
    let code = hashing(base.rootSource);
    feed.target().set_code(prover, code).await.unwrap();
    let block = feed.stage.submit_head().await.unwrap();
    for length in [0, 1, 4, 31, 32, 33, 64, 100] {
        let question = Question {
            prover,
            data: vec![0xda; length].into(),
            answerType: AnswerType::Word,
            decimals: 0,
            ..base.clone()
        };
        let at = feed.create(question.clone()).await.unwrap();
        for witness in [0, 1, 31, 32, 33, 95] {
            let update = IFeed::updateCall {
                sourceBlock: block,
                witness: vec![0xee; witness].into(),
            };
            let asked = IProver::callCall {
                sourceBlock: block,
                from: question.from,
                to: question.to,
                data: question.data.clone(),
                witness: update.witness.clone(),
            };
            let snapshot = feed.target().rpc("evm_snapshot", json!([])).await.unwrap();
            feed.target().send(at, update).await.unwrap();
            let (answer, _, _) = latest(&feed, at).await;
            assert_eq!(
                B256::from(answer.into_raw()),
                keccak256(asked.abi_encode()),
                "{length} bytes of calldata, {witness} of the witness"
            );
            let revert = feed.target().rpc("evm_revert", json!([snapshot]));
            revert.await.unwrap();
        }
    }
}
