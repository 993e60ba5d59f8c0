//! An Arbitrum chain as source, with Nitro's own contracts.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    IArbitrumRollup::{outboxCall, pausedCall},
    IRollup::{NotFinal, OtherAccount, OtherClaim, submitHeaderCall},
};
use smartsync_tests::{
    ARBITRUM, SlotTable, Touched,
    nitro::{
        AssertionInputs, BeforeStateData, ConfigData, Nitro, NitroBridge, NitroInbox, NitroRollup,
        assertion_hash, state,
    },
};

use crate::op_stack::{BYTES_GOAL, GAS_GOAL, refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_nitro_s_contracts_confirm_makes_a_block_known() {
    let nitro = Nitro::start().await;
    let (rollup, source) = (&nitro.rollup, nitro.source());
    let root_source = rollup
        .deploy(rollup.initialize(ARBITRUM, nitro.contract))
        .await
        .unwrap();
    let table = rollup.chain.deploy(&SlotTable::BYTECODE, []).await.unwrap();
    let write = SlotTable::writeCall {
        slots: vec![U256::from(5)],
        values: vec![U256::from(55)],
    };
    rollup.chain.send(table, write).await.unwrap();
    // A validator stakes on an assertion, nobody objects, and anybody confirms it.
    let assertion = nitro.stake_first().await;
    let (first, send_root) = (assertion.block, assertion.send_root);
    let claimed = nitro.claimed(first, send_root).await;
    let error: OtherClaim = refused(rollup, root_source, &claimed).await;
    assert_eq!(error.expected, B256::ZERO);
    let (first_hash, accumulator) = nitro.confirm_first(&assertion).await;
    let claimed = nitro.claimed(first, send_root).await;
    let mut touched = Touched::default();
    let submission = rollup.prove(root_source, &claimed, &mut touched).await;
    let submission = submission.unwrap();
    let bytes = submission.len();
    let call = submitHeaderCall { submission };
    let receipt = rollup.stage.target.send(root_source, call).await.unwrap();
    println!(
        "Arbitrum claim, codes in the witness: {bytes} bytes, {} gas",
        receipt.gas_used
    );
    assert!(bytes < BYTES_GOAL && receipt.gas_used < GAS_GOAL, "{bytes}");
    // With the codes where everybody finds them.
    for account in &touched.codes {
        rollup.stage.deploy_code(*account).await.unwrap();
    }
    let other = rollup
        .deploy(rollup.initialize(ARBITRUM, nitro.contract))
        .await;
    let other = other.unwrap();
    let mut touched = Touched::default();
    let submission = rollup.prove(other, &claimed, &mut touched).await;
    let submission = submission.unwrap();
    assert!(touched.codes.is_empty());
    let less = submission.len();
    let call = submitHeaderCall { submission };
    let cheaper = rollup.stage.target.send(other, call).await.unwrap();
    println!(
        "Arbitrum claim, codes in the registry: {less} bytes, {} gas",
        cheaper.gas_used
    );
    assert!(less < bytes && cheaper.gas_used < receipt.gas_used);
    let system = rollup.system(root_source).await.unwrap();
    let mirror = rollup.mirror(&system, table, first).await.unwrap();
    let storage = system.target.storage(mirror.proxy).await.unwrap();
    assert_eq!(storage, [(U256::from(5), U256::from(55))].into());

    // The next one is confirmed at once, and has the same send root: it stands for the later block from now on.
    for _ in 0..2 {
        rollup.chain.mine().await.unwrap();
    }
    let inbox = source.view(nitro.bridge, NitroBridge::sequencerInboxCall {});
    let batch = NitroInbox::addSequencerL2BatchFromOriginCall {
        sequenceNumber: U256::ONE,
        data: Bytes::from_static(&[0]),
        afterDelayedMessagesRead: U256::ONE,
        gasRefunder: Address::ZERO,
        prevMessageCount: U256::ONE,
        newMessageCount: U256::from(2),
    };
    source.send(inbox.await.unwrap(), batch).await.unwrap();
    let next = state(nitro.hash(first + 2).await, send_root, 2);
    let fast = NitroRollup::fastConfirmNewAssertionCall {
        expectedAssertionHash: assertion_hash(first_hash, &next, nitro.accumulator(2).await),
        assertion: AssertionInputs {
            beforeStateData: BeforeStateData {
                prevPrevAssertionHash: assertion.genesis,
                sequencerBatchAcc: accumulator,
                configData: ConfigData {
                    nextInboxPosition: 2,
                    ..nitro.config.clone()
                },
            },
            beforeState: assertion.after,
            afterState: next,
        },
    };
    source.send(nitro.contract, fast).await.unwrap();
    let error: OtherClaim = refused(
        rollup,
        root_source,
        &nitro.claimed(first + 1, send_root).await,
    )
    .await;
    assert_eq!(error.expected, nitro.hash(first + 2).await);
    // Paused by the owner.
    nitro.execute(NitroRollup::pauseCall {}).await;
    let claimed = nitro.claimed(first + 2, send_root).await;
    let error: NotFinal = refused(rollup, root_source, &claimed).await;
    assert_eq!(
        (error.account, error.question.0),
        (nitro.contract, pausedCall::SELECTOR)
    );
    nitro.execute(NitroRollup::resumeCall {}).await;
    let claimed = nitro.claimed(first + 2, send_root).await;
    rollup.submit(root_source, &claimed).await.unwrap();
    // Another outbox: the old one counts no more for the rollup, and then not for the bridge either.
    rollup.chain.mine().await.unwrap();
    let other = Nitro::contract(rollup, "bridge/Outbox", vec![]).await;
    let remove = NitroRollup::removeOldOutboxCall {
        outbox: nitro.outbox,
    };
    nitro
        .execute(NitroRollup::setOutboxCall { outbox: other })
        .await;
    let claimed = nitro.claimed(first + 3, send_root).await;
    let error: OtherAccount = refused(rollup, root_source, &claimed).await;
    assert_eq!(
        (error.question.0, error.expected, error.got),
        (outboxCall::SELECTOR, other, nitro.outbox)
    );
    nitro
        .execute(NitroRollup::setOutboxCall {
            outbox: nitro.outbox,
        })
        .await;
    nitro
        .execute(NitroRollup::setOutboxCall { outbox: other })
        .await;
    nitro.execute(remove).await;
    let claim = (other, nitro.bridge, send_root).abi_encode();
    let claimed = rollup.claimed(first + 3, claim).await.unwrap();
    let error: OtherClaim = refused(rollup, root_source, &claimed).await;
    assert_eq!(error.expected, B256::ZERO);
}
