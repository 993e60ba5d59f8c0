//! Logic and mirrors: what is created and what is not.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use serde_json::json;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IProgramErrors::{AlreadyInitialized, WrongValue},
    IProofErrors::AccountAbsent,
    IRegistry::{
        self, CodeHashMismatch, CreateFailed, InvalidCode, InvalidConfiguration, NotAContract,
        UnknownLogic,
    },
};
use smartsync_clone::Configuration;
use smartsync_tests::{Chain, NameRegistry, SelfReader, Stage, System, account_proof, request};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_contract_s_own_code_becomes_its_logic() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let create = stage.create_call(source, block).await.unwrap();
    let other = stage.deploy_logic(names).await.unwrap();

    let call = IRegistry::createCall {
        logic: other,
        ..create.clone()
    };
    let error = stage
        .refused_request(stage.with_lock(&call))
        .await
        .expect::<CodeHashMismatch>();
    assert_eq!(
        error.proven,
        keccak256(stage.source.code(source).await.unwrap())
    );
    assert_eq!(
        error.logic,
        keccak256(stage.source.code(names).await.unwrap())
    );

    // The same code, but not put there by the registry: whoever owns the address might change it.
    let copy = stage.on_target(&SelfReader::BYTECODE, []).await.unwrap();
    for logic in [
        copy,
        Address::ZERO,
        stage.registry,
        Chain::account(0),
        Address::with_last_byte(0x99),
    ] {
        let call = IRegistry::createCall {
            logic,
            ..create.clone()
        };
        let error = stage
            .refused_request(stage.with_lock(&call))
            .await
            .expect::<UnknownLogic>();
        assert_eq!(error.logic, logic);
    }

    // An account without code, and one that is not there.
    let eoa = Chain::account(1);
    let call = IRegistry::createCall {
        source: eoa,
        accountProof: account_proof(&stage.source.proof(eoa, &[], block).await.unwrap()),
        ..create.clone()
    };
    let error = stage
        .refused_request(stage.with_lock(&call))
        .await
        .expect::<NotAContract>();
    assert_eq!(error.source, eoa);
    let absent = Address::repeat_byte(0xab);
    let call = IRegistry::createCall {
        source: absent,
        accountProof: account_proof(&stage.source.proof(absent, &[], block).await.unwrap()),
        ..create.clone()
    };
    let error = stage
        .refused_request(stage.with_lock(&call))
        .await
        .expect::<AccountAbsent>();
    assert_eq!(error.account, absent);

    // The lock is one wei, no more and no less.
    for value in [0, 2] {
        let request = request(stage.registry, create.abi_encode().into()).value(U256::from(value));
        let error = stage
            .target
            .call_with(request)
            .await
            .unwrap_err()
            .expect::<WrongValue>();
        assert_eq!((error.required, error.got), (U256::ONE, U256::from(value)));
    }
    stage
        .refused(IRegistry::deployLogicCall { code: Bytes::new() })
        .await
        .expect::<InvalidCode>();
    // EIP-170: code of more than 24,576 bytes.
    for (length, taken) in [(24_576, true), (24_577, false), (60_000, false)] {
        let code = Bytes::from(vec![0; length]);
        let deploy = IRegistry::deployLogicCall { code };
        let answer = stage.target.view(stage.registry, deploy).await;
        match taken {
            true => assert!(answer.is_ok(), "{answer:?}"),
            false => _ = answer.unwrap_err().expect::<InvalidCode>(),
        }
    }
    // EIP-3541: code that begins with EF, as an EIP-7702 account's, cannot be deployed.
    let delegated = Bytes::from([&[0xef, 0x01, 0x00], [0x11; 20].as_slice()].concat());
    stage
        .refused(IRegistry::deployLogicCall { code: delegated })
        .await
        .expect::<InvalidCode>();
    stage
        .target
        .send_request(stage.with_lock(&create))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_whose_address_is_taken_is_not_created() {
    let stage = Stage::start().await.unwrap();
    let source = stage.self_reader(1).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let create = stage.create_call(source, block).await.unwrap();
    // Nobody can put code there but the registry: here the node does, at the address of mirror number 1.
    let configuration = Configuration {
        registry: stage.registry,
        logic: create.logic,
        program: stage.program,
    };
    let salt = U256::ONE.to_be_bytes::<32>();
    let taken = stage
        .registry
        .create2(salt, keccak256(configuration.init_code()));
    let code = Bytes::from_static(&[0x00]);
    let set = stage.target.rpc("anvil_setCode", json!([taken, code]));
    set.await.unwrap();
    stage
        .refused_request(stage.with_lock(&create))
        .await
        .expect::<CreateFailed>();
    let count = stage
        .target
        .view(stage.registry, IRegistry::proxyCountCall {});
    assert_eq!(count.await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_configured_once_and_with_two_contracts() {
    let stage = Stage::start().await.unwrap();
    let registry = System::deploy_program(&stage.target, &smartsync_artifacts::REGISTRY)
        .await
        .unwrap();
    let constructor = |root_source: Address, program: Address| {
        let initialize = IRegistry::initializeCall {
            rootSource: root_source,
            program,
        };
        [&CONSTRUCTOR_SELECTOR, &initialize.abi_encode()[4..]].concat()
    };
    // None, or accounts without code.
    for (root_source, program) in [
        (Address::ZERO, stage.program),
        (stage.notary, Address::ZERO),
        (Chain::account(1), stage.program),
        (stage.notary, Address::repeat_byte(0x99)),
    ] {
        let call = constructor(root_source, program);
        let answer = stage.target.call(registry, call).await;
        answer.unwrap_err().expect::<InvalidConfiguration>();
    }
    let call = Bytes::from(constructor(stage.notary, stage.program));
    let request = request(registry, call.clone());
    stage.target.send_request(request).await.unwrap();
    for registry in [registry, stage.registry] {
        let answer = stage.target.call(registry, call.clone()).await;
        answer.unwrap_err().expect::<AlreadyInitialized>();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_with_delegated_code_cannot_be_mirrored() {
    let stage = Stage::start().await.unwrap();
    let delegate = stage.self_reader(1).await.unwrap();
    // EIP-7702: the wallet's code is a mark and the delegate's address.
    let wallet = Chain::account(2);
    let code = Bytes::from([&[0xef, 0x01, 0x00], delegate.as_slice()].concat());
    let set = stage.source.rpc("anvil_setCode", json!([wallet, code]));
    set.await.unwrap();
    let block = stage.submit_head().await.unwrap();
    // Neither its own code can be logic, nor the delegate's.
    let deploy = IRegistry::deployLogicCall { code: code.clone() };
    stage.refused(deploy).await.expect::<InvalidCode>();
    let proof = stage.source.proof(wallet, &[], block).await.unwrap();
    let create = IRegistry::createCall {
        source: wallet,
        accountProof: account_proof(&proof),
        ..stage.create_call(delegate, block).await.unwrap()
    };
    let error = stage.refused_request(stage.with_lock(&create)).await;
    assert_eq!(error.expect::<CodeHashMismatch>().proven, keccak256(&code));
}
