//! Rollups as sources that are no OP Stack chains.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    IArbitrumRollup::{allowedOutboxesCall, outboxCall, pausedCall},
    IRollup::{self, NoAnswer, NotFinal, OtherAccount, OtherClaim},
};
use smartsync_tests::{
    ARBITRUM, FinalBlocks, OutboxList, PauseSwitch, Rollup, RollupContract, SendRoots, Touched,
    VIEW,
};

use crate::op_stack::{GAS_GOAL, refused};

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
        stage.source.set_code(account, code).await.unwrap();
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
