//! Rollups as sources that are no OP Stack chains, and what all have in common.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IArbitrumRollup::{allowedOutboxesCall, outboxCall, pausedCall},
    IProgramErrors::AlreadyInitialized,
    IRollup::{
        self, InvalidRollup, NoAnswer, NotFinal, OtherAccount, OtherClaim, ParentBlockTooOld,
        submitHeaderCall,
    },
    IRootSource::{self, ConflictingHeader, HeaderAccepted, UnknownChild},
};
use smartsync_tests::{
    ARBITRUM, CallError, Chain, Claimed, FinalBlocks, OP_STACK, OutboxList, PauseSwitch, Rollup,
    RollupContract, SendRoots, System, Touched, VIEW,
};

use crate::op_stack::{GAS_GOAL, OpStack, refused};

/// What an Arbitrum chain is asked about on its parent chain, and the root source that asks.
struct Arbitrum {
    outbox: Address,
    bridge: Address,
    contract: Address,
    root_source: Address,
}

impl Arbitrum {
    async fn deploy(rollup: &Rollup) -> Self {
        let stage = &rollup.stage;
        let outbox = stage.on_source(&SendRoots::BYTECODE, []).await.unwrap();
        let bridge = stage.on_source(&OutboxList::BYTECODE, []).await.unwrap();
        let contract = stage
            .on_source(&RollupContract::BYTECODE, (bridge, outbox).abi_encode())
            .await
            .unwrap();
        let root_source = rollup
            .deploy(rollup.initialize(ARBITRUM, contract))
            .await
            .unwrap();
        Self {
            outbox,
            bridge,
            contract,
            root_source,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_an_arbitrum_chain_is_taken_when_an_outbox_that_counts_has_its_send_root() {
    let rollup = Rollup::start().await.unwrap();
    let stage = &rollup.stage;
    let Arbitrum {
        outbox,
        bridge,
        contract,
        root_source,
    } = Arbitrum::deploy(&rollup).await;
    for _ in 0..3 {
        rollup.chain.mine().await.unwrap();
    }
    let hash = async |block: u64| rollup.chain.header(block).await.unwrap().0.hash_slow();
    let send_root = B256::repeat_byte(0x5e);
    let claimed = async |block: u64| {
        let claim = (outbox, bridge, send_root).abi_encode();
        rollup.claimed(block, claim).await.unwrap()
    };
    let not_final = |error: NotFinal| (error.account, error.question.0);
    // The outbox does not count yet; then it does, and knows nothing.
    let error: NotFinal = refused(&rollup, root_source, &claimed(1).await).await;
    assert_eq!(not_final(error), (bridge, allowedOutboxesCall::SELECTOR));
    let allow = |outbox, allowed| OutboxList::setOutboxCall { outbox, allowed };
    stage
        .source
        .send(bridge, allow(outbox, true))
        .await
        .unwrap();
    let error: OtherClaim = refused(&rollup, root_source, &claimed(1).await).await;
    assert_eq!((error.expected, error.got), (B256::ZERO, hash(1).await));
    let update = async |block: u64| {
        let update = SendRoots::updateSendRootCall {
            sendRoot: send_root,
            blockHash: hash(block).await,
        };
        stage.source.send(outbox, update).await.unwrap();
    };
    update(1).await;
    let first = claimed(1).await;
    let gas = rollup.submit(root_source, &first).await.unwrap();
    assert!(gas < GAS_GOAL, "{gas}");
    let (header, _) = rollup.chain.header(1).await.unwrap();
    assert_eq!(rollup.known(root_source, 1).await, Ok(header.state_root));
    // The same send root again, of a later block: it stands for that one from now on.
    update(3).await;
    let error: OtherClaim = refused(&rollup, root_source, &claimed(2).await).await;
    assert_eq!((error.expected, error.got), (hash(3).await, hash(2).await));
    let overwritten = claimed(3).await;
    rollup.submit(root_source, &overwritten).await.unwrap();
    // Paused.
    let pause = |paused_| PauseSwitch::pauseCall { paused_ };
    stage.source.send(contract, pause(true)).await.unwrap();
    update(2).await;
    let error: NotFinal = refused(&rollup, root_source, &claimed(2).await).await;
    assert_eq!(not_final(error), (contract, pausedCall::SELECTOR));
    stage.source.send(contract, pause(false)).await.unwrap();
    // Another outbox of the rollup's: what the old one says does not count any more.
    let other = stage.on_source(&SendRoots::BYTECODE, []).await.unwrap();
    let set = RollupContract::setOutboxCall { outbox_: other };
    stage.source.send(contract, set).await.unwrap();
    let error: OtherAccount = refused(&rollup, root_source, &claimed(2).await).await;
    assert_eq!(
        (error.question.0, error.expected, error.got),
        (outboxCall::SELECTOR, other, outbox)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_answers_with_a_final_block_s_hash_is_enough_and_a_bare_state_root_is_not() {
    let rollup = Rollup::start().await.unwrap();
    let contract = rollup
        .stage
        .on_source(&FinalBlocks::BYTECODE, [])
        .await
        .unwrap();
    let by = async |selector: [u8; 4], hash_at: u64| {
        let initialize = IRollup::initializeCall {
            selector: FixedBytes(selector),
            hashAt: hash_at,
            ..rollup.initialize(VIEW, contract)
        };
        rollup.deploy(initialize).await.unwrap()
    };
    let root_source = by(FinalBlocks::checkpointCall::SELECTOR, 1).await;
    rollup.chain.mine().await.unwrap();
    let claimed = async || {
        let claim = U256::from(1).abi_encode();
        rollup.claimed(1, claim).await.unwrap()
    };
    let error: NoAnswer = refused(&rollup, root_source, &claimed().await).await;
    assert_eq!(
        (error.account, error.question.0),
        (contract, FinalBlocks::checkpointCall::SELECTOR)
    );
    let (header, _) = rollup.chain.header(1).await.unwrap();
    let finalise = FinalBlocks::finaliseCall {
        number: U256::from(1),
        blockHash: header.hash_slow(),
    };
    rollup.stage.source.send(contract, finalise).await.unwrap();
    // Asked for a word that its answer does not have, or has something else in.
    let beyond = by(FinalBlocks::checkpointCall::SELECTOR, 2).await;
    let _: NoAnswer = refused(&rollup, beyond, &claimed().await).await;
    let number = by(FinalBlocks::checkpointCall::SELECTOR, 0).await;
    let error: OtherClaim = refused(&rollup, number, &claimed().await).await;
    assert_eq!(error.expected, B256::with_last_byte(1));
    let bare = by(FinalBlocks::stateRootOfCall::SELECTOR, 0).await;
    let error: OtherClaim = refused(&rollup, bare, &claimed().await).await;
    assert_eq!(error.got, header.hash_slow());
    rollup.submit(root_source, &claimed().await).await.unwrap();
    assert_eq!(rollup.known(root_source, 1).await, Ok(header.state_root));
}

/// Code that returns (or reverts with) words, however it is asked.
fn answering(words: &[U256], length: u8, returns: bool) -> Bytes {
    let mut code = Vec::new();
    for (at, word) in (0u8..).zip(words) {
        // PUSH32, PUSH1, MSTORE.
        code.push(0x7f);
        code.extend(word.to_be_bytes::<32>());
        code.extend([0x60, 32 * at, 0x52]);
    }
    // PUSH1, PUSH0, RETURN or REVERT.
    code.extend([0x60, length, 0x5f, if returns { 0xf3 } else { 0xfd }]);
    code.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_or_more_or_less_than_the_one_word_that_a_question_is_for_is_no_answer() {
    let rollup = Rollup::start().await.unwrap();
    let stage = &rollup.stage;
    let Arbitrum {
        outbox,
        bridge,
        contract,
        root_source,
    } = Arbitrum::deploy(&rollup).await;
    rollup.chain.mine().await.unwrap();
    let (header, _) = rollup.chain.header(1).await.unwrap();
    let send_root = B256::repeat_byte(0x5e);
    let update = SendRoots::updateSendRootCall {
        sendRoot: send_root,
        blockHash: header.hash_slow(),
    };
    stage.source.send(outbox, update).await.unwrap();
    let claimed = async |account: Address, code: Bytes| {
        let set = json!([account, code]);
        stage.source.rpc("anvil_setCode", set).await.unwrap();
        stage.source.mine().await.unwrap();
        let claim = (outbox, bridge, send_root).abi_encode();
        rollup.claimed(1, claim).await.unwrap()
    };
    // The bridge says whether the outbox counts.
    let (yes, two) = (U256::ONE, U256::from(2));
    for code in [
        answering(&[yes], 32, false),
        answering(&[yes, yes], 64, true),
        answering(&[yes], 31, true),
        answering(&[yes], 0, true),
        answering(&[two], 32, true),
    ] {
        let claimed = claimed(bridge, code).await;
        let error: NoAnswer = refused(&rollup, root_source, &claimed).await;
        assert_eq!(
            (error.account, error.question.0),
            (bridge, allowedOutboxesCall::SELECTOR)
        );
    }
    let allowed = claimed(bridge, answering(&[yes], 32, true)).await;
    let touched = &mut Touched::default();
    let proven = rollup.prove(root_source, &allowed, touched).await;
    proven.unwrap();
    // The outbox says of which block the send root is.
    let hash = U256::from_be_bytes(header.hash_slow().0);
    for code in [
        answering(&[hash], 32, false),
        answering(&[hash, hash], 64, true),
    ] {
        let claimed = claimed(outbox, code).await;
        let error: NoAnswer = refused(&rollup, root_source, &claimed).await;
        assert_eq!(error.account, outbox);
    }
    let right = claimed(outbox, answering(&[hash], 32, true)).await;
    rollup.submit(root_source, &right).await.unwrap();
    // So with a view, whose answer is the word at its position.
    let initialize = IRollup::initializeCall {
        selector: FixedBytes([1, 2, 3, 4]),
        hashAt: 1,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    let reverts = claimed(contract, answering(&[yes, hash], 64, false)).await;
    let error: NoAnswer = refused(&rollup, root_source, &reverts).await;
    assert_eq!((error.account, error.question.0), (contract, [1, 2, 3, 4]));
    let right = claimed(contract, answering(&[yes, hash], 64, true)).await;
    rollup.submit(root_source, &right).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_block_serves_again_until_it_is_too_old_and_a_known_header_needs_none() {
    let rollup = Rollup::start().await.unwrap();
    let (stage, target) = (&rollup.stage, &rollup.stage.target);
    let contract = stage.on_source(&FinalBlocks::BYTECODE, []).await.unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        minBlockTime: 250,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    let told = target.view(root_source, IRollup::minBlockTimeCall {}).await;
    assert_eq!(told, Ok(250));
    for number in 1..=3 {
        rollup.chain.mine().await.unwrap();
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: rollup.chain.header(number).await.unwrap().0.hash_slow(),
        };
        stage.source.send(contract, finalise).await.unwrap();
    }
    let first = rollup.claimed(1, U256::from(1).abi_encode()).await.unwrap();
    let of_the_same = async |block: u64| Claimed {
        header: rollup.chain.header(block).await.unwrap().1,
        claim: U256::from(block).abi_encode().into(),
        ..first.clone()
    };
    rollup.submit(root_source, &first).await.unwrap();
    rollup
        .submit(root_source, &of_the_same(2).await)
        .await
        .unwrap();
    // As old as is allowed, and a second older.
    let third = of_the_same(3).await;
    let touched = &mut Touched::default();
    let third = rollup.prove(root_source, &third, touched).await;
    let third = submitHeaderCall {
        submission: third.unwrap(),
    };
    let (parent, _) = stage.source.header(first.parent_block).await.unwrap();
    let oldest = parent.timestamp + Rollup::MAX_PARENT_AGE;
    for (time, taken) in [(oldest, true), (oldest + 1, false)] {
        let next = json!([time]);
        target.rpc("evm_setNextBlockTimestamp", next).await.unwrap();
        target.mine().await.unwrap();
        let answer = target.view(root_source, third.clone()).await;
        match answer {
            Ok(_) => assert!(taken, "at {time}"),
            Err(error) => {
                assert!(!taken, "at {time}: {error:?}");
                let error: ParentBlockTooOld = error.expect();
                assert_eq!(
                    (error.timestamp, error.oldestAllowed),
                    (parent.timestamp, parent.timestamp + 1)
                );
            }
        }
    }
    // A header that is known already: whoever brings it again, in a bundle, say, needs neither a claim nor a witness.
    let bare = Claimed {
        parent_block: 0,
        claim: Bytes::new(),
        ..first
    };
    let call = submitHeaderCall {
        submission: bare.submission(&Bytes::new()),
    };
    let receipt = target.send(root_source, call).await.unwrap();
    assert!(receipt.inner.logs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ancestors_follow_by_their_hash_and_a_conflicting_header_is_refused() {
    let rollup = Rollup::start().await.unwrap();
    let contract = rollup
        .stage
        .on_source(&FinalBlocks::BYTECODE, [])
        .await
        .unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    for _ in 0..4 {
        rollup.chain.mine().await.unwrap();
    }
    let finalise = async |number: u64, block_hash: B256| {
        let finalise = FinalBlocks::finaliseCall {
            number: U256::from(number),
            blockHash: block_hash,
        };
        rollup.stage.source.send(contract, finalise).await.unwrap();
    };
    let (header, _) = rollup.chain.header(4).await.unwrap();
    finalise(4, header.hash_slow()).await;
    let claimed = rollup.claimed(4, U256::from(4).abi_encode()).await.unwrap();
    let submission = rollup
        .prove(root_source, &claimed, &mut Touched::default())
        .await
        .unwrap();
    let target = &rollup.stage.target;
    let receipt = target
        .send(root_source, submitHeaderCall { submission })
        .await
        .unwrap();
    let accepted = alloy_sol_types::SolEvent::decode_log_data(receipt.inner.logs()[0].data());
    let accepted: HeaderAccepted = accepted.unwrap();
    assert_eq!(
        (accepted.blockNumber, accepted.blockHash),
        (4, header.hash_slow())
    );
    let rlp = async |block: u64| rollup.chain.header(block).await.unwrap().1;
    let extend = IRollup::extendCall {
        header: rlp(2).await,
    };
    let error = target.view(root_source, extend).await.unwrap_err();
    assert_eq!(error.expect::<UnknownChild>().blockNumber, 3);
    let extend = IRollup::extendManyCall {
        headers: vec![rlp(3).await, rlp(2).await],
    };
    target.send(root_source, extend).await.unwrap();
    for block in [2, 3, 4] {
        let (header, _) = rollup.chain.header(block).await.unwrap();
        assert_eq!(
            rollup.known(root_source, block).await,
            Ok(header.state_root)
        );
    }
    // The contracts say something else of a block that is known: what is stored stays.
    let other = alloy::consensus::Header {
        state_root: B256::repeat_byte(9),
        ..header.clone()
    };
    finalise(4, other.hash_slow()).await;
    let mut claimed = rollup.claimed(4, U256::from(4).abi_encode()).await.unwrap();
    claimed.header = alloy::rlp::encode(&other).into();
    let error: ConflictingHeader = refused(&rollup, root_source, &claimed).await;
    assert_eq!(error.blockHash, other.hash_slow());
    let latest = target.view(root_source, IRootSource::latestBlockCall {});
    assert_eq!(latest.await, Ok(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_is_constructed_once_on_a_prover() {
    let op = OpStack::start().await;
    let good = op.rollup.initialize(OP_STACK, op.portal);
    let target = &op.rollup.stage.target;
    let construct = |call: &IRollup::initializeCall| {
        [CONSTRUCTOR_SELECTOR.as_slice(), &call.abi_encode()[4..]].concat()
    };
    let twice = target.call(op.root_source, construct(&good)).await;
    let _: AlreadyInitialized = twice.unwrap_err().expect();
    let blank = System::deploy_program(target, &smartsync_artifacts::ROLLUP)
        .await
        .unwrap();
    // The last position that there is.
    let last = IRollup::initializeCall {
        kind: VIEW,
        selector: FixedBytes([1, 2, 3, 4]),
        hashAt: 255,
        ..good.clone()
    };
    for good in [&good, &last] {
        assert!(target.call(blank, construct(good)).await.is_ok());
    }
    let selector = FixedBytes([1, 2, 3, 4]);
    for bad in [
        // No prover: none at all, an account without code, another program.
        IRollup::initializeCall {
            prover: Address::ZERO,
            ..good.clone()
        },
        IRollup::initializeCall {
            prover: Chain::account(2),
            ..good.clone()
        },
        IRollup::initializeCall {
            prover: op.rollup.stage.program,
            ..good.clone()
        },
        IRollup::initializeCall {
            kind: 3,
            ..good.clone()
        },
        IRollup::initializeCall {
            parentContract: Address::ZERO,
            ..good.clone()
        },
        IRollup::initializeCall {
            maxParentAge: 0,
            ..good.clone()
        },
        // A view where none is asked, and a position that no answer has.
        IRollup::initializeCall {
            selector,
            ..good.clone()
        },
        IRollup::initializeCall {
            kind: VIEW,
            selector,
            hashAt: 256,
            ..good.clone()
        },
    ] {
        let refused = target.call(blank, construct(&bad)).await;
        let _: InvalidRollup = refused.unwrap_err().expect();
    }
    // Before it is constructed it believes nothing.
    let claimed = op.rollup.claimed(0, Vec::new()).await.unwrap();
    let call = submitHeaderCall {
        submission: claimed.submission(&Bytes::new()),
    };
    assert!(target.view(blank, call).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_with_any_byte_flipped_is_refused() {
    let rollup = Rollup::start().await.unwrap();
    let contract = rollup.stage.on_source(&FinalBlocks::BYTECODE, []).await;
    let contract = contract.unwrap();
    let initialize = IRollup::initializeCall {
        selector: FixedBytes(FinalBlocks::checkpointCall::SELECTOR),
        hashAt: 1,
        ..rollup.initialize(VIEW, contract)
    };
    let root_source = rollup.deploy(initialize).await.unwrap();
    rollup.chain.mine().await.unwrap();
    let (header, _) = rollup.chain.header(1).await.unwrap();
    let finalise = FinalBlocks::finaliseCall {
        number: U256::from(1),
        blockHash: header.hash_slow(),
    };
    rollup.stage.source.send(contract, finalise).await.unwrap();
    let claim = U256::from(1).abi_encode();
    let claimed = rollup.claimed(1, claim).await.unwrap();
    let mut touched = Touched::default();
    let proven = rollup.prove(root_source, &claimed, &mut touched).await;
    proven.unwrap();
    let block = claimed.parent_block;
    let witness = rollup.stage.witness(block, &touched).await.unwrap();
    let taken = async |claimed: &Claimed, witness: &Bytes| {
        let submission = claimed.submission(witness);
        let call = submitHeaderCall { submission };
        match rollup.stage.target.view(root_source, call).await {
            Ok(_) => true,
            // Each refusal says why.
            Err(CallError::Reverted(error)) if error.len() >= 4 => false,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert!(taken(&claimed, &witness).await);
    let flipped = |bytes: &Bytes, at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        Bytes::from(bytes)
    };
    for at in 0..claimed.header.len() {
        let bent = Claimed {
            header: flipped(&claimed.header, at),
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "header, byte {at}");
    }
    for at in 0..claimed.claim.len() {
        let bent = Claimed {
            claim: flipped(&claimed.claim, at),
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "claim, byte {at}");
    }
    for at in 0..witness.len() {
        let bent = flipped(&witness, at);
        assert!(!taken(&claimed, &bent).await, "witness, byte {at}");
    }
    for other in [block - 1, block + 1, 0, u64::MAX] {
        let bent = Claimed {
            parent_block: other,
            ..claimed.clone()
        };
        assert!(!taken(&bent, &witness).await, "parent block {other}");
    }
}
