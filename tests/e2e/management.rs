//! What a mirror's program takes from its registry, shown on a clone whose registry is an account of the test: the real
//! registry sends nothing else.

use alloy_primitives::{Address, B256, Bytes, U256};
use smartsync_abi::{
    IProgramErrors::MalformedCalldata,
    IProofErrors::MalformedMultiProof,
    IProxy::{TransferFailed, UnknownManagement},
    management::{LOAD, OPENING_PART, PART, SWEEP, TRANSITION},
};
use smartsync_clone::Configuration;
use smartsync_tests::{CallError, Chain, SlotTable, Stage, request};

/// A clone that the first account manages.
async fn managed(stage: &Stage) -> Address {
    let logic = stage.on_target(&SlotTable::BYTECODE, []).await.unwrap();
    let configuration = Configuration {
        registry: Chain::account(0),
        logic,
        reader: stage.reader,
        program: stage.program,
        source: Address::repeat_byte(0x50),
        original: Address::repeat_byte(0x51),
        code_hash: B256::repeat_byte(0x52),
        creator: Address::repeat_byte(0x53),
        root_source: Address::repeat_byte(0x54),
        first_block: 0,
    };
    let creation = configuration.init_code().to_vec();
    stage.target.create(creation, U256::ZERO).await.unwrap()
}

async fn refused(stage: &Stage, mirror: Address, message: Vec<u8>) -> CallError {
    let answer = stage.target.call(mirror, message).await;
    answer.expect_err("the mirror refuses")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_none_of_the_registry_s_is_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = managed(&stage).await;
    for operation in [0, OPENING_PART + 1, 0xff] {
        let error = refused(&stage, mirror, vec![operation, 1, 2, 3]).await;
        assert_eq!(
            error.expect::<UnknownManagement>().operation,
            operation,
            "its first byte"
        );
    }
    // Nothing at all, or fields that are cut short.
    for message in [
        vec![],
        vec![TRANSITION],
        [vec![TRANSITION], vec![7; 63]].concat(),
        vec![PART],
        [vec![PART], vec![7; 31]].concat(),
        [vec![LOAD], vec![7; 63]].concat(),
        [vec![SWEEP], vec![7; 19]].concat(),
        [vec![SWEEP], vec![7; 21]].concat(),
    ] {
        refused(&stage, mirror, message)
            .await
            .expect::<MalformedCalldata>();
    }
    // Roots and no multi-proof.
    let bare = [vec![TRANSITION], vec![7; 64]].concat();
    refused(&stage, mirror, bare)
        .await
        .expect::<MalformedMultiProof>();
    let bare = [vec![PART], vec![7; 32]].concat();
    refused(&stage, mirror, bare)
        .await
        .expect::<MalformedMultiProof>();
}

#[tokio::test(flavor = "multi_thread")]
async fn wei_that_its_receiver_does_not_take_stays_and_the_call_fails() {
    let stage = Stage::start().await.unwrap();
    let mirror = managed(&stage).await;
    let load = [vec![LOAD], vec![0; 31], vec![1], vec![0; 31], vec![9]].concat();
    let load = request(mirror, load.into()).value(U256::from(3));
    stage.target.send_request(load).await.unwrap();
    // A Solidity contract without `receive`.
    let closed = stage.on_target(&SlotTable::BYTECODE, []).await.unwrap();
    let sweep = |to: Address| Bytes::from([&[SWEEP], to.as_slice()].concat());
    let error = stage.target.call(mirror, sweep(closed)).await.unwrap_err();
    assert_eq!(error.expect::<TransferFailed>().to, closed);
    let receipt = stage.target.transact(request(mirror, sweep(closed))).await;
    assert!(!receipt.unwrap().status());
    assert_eq!(stage.target.balance(mirror).await.unwrap(), U256::from(3));

    let open = Address::repeat_byte(0x77);
    let receipt = stage.target.transact(request(mirror, sweep(open))).await;
    assert!(receipt.unwrap().status());
    assert_eq!(stage.target.balance(mirror).await.unwrap(), U256::ZERO);
    assert_eq!(stage.target.balance(open).await.unwrap(), U256::from(3));
    let read = SlotTable::readCall { slot: U256::ONE };
    let by_another = request(mirror, alloy_sol_types::SolCall::abi_encode(&read).into());
    let answer = stage
        .target
        .call_with(by_another.from(Chain::account(1)))
        .await
        .unwrap();
    assert_eq!(U256::from_be_slice(&answer), U256::from(9));
}
