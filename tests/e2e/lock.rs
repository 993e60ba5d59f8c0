//! The lock: a mirror's balance. Force can slow reads, never open a lock.

use alloy_primitives::{U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use smartsync_abi::{
    IProxy::NotVerified,
    IRegistry::{self, Status, WrongStatus},
};
use smartsync_tests::{CallError, Chain, Mirror, MirrorReader, SelfReader, Stage, request};

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
    let reader = stage.reader().await.unwrap();
    let (fast, value) = metered(&stage, mirror, reader).await;
    assert_eq!(value, U256::from(7));

    stage.force(mirror.proxy, 5).await.unwrap();
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
    let receipt = stage
        .target
        .send_request(request(stage.registry, sweep.into()).from(Chain::account(1)))
        .await
        .unwrap();
    let swept = receipt.inner.logs().iter();
    let swept: Vec<_> = swept
        .filter_map(|log| IRegistry::Swept::decode_log(&log.inner).ok())
        .map(|log| log.data)
        .collect();
    let expected = IRegistry::Swept {
        proxy: mirror.proxy,
        to: Chain::account(1),
        amount: U256::from(5),
    };
    assert_eq!(swept, [expected]);
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
    stage.force(mirror.proxy, 3).await.unwrap();
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
    let reader = stage.reader().await.unwrap();
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
        let answer = stage.read_statically(reader, mirror, data.clone()).await;
        assert_eq!(answer, (false, expected.clone()));
        let answer = stage.read_plainly(reader, mirror, data).await;
        assert_eq!(answer, (false, expected.clone()));
    }
}

/// The address of the next mirror is no secret: a counter is its salt.
#[tokio::test(flavor = "multi_thread")]
async fn wei_that_lies_at_the_address_of_a_mirror_before_it_is_created_is_swept_with_the_lock() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(7).await.unwrap();
    let proxy = stage.first_proxy(source).await.unwrap();
    stage.force(proxy, 9).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    assert_eq!(mirror.proxy, proxy);
    let balance = async || stage.target.balance(proxy).await.unwrap();
    assert_eq!(balance().await, U256::from(10));
    let read = SelfReader::valueCall {};
    let answer = stage.target.view(proxy, read.clone()).await;
    answer.unwrap_err().expect::<NotVerified>();
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(balance().await, U256::ZERO);
    let answer = stage.target.view(proxy, read).await;
    assert_eq!(answer, Ok(U256::from(7)));
}
