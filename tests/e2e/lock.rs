//! The lock: a mirror's balance. Force can slow reads, never open a lock.

use alloy_primitives::{U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    IProxy::NotVerified,
    IRegistry::{self, Status, WrongStatus},
};
use smartsync_tests::{CallError, Chain, Forcer, Mirror, MirrorReader, SelfReader, Stage, request};

async fn force(stage: &Stage, mirror: Mirror, wei: u64) {
    let creation = [Forcer::BYTECODE.to_vec(), mirror.proxy.abi_encode()].concat();
    let transaction = alloy::rpc::types::TransactionRequest {
        to: Some(alloy_primitives::TxKind::Create),
        ..request(mirror.proxy, creation.into()).value(U256::from(wei))
    };
    stage.target.send_request(transaction).await.unwrap();
}

/// Gas of a read by STATICCALL from a contract, and its answer.
async fn metered(stage: &Stage, mirror: Mirror, reader: alloy_primitives::Address) -> (u64, U256) {
    let call = MirrorReader::meterStaticCall {
        mirror: mirror.proxy,
        data: SelfReader::valueCall {}.abi_encode().into(),
        gasLimit: U256::from(1_000_000),
    };
    let answer = stage.target.view(reader, call).await.unwrap();
    assert!(answer.success, "{}", answer.result);
    (
        answer.gasUsed.to(),
        U256::abi_decode(&answer.result).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_holds_one_wei_until_it_is_active_and_none_after() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(7).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    assert_eq!(stage.target.balance(mirror.proxy).await.unwrap(), U256::ONE);
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Created);
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn wei_forced_into_an_active_mirror_slows_reads_until_anyone_sweeps_it() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(7).await.unwrap();
    let mirror = stage.migrate(source).await.unwrap();
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, [0; 32])
        .await
        .unwrap();
    let (fast, value) = metered(&stage, mirror, reader).await;
    assert_eq!(value, U256::from(7));

    force(&stage, mirror, 5).await;
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::from(5)
    );
    let (slow, value) = metered(&stage, mirror, reader).await;
    assert_eq!(value, U256::from(7), "slow, and right");
    assert!(slow > fast + 5_000, "slow {slow}, fast {fast}");
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::doubledCall {})
            .await
            .unwrap(),
        U256::from(14)
    );
    // Writes fail as ever.
    let write = SelfReader::setCall {
        value_: U256::from(8),
    };
    assert!(
        !stage
            .target
            .transact(request(mirror.proxy, write.abi_encode().into()))
            .await
            .unwrap()
            .status()
    );

    // A sync leaves the wei where it is; anyone may take it.
    stage.set(source, 9).await.unwrap();
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(metered(&stage, mirror, reader).await.1, U256::from(9));
    let sweep = IRegistry::sweepCall {
        proxy: mirror.proxy,
    }
    .abi_encode();
    stage
        .target
        .send_request(request(stage.registry, sweep.into()).from(Chain::account(1)))
        .await
        .unwrap();
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    assert_eq!(metered(&stage, mirror, reader).await, (fast, U256::from(9)));
}

#[tokio::test(flavor = "multi_thread")]
async fn force_opens_no_lock_and_no_sweep_takes_the_lock_away() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(7).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    force(&stage, mirror, 3).await;
    let read = SelfReader::valueCall {};
    stage
        .target
        .view(mirror.proxy, read.clone())
        .await
        .unwrap_err()
        .expect::<NotVerified>();
    let sweep = IRegistry::sweepCall {
        proxy: mirror.proxy,
    };
    let error = stage
        .target
        .view(stage.registry, sweep)
        .await
        .unwrap_err()
        .expect::<WrongStatus>();
    assert_eq!(error.status, Status::Created as u8);
    stage
        .target
        .view(mirror.proxy, read.clone())
        .await
        .unwrap_err()
        .expect::<NotVerified>();
    // The call that verifies it gives everything back.
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(
        stage.target.balance(mirror.proxy).await.unwrap(),
        U256::ZERO
    );
    assert_eq!(
        stage.target.view(mirror.proxy, read).await.unwrap(),
        U256::from(7)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_was_never_verified_answers_nothing_in_any_context() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(7).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    let reader = stage
        .on_target(&MirrorReader::BYTECODE, stage.registry.abi_encode())
        .await
        .unwrap();
    let expected = alloy_primitives::Bytes::copy_from_slice(&keccak256("NotVerified()")[..4]);
    for data in [
        SelfReader::valueCall {}.abi_encode(),
        SelfReader::doubledCall {}.abi_encode(),
        vec![],
        vec![0],
    ] {
        let result = stage.target.call(mirror.proxy, data.clone()).await;
        assert_eq!(
            result,
            Err(CallError::Reverted(expected.clone())),
            "{data:?}"
        );
        let call = MirrorReader::readStaticCall {
            mirror: mirror.proxy,
            data: data.clone().into(),
        };
        let answer = stage.target.view(reader, call).await.unwrap();
        assert_eq!((answer.success, answer.result), (false, expected.clone()));
        let call = MirrorReader::readPlainCall {
            mirror: mirror.proxy,
            data: data.into(),
        };
        let answer = stage.target.view(reader, call).await.unwrap();
        assert_eq!((answer.success, answer.result), (false, expected.clone()));
    }
}
