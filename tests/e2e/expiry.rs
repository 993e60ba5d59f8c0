//! What outlives what: an activation lasts 365 days, and logic may be destroyed.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{IReader::NotAnswered, IRegistry};
use smartsync_tests::{SelfReader, Stage, System, request};

#[tokio::test(flavor = "multi_thread")]
async fn native_reads_outlive_the_activation_of_the_programs_and_the_rest_comes_back_with_it() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(6).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let year = 366 * 24 * 3_600;
    for chain in [&stage.source, &stage.target] {
        chain.rpc("evm_increaseTime", json!([year])).await.unwrap();
        chain.rpc("evm_mine", json!([])).await.unwrap();
    }
    // The native lane enters no program, in any context.
    let value = Bytes::from(SelfReader::valueCall {}.abi_encode());
    let six = Bytes::from(U256::from(6).abi_encode());
    let answer = stage.read_statically(reader, mirror, value.clone()).await;
    assert_eq!(answer, (true, six.clone()));
    assert_eq!(stage.target.call(mirror.proxy, value).await, Ok(six));
    // What needs a program fails, and fails closed: it does not look like an answer of the source's.
    let data = Bytes::from(SelfReader::doubledCall {}.abi_encode());
    let answer = stage.target.call(mirror.proxy, data.clone()).await;
    answer.unwrap_err().expect::<NotAnswered>();
    let write = SelfReader::setCall {
        value_: U256::from(7),
    }
    .abi_encode();
    assert!(
        !stage
            .target
            .transact(request(mirror.proxy, write.into()))
            .await
            .unwrap()
            .status()
    );
    let status = IRegistry::statusCall {
        proxy: mirror.proxy,
    };
    assert!(stage.target.view(stage.registry, status).await.is_err());

    // Anyone activates the programs again.
    for program in [
        stage.program,
        stage.reader,
        stage.notary,
        stage.registry,
        stage.codes,
    ] {
        System::activate(&stage.target, program).await.unwrap();
    }
    stage.set(mirror.source, 9).await.unwrap();
    stage.sync_all(mirror).await.unwrap();
    assert_eq!(
        stage.target.call(mirror.proxy, data).await,
        Ok(Bytes::from(U256::from(18).abi_encode()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_mirror_stays_locked_when_the_activation_of_its_program_has_expired() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(6).await.unwrap();
    let mirror = stage.create(source).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let year = json!([366 * 24 * 3_600]);
    stage.target.rpc("evm_increaseTime", year).await.unwrap();
    stage.target.mine().await.unwrap();
    let data = Bytes::from(SelfReader::valueCall {}.abi_encode());
    let answers = [
        stage.read_statically(reader, mirror, data.clone()).await,
        stage.read_plainly(reader, mirror, data).await,
    ];
    assert!(answers.iter().all(|(success, _)| !success), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_whose_logic_is_gone_is_read_by_the_exact_lane() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(6).await.unwrap();
    let reader = stage.reader().await.unwrap();
    let record = stage.record(mirror).await.unwrap();
    stage.target.set_code(record.logic, "0x").await.unwrap();
    stage
        .target
        .rpc("anvil_setNonce", json!([record.logic, "0x0"]))
        .await
        .unwrap();
    // The exact lane needs no logic.
    let data = Bytes::from(SelfReader::valueCall {}.abi_encode());
    let six = Bytes::from(U256::from(6).abi_encode());
    assert_eq!(
        stage.target.call(mirror.proxy, data.clone()).await,
        Ok(six.clone())
    );
    let answer = stage.read_statically(reader, mirror, data.clone()).await;
    assert_eq!(answer, (true, six));
}
