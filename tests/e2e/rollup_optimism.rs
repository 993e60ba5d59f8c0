//! An OP Stack chain as source, with Optimism's own contracts (`smartsync_tests::optimism`).

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IOpStack::{self, anchorStateRegistryCall, isGameClaimValidCall},
    IRollup::{NoAnswer, NotFinal, submitHeaderCall},
};
use smartsync_tests::{
    DELAY, OP_STACK, Touched,
    optimism::{CLOCK, OpGame, OpSuperchainConfig, Optimism},
    pass, request,
};

use crate::op_stack::{BYTES_GOAL, GAS_GOAL, refused};

/// The game's claim is not valid, as the registry says.
async fn is_undecided(op: &Optimism, game: Address) {
    let claimed = op.claimed(game).await;
    let error: NotFinal = refused(&op.rollup, op.root_source, &claimed).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.registry, isGameClaimValidCall::SELECTOR)
    );
}

/// Submits a proven claim; returns its bytes and the gas.
async fn submit(op: &Optimism, root_source: Address, submission: Bytes) -> (usize, u64) {
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let receipt = op.rollup.stage.target.send(root_source, call).await;
    let gas = receipt.unwrap().gas_used;
    assert!(
        bytes < BYTES_GOAL && gas < GAS_GOAL,
        "{bytes} bytes, {gas} gas"
    );
    (bytes, gas)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_dispute_game_that_optimism_s_contracts_resolve_makes_a_block_known() {
    let op = Optimism::start().await;
    let (rollup, stage) = (&op.rollup, &op.rollup.stage);
    // Before the portal was upgraded it named no registry.
    let game = op.game(op.output_root).await;
    let error: NoAnswer = refused(rollup, op.root_source, &op.claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, anchorStateRegistryCall::SELECTOR)
    );
    op.upgrade().await;
    // Nobody attacks the game about the true output root; the other one is lost.
    let lie = B256::repeat_byte(0x66);
    let lost = op.game(lie).await;
    let attack = OpGame::attackCall {
        disputed: lie,
        parent: U256::ZERO,
        claim: op.output_root,
    };
    let bond = OpGame::getRequiredBondCall { position: 2 };
    let bond = op.source().view(lost, bond).await.unwrap();
    let attack = request(lost, attack.abi_encode().into()).value(bond);
    op.source().send_request(attack).await.unwrap();
    pass(stage, 2 * CLOCK).await;
    is_undecided(&op, game).await;
    op.resolve(game, 1).await;
    op.resolve(lost, 2).await;
    is_undecided(&op, game).await;
    pass(stage, DELAY + 1).await;
    is_undecided(&op, lost).await;
    // The guardian pauses.
    let pause = OpSuperchainConfig::pauseCall {
        identifier: String::new(),
    };
    op.send(op.config, pause).await;
    let error: NotFinal = refused(rollup, op.root_source, &op.claimed(game).await).await;
    assert_eq!(
        (error.account, error.question.0),
        (op.portal, IOpStack::pausedCall::SELECTOR)
    );
    op.send(op.config, OpSuperchainConfig::unpauseCall {}).await;

    let claim = op.claimed(game).await;
    let mut touched = Touched::default();
    let submission = rollup.prove(op.root_source, &claim, &mut touched).await;
    let inline = submit(&op, op.root_source, submission.unwrap()).await;
    let system = rollup.system(op.root_source).await.unwrap();
    let mirror = rollup.mirror(&system, op.table, op.block).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(9), U256::from(99))].into());
    // With the codes where everybody finds them.
    for account in &touched.codes {
        stage.deploy_code(*account).await.unwrap();
    }
    let other = rollup.deploy(rollup.initialize(OP_STACK, op.portal)).await;
    let other = other.unwrap();
    let mut touched = Touched::default();
    let submission = rollup.prove(other, &claim, &mut touched).await;
    assert!(touched.codes.is_empty());
    let kept = submit(&op, other, submission.unwrap()).await;
    println!(
        "OP Stack claim, bytes and gas: codes in the witness {inline:?}, in the registry {kept:?}"
    );
    assert!(kept.0 < inline.0 && kept.1 < inline.1);
}
