//! Rollups as sources: their contracts on the parent chain are asked by proven calls. Here with stand-ins for the contracts; `rollup_optimism` and
//! `rollup_nitro` have the rollups' own.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use serde_json::json;
use smartsync_abi::{
    IOpStack::{anchorStateRegistryCall, isGameClaimValidCall, pausedCall},
    IProver::{self, StateRootMismatch},
    IRollup::{
        self, NotFinal, OtherAccount, OtherClaim, ParentBlockTooLow, ParentBlockTooOld,
        submitHeaderCall,
    },
    IRootSource::{MalformedSubmission, UnknownBlock},
};
use smartsync_tests::{
    CallError, Claimed, DELAY, DisputeGame, GameRegistry, MovedGameRegistry, OP_STACK, PauseSwitch,
    Portal, Rollup, SlotTable, Touched, UpgradeableProxy, pass,
};

use crate::op_stack::{BYTES_GOAL, GAS_GOAL, OpStack};

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_an_op_stack_chain_is_taken_when_its_game_s_claim_is_valid() {
    let op = OpStack::start().await;
    let table = op
        .rollup
        .chain
        .deploy(&SlotTable::BYTECODE, [])
        .await
        .unwrap();
    let write = SlotTable::writeCall {
        slots: vec![U256::from(3)],
        values: vec![U256::from(77)],
    };
    op.rollup.chain.send(table, write).await.unwrap();
    let block = op.rollup.chain.block_number().await.unwrap();
    let game = op.game(block).await;
    let not_final = |error: NotFinal| (error.account, error.question.0);
    let undecided = (op.registry, isGameClaimValidCall::SELECTOR);
    // Not resolved; lost; won, but challenged a moment ago.
    let error: NotFinal = op.refused(&op.claimed(block, game).await).await;
    assert_eq!(not_final(error), undecided);
    for status_ in [1, 2] {
        op.send(game, DisputeGame::resolveCall { status_ }).await;
        let error: NotFinal = op.refused(&op.claimed(block, game).await).await;
        assert_eq!(not_final(error), undecided);
    }
    pass(&op.rollup.stage, DELAY + 1).await;
    let claimed = op.claimed(block, game).await;
    let mut touched = Touched::default();
    let submission = op
        .rollup
        .prove(op.root_source, &claimed, &mut touched)
        .await
        .unwrap();
    assert!(submission.len() < BYTES_GOAL, "{}", submission.len());
    // The portal, its switch, the registry and its code, the factory, the game.
    assert_eq!(touched.accounts.len(), 6);
    let receipt = op
        .rollup
        .stage
        .target
        .send(op.root_source, submitHeaderCall { submission })
        .await
        .unwrap();
    assert!(receipt.gas_used < GAS_GOAL, "{}", receipt.gas_used);
    let (header, _) = op.rollup.chain.header(block).await.unwrap();
    let known = op.rollup.known(op.root_source, block).await;
    assert_eq!(known, Ok(header.state_root));
    let newest = op
        .rollup
        .stage
        .target
        .view(op.root_source, IRollup::newestParentBlockCall {})
        .await;
    assert_eq!(newest, Ok(claimed.parent_block));

    // What is on the rollup can be mirrored then, and read.
    let system = op.rollup.system(op.root_source).await.unwrap();
    let mirror = op.rollup.mirror(&system, table, block).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(3), U256::from(77))].into());
    assert_eq!(
        system.target.storage_root(mirror.proxy).await.unwrap(),
        system.source.storage_root(table).await.unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_true_output_root_vouches_for_no_other_header() {
    let op = OpStack::start().await;
    op.rollup.chain.mine().await.unwrap();
    let game = op.final_game(1).await;
    let claimed = op.claimed(1, game).await;
    let (output_root, message_passer) = op.rollup.output_root(1).await.unwrap();
    // Another block's header; a header of another state; another storage root of the message passer.
    op.rollup.chain.mine().await.unwrap();
    let (true_header, _) = op.rollup.chain.header(1).await.unwrap();
    let (_, other) = op.rollup.chain.header(2).await.unwrap();
    let bent = alloy::consensus::Header {
        state_root: B256::repeat_byte(0x11),
        ..true_header
    };
    let bent = Bytes::from(alloy::rlp::encode(&bent));
    let other_passer = (op.registry, game, !message_passer).abi_encode();
    for claimed in [
        Claimed {
            header: other,
            ..claimed.clone()
        },
        Claimed {
            header: bent,
            ..claimed.clone()
        },
        Claimed {
            claim: other_passer.into(),
            ..claimed.clone()
        },
    ] {
        let error: OtherClaim = op.refused(&claimed).await;
        assert_eq!(error.expected, output_root);
        assert_ne!(error.got, output_root);
    }
    // Nor does a game that nobody made but the attacker, or a registry that is not the portal's.
    let own = op
        .rollup
        .stage
        .on_source(
            &DisputeGame::BYTECODE,
            (0u32, output_root, U256::from(1).abi_encode()).abi_encode_params(),
        )
        .await
        .unwrap();
    op.send(own, DisputeGame::resolveCall { status_: 2 }).await;
    pass(&op.rollup.stage, DELAY + 1).await;
    let error: NotFinal = op.refused(&op.claimed(1, own).await).await;
    assert_eq!(error.question.0, isGameClaimValidCall::SELECTOR);
    let lenient = op
        .rollup
        .stage
        .on_source(&MovedGameRegistry::BYTECODE, [])
        .await
        .unwrap();
    let migrate = MovedGameRegistry::migrateCall {
        factory: op.factory,
        game: own,
    };
    op.send(lenient, migrate).await;
    let claim = (lenient, own, message_passer).abi_encode();
    let claimed = op.rollup.claimed(1, claim).await.unwrap();
    let error: OtherAccount = op.refused(&claimed).await;
    assert_eq!(
        (error.question.0, error.expected, error.got),
        (anchorStateRegistryCall::SELECTOR, op.registry, lenient)
    );
    // Bytes that are no claim, and an account that answers nothing.
    let nobody = Address::repeat_byte(0xab);
    let claim = (nobody, game, message_passer).abi_encode();
    let claimed = op.rollup.claimed(1, claim).await.unwrap();
    let _: OtherAccount = op.refused(&claimed).await;
    let malformed = submitHeaderCall {
        submission: vec![0; 31].into(),
    };
    let answer = op.rollup.stage.target.view(op.root_source, malformed).await;
    let _: MalformedSubmission = answer.unwrap_err().expect();
    assert_eq!(
        op.rollup.known(op.root_source, 1).await.unwrap_err(),
        CallError::Reverted(UnknownBlock { blockNumber: 1 }.abi_encode().into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_withdrawn_counts_at_no_older_parent_block() {
    let op = OpStack::start().await;
    for _ in 0..4 {
        op.rollup.chain.mine().await.unwrap();
    }
    let games = [op.game(1).await, op.game(2).await, op.game(3).await];
    for game in games {
        op.send(game, DisputeGame::resolveCall { status_: 2 }).await;
    }
    pass(&op.rollup.stage, DELAY + 1).await;
    let before = op.claimed(2, games[1]).await;
    let mut touched = Touched::default();
    let still = op
        .rollup
        .prove(op.root_source, &before, &mut touched)
        .await
        .unwrap();
    // Blacklisted: at the block where it is, it is not final.
    let blacklist = GameRegistry::blacklistDisputeGameCall { game: games[1] };
    op.send(op.registry, blacklist).await;
    let error: NotFinal = op.refused(&op.claimed(2, games[1]).await).await;
    assert_eq!(error.question.0, isGameClaimValidCall::SELECTOR);
    // Another claim is proven there, and then no older block counts.
    let other = op.claimed(1, games[0]).await;
    op.rollup.submit(op.root_source, &other).await.unwrap();
    let call = submitHeaderCall { submission: still };
    let answer = op.rollup.stage.target.view(op.root_source, call).await;
    let error: ParentBlockTooLow = answer.unwrap_err().expect();
    assert_eq!(
        (error.parentBlock, error.newestUsed),
        (before.parent_block, other.parent_block)
    );
    // Retired with all before it; what is stored stays, and the same header again is no failure.
    op.send(op.registry, GameRegistry::updateRetirementTimestampCall {})
        .await;
    pass(&op.rollup.stage, 1).await;
    let error: NotFinal = op.refused(&op.claimed(3, games[2]).await).await;
    assert_eq!(error.question.0, isGameClaimValidCall::SELECTOR);
    let (header, _) = op.rollup.chain.header(1).await.unwrap();
    assert_eq!(
        op.rollup.known(op.root_source, 1).await,
        Ok(header.state_root)
    );
    let again = op.claimed(1, games[0]).await;
    op.rollup.submit(op.root_source, &again).await.unwrap();
    // A game of a type that is not respected.
    let game = op.final_game(4).await;
    let respect = GameRegistry::setRespectedGameTypeCall { gameType: 1 };
    op.send(op.registry, respect).await;
    let _: NotFinal = op.refused(&op.claimed(4, game).await).await;
    let respect = GameRegistry::setRespectedGameTypeCall { gameType: 0 };
    op.send(op.registry, respect).await;
    // Paused, which this registry does not ask.
    let pause = |paused_| PauseSwitch::pauseCall { paused_ };
    op.send(op.switch, pause(true)).await;
    let error: NotFinal = op.refused(&op.claimed(4, game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, pausedCall::SELECTOR)
    );
    op.send(op.switch, pause(false)).await;
    let claimed = op.claimed(4, game).await;
    // A parent block of long ago.
    let target = &op.rollup.stage.target;
    let proven = op
        .rollup
        .prove(op.root_source, &claimed, &mut Touched::default())
        .await
        .unwrap();
    let late = Rollup::MAX_PARENT_AGE + 2 * DELAY + 60;
    target.rpc("evm_increaseTime", json!([late])).await.unwrap();
    target.mine().await.unwrap();
    let call = submitHeaderCall { submission: proven };
    let error: ParentBlockTooOld = target
        .view(op.root_source, call)
        .await
        .unwrap_err()
        .expect();
    let source = &op.rollup.stage.source;
    let (parent, _) = source.header(claimed.parent_block).await.unwrap();
    assert_eq!(error.timestamp, parent.timestamp);
    assert!(error.oldestAllowed > parent.timestamp);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_moves_slots_is_followed() {
    let op = OpStack::start().await;
    op.rollup.chain.mine().await.unwrap();
    op.rollup.chain.mine().await.unwrap();
    let game = op.final_game(1).await;
    let claimed = op.claimed(1, game).await;
    op.rollup.submit(op.root_source, &claimed).await.unwrap();
    // The next version keeps elsewhere what it knows.
    let next = op
        .rollup
        .stage
        .on_source(&MovedGameRegistry::BYTECODE, [])
        .await
        .unwrap();
    let upgrade = UpgradeableProxy::upgradeToCall {
        implementation: next,
    };
    op.send(op.registry, upgrade).await;
    let game = op.game(2).await;
    let error: NotFinal = op.refused(&op.claimed(2, game).await).await;
    assert_eq!(error.account, op.registry);
    let migrate = MovedGameRegistry::migrateCall {
        factory: op.factory,
        game,
    };
    op.send(op.registry, migrate).await;
    let claimed = op.claimed(2, game).await;
    op.rollup.submit(op.root_source, &claimed).await.unwrap();
    // The portal moves to another registry.
    let set = Portal::setRegistryCall { registry: next };
    op.send(op.portal, set).await;
    op.rollup.chain.mine().await.unwrap();
    let error: OtherAccount = op.refused(&op.claimed(3, game).await).await;
    assert_eq!((error.expected, error.got), (next, op.registry));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_names_whom_it_trusts_and_believes_no_other_prover() {
    let op = OpStack::start().await;
    let target = &op.rollup.stage.target;
    let described = target
        .view(op.root_source, IRollup::describeCall {})
        .await
        .unwrap();
    let source_chain = target
        .view(op.rollup.prover, IProver::sourceChainCall {})
        .await
        .unwrap();
    assert_eq!(
        described,
        IRollup::describeReturn {
            prover: op.rollup.prover,
            parentRootSource: op.rollup.stage.notary,
            parentChainId: source_chain.chainId,
            kind: OP_STACK,
            parentContract: op.portal,
            selector: FixedBytes::ZERO,
            hashAt: 0,
            maxParentAge: Rollup::MAX_PARENT_AGE,
        }
    );
    // What is proven under another parent block's state is not proven at this one, and the prover's errors come through.
    op.rollup.chain.mine().await.unwrap();
    let game = op.final_game(1).await;
    let claimed = op.claimed(1, game).await;
    let mut touched = Touched::default();
    op.rollup
        .prove(op.root_source, &claimed, &mut touched)
        .await
        .unwrap();
    let witness = op.rollup.stage.witness(claimed.parent_block, &touched);
    let witness = witness.await.unwrap();
    op.rollup.stage.source.mine().await.unwrap();
    let later = op.claimed(1, game).await;
    let call = submitHeaderCall {
        submission: later.submission(&witness),
    };
    let error = target.view(op.root_source, call).await.unwrap_err();
    let (header, _) = op
        .rollup
        .stage
        .source
        .header(claimed.parent_block)
        .await
        .unwrap();
    assert_eq!(
        error.expect::<StateRootMismatch>().computed,
        header.state_root
    );
    let unknown = Claimed {
        parent_block: later.parent_block + 100,
        ..claimed
    };
    let call = submitHeaderCall {
        submission: unknown.submission(&witness),
    };
    let error = target.view(op.root_source, call).await.unwrap_err();
    assert_eq!(
        error.expect::<UnknownBlock>().blockNumber,
        unknown.parent_block
    );
}
