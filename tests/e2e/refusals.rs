//! What the registry refuses, each with its own error.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use serde_json::json;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IProgramErrors::{AlreadyInitialized, MalformedCalldata, UnknownSelector, WrongValue},
    IProofErrors::{AccountAbsent, InvalidProof},
    IProxy::NotAClone,
    IRegistry::{
        self, CodeHashMismatch, InvalidCode, NotAContract, NotInMulticall, NotNewer,
        SourceCodeChanged, Status, UnknownLogic, UnknownProxy,
    },
    IRootSource::UnknownBlock,
};
use smartsync_tests::{
    CallError, Chain, Mirror, NameRegistry, SelfReader, Stage, account_proof, request,
};

async fn mirrored(stage: &Stage) -> Mirror {
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(1),
            },
        )
        .await
        .unwrap();
    stage.migrate(source).await.unwrap()
}

/// Changes the source and makes the block known.
async fn change(stage: &Stage, mirror: Mirror, value: u64) -> u64 {
    stage
        .source
        .send(
            mirror.source,
            SelfReader::setCall {
                value_: U256::from(value),
            },
        )
        .await
        .unwrap();
    stage.submit_head().await.unwrap()
}

async fn honest_sync(stage: &Stage, mirror: Mirror, block: u64) -> IRegistry::syncCall {
    let built = stage.build(mirror, block, &[U256::ZERO]).await.unwrap();
    stage
        .sync_call(mirror, block, built.multi_proof)
        .await
        .unwrap()
}

async fn refused(stage: &Stage, call: impl SolCall) -> CallError {
    let data = Bytes::from(call.abi_encode());
    let error = stage
        .target
        .call(stage.registry, data.clone())
        .await
        .expect_err("the registry refuses");
    let receipt = stage
        .target
        .transact(request(stage.registry, data))
        .await
        .unwrap();
    assert!(!receipt.status() && receipt.inner.logs().is_empty());
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_proof_is_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let block = change(&stage, mirror, 2).await;
    let honest = honest_sync(&stage, mirror, block).await;

    // Another account's, an older block's, one node short, one too many, none, each node with a bit flipped.
    let other = stage
        .source
        .proof(Chain::account(0), &[], block)
        .await
        .unwrap();
    let older = stage
        .source
        .proof(mirror.source, &[], block - 1)
        .await
        .unwrap();
    let mut short = honest.accountProof.clone();
    short.pop();
    let mut long = honest.accountProof.clone();
    long.push(long[0].clone());
    let mut wrong = vec![
        account_proof(&other),
        account_proof(&older),
        short,
        long,
        vec![],
    ];
    for node in 0..honest.accountProof.len() {
        for at in [
            0,
            honest.accountProof[node].len() / 2,
            honest.accountProof[node].len() - 1,
        ] {
            let mut nodes = honest.accountProof.clone();
            let mut bytes = nodes[node].to_vec();
            bytes[at] ^= 1;
            nodes[node] = bytes.into();
            wrong.push(nodes);
        }
    }
    for account_proof in wrong {
        let call = IRegistry::syncCall {
            accountProof: account_proof,
            ..honest.clone()
        };
        refused(&stage, call).await.expect::<InvalidProof>();
    }
    stage.target.send(stage.registry, honest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_no_root_source_vouches_for_is_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    stage
        .source
        .send(
            mirror.source,
            SelfReader::setCall {
                value_: U256::from(2),
            },
        )
        .await
        .unwrap();
    let block = stage.source.block_number().await.unwrap();
    let call = honest_sync(&stage, mirror, block).await;
    assert_eq!(
        refused(&stage, call.clone())
            .await
            .expect::<UnknownBlock>()
            .blockNumber,
        block
    );
    let call = IRegistry::syncCall {
        sourceBlock: u64::MAX,
        ..call
    };
    assert_eq!(
        refused(&stage, call)
            .await
            .expect::<UnknownBlock>()
            .blockNumber,
        u64::MAX
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_block_and_any_older_one_are_refused_before_anything_is_decoded() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let older = change(&stage, mirror, 2).await;
    let outrun = honest_sync(&stage, mirror, older).await;
    let block = change(&stage, mirror, 3).await;
    let call = honest_sync(&stage, mirror, block).await;
    stage
        .target
        .send(stage.registry, call.clone())
        .await
        .unwrap();
    for (call, source_block) in [(call.clone(), block), (outrun, older)] {
        let error = refused(&stage, call).await.expect::<NotNewer>();
        assert_eq!((error.recorded, error.sourceBlock), (block, source_block));
    }
    // Garbage for proofs makes no difference.
    let garbage = IRegistry::syncCall {
        accountProof: vec![Bytes::from_static(b"garbage")],
        multiProof: Bytes::from_static(b"garbage"),
        sourceBlock: block,
        ..call
    };
    refused(&stage, garbage).await.expect::<NotNewer>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_code_has_changed_is_refused_until_it_is_itself_again() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let recorded = stage.record(mirror).await.unwrap();
    let code = stage.source.code(mirror.source).await.unwrap();
    let mut other = code.to_vec();
    other.push(0);
    stage
        .source
        .rpc(
            "anvil_setCode",
            json!([mirror.source, Bytes::from(other.clone())]),
        )
        .await
        .unwrap();
    stage.source.rpc("evm_mine", json!([])).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = stage
        .sync_call(mirror, block, Bytes::from_static(&[1, 0, 0]))
        .await
        .unwrap();
    let error = refused(&stage, call).await.expect::<SourceCodeChanged>();
    assert_eq!(
        (error.recorded, error.proven),
        (keccak256(&code), keccak256(&other))
    );
    assert_eq!(stage.record(mirror).await.unwrap(), recorded);

    stage
        .source
        .rpc("anvil_setCode", json!([mirror.source, code]))
        .await
        .unwrap();
    let block = change(&stage, mirror, 9).await;
    let call = honest_sync(&stage, mirror, block).await;
    stage.target.send(stage.registry, call).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_contract_s_own_code_becomes_its_logic() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let logic = stage.deploy_logic(source).await.unwrap();
    let other = stage.deploy_logic(names).await.unwrap();
    let proof = account_proof(&stage.source.proof(source, &[], block).await.unwrap());
    let create = IRegistry::createCall {
        source,
        logic,
        sourceBlock: block,
        accountProof: proof,
    };
    let with_lock = |call: &IRegistry::createCall| {
        request(stage.registry, call.abi_encode().into()).value(U256::ONE)
    };

    let call = IRegistry::createCall {
        logic: other,
        ..create.clone()
    };
    let error = stage
        .target
        .call_with(with_lock(&call))
        .await
        .unwrap_err()
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
            .target
            .call_with(with_lock(&call))
            .await
            .unwrap_err()
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
        .target
        .call_with(with_lock(&call))
        .await
        .unwrap_err()
        .expect::<NotAContract>();
    assert_eq!(error.source, eoa);
    let absent = Address::repeat_byte(0xab);
    let call = IRegistry::createCall {
        source: absent,
        accountProof: account_proof(&stage.source.proof(absent, &[], block).await.unwrap()),
        ..create.clone()
    };
    let error = stage
        .target
        .call_with(with_lock(&call))
        .await
        .unwrap_err()
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
        .target
        .view(
            stage.registry,
            IRegistry::deployLogicCall { code: Bytes::new() },
        )
        .await
        .unwrap_err()
        .expect::<InvalidCode>();
    // EIP-3541: code that begins with EF, as an EIP-7702 account's, cannot be deployed.
    let delegated = Bytes::from([&[0xef, 0x01, 0x00], [0x11; 20].as_slice()].concat());
    stage
        .target
        .view(
            stage.registry,
            IRegistry::deployLogicCall { code: delegated },
        )
        .await
        .unwrap_err()
        .expect::<InvalidCode>();
    stage.target.send_request(with_lock(&create)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_about_a_mirror_that_does_not_exist_are_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let block = change(&stage, mirror, 2).await;
    let proxy = Address::repeat_byte(0x77);
    let sync = IRegistry::syncCall {
        proxy,
        ..honest_sync(&stage, mirror, block).await
    };
    assert_eq!(
        refused(&stage, sync).await.expect::<UnknownProxy>().proxy,
        proxy
    );
    let load = IRegistry::loadCall {
        proxy,
        slots: vec![U256::ONE],
        values: vec![U256::ONE],
    };
    refused(&stage, load).await.expect::<UnknownProxy>();
    refused(&stage, IRegistry::sweepCall { proxy })
        .await
        .expect::<UnknownProxy>();
    refused(&stage, IRegistry::recordCall { proxy })
        .await
        .expect::<UnknownProxy>();
    refused(&stage, IRegistry::requireReadableCall { proxy })
        .await
        .expect::<UnknownProxy>();
    let status = stage
        .target
        .view(stage.registry, IRegistry::statusCall { proxy })
        .await
        .unwrap();
    assert_eq!(status, Status::None);
    assert_eq!(
        stage
            .target
            .view(stage.registry, IRegistry::proxyOfCall { source: proxy })
            .await
            .unwrap(),
        Address::ZERO
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_no_function_takes_are_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let call = |data: Vec<u8>| stage.target.call(stage.registry, data);
    let error = call(vec![0xde, 0xad, 0xbe, 0xef])
        .await
        .unwrap_err()
        .expect::<UnknownSelector>();
    assert_eq!(error.selector.0, [0xde, 0xad, 0xbe, 0xef]);
    // Too short for what they announce.
    let honest = IRegistry::recordCall {
        proxy: mirror.proxy,
    }
    .abi_encode();
    call(honest[..20].to_vec())
        .await
        .unwrap_err()
        .expect::<MalformedCalldata>();
    let sync = honest_sync(&stage, mirror, change(&stage, mirror, 2).await)
        .await
        .abi_encode();
    for length in [4, 36, 100, 132, sync.len() - 40] {
        call(sync[..length].to_vec())
            .await
            .unwrap_err()
            .expect::<MalformedCalldata>();
    }
    // An offset far outside.
    let mut bent = sync.clone();
    bent[4 + 2 * 32..4 + 3 * 32].fill(0xff);
    call(bent).await.unwrap_err().expect::<MalformedCalldata>();
    // Value where none is taken.
    let request = request(stage.registry, sync.into()).value(U256::from(3));
    let error = stage
        .target
        .call_with(request)
        .await
        .unwrap_err()
        .expect::<WrongValue>();
    assert_eq!((error.required, error.got), (U256::ZERO, U256::from(3)));
    // The constructor, a second time.
    let initialize = IRegistry::initializeCall {
        rootSource: stage.notary,
        program: stage.program,
    }
    .abi_encode();
    let constructor = [CONSTRUCTOR_SELECTOR.as_slice(), &initialize[4..]].concat();
    call(constructor.clone())
        .await
        .unwrap_err()
        .expect::<AlreadyInitialized>();
    call(initialize)
        .await
        .unwrap_err()
        .expect::<UnknownSelector>();
    // Neither nests in a multicall.
    for inner in [
        constructor,
        IRegistry::multicallCall { calls: vec![] }.abi_encode(),
    ] {
        let selector = inner[..4].to_vec();
        let call = IRegistry::multicallCall {
            calls: vec![inner.into()],
        };
        let error = stage
            .target
            .view(stage.registry, call)
            .await
            .unwrap_err()
            .expect::<NotInMulticall>();
        assert_eq!(error.selector.0.to_vec(), selector);
    }
    // The program itself is nobody's mirror.
    stage
        .target
        .call(stage.program, vec![1, 2, 3, 4])
        .await
        .unwrap_err()
        .expect::<NotAClone>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_multicall_is_all_or_nothing_and_counts_its_value_once() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let source = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let logic = stage.deploy_logic(source).await.unwrap();
    let proof = account_proof(&stage.source.proof(source, &[], block).await.unwrap());
    let create: Bytes = IRegistry::createCall {
        source,
        logic,
        sourceBlock: block,
        accountProof: proof,
    }
    .abi_encode()
    .into();
    // Two creations need two locks.
    let calls = IRegistry::multicallCall {
        calls: vec![create.clone(), create.clone()],
    }
    .abi_encode();
    let one = request(stage.registry, calls.clone().into()).value(U256::ONE);
    let error = stage
        .target
        .call_with(one)
        .await
        .unwrap_err()
        .expect::<WrongValue>();
    assert_eq!((error.required, error.got), (U256::from(2), U256::ONE));
    let count = stage
        .target
        .view(stage.registry, IRegistry::proxyCountCall {})
        .await
        .unwrap();
    // A failing call takes those before it along.
    let unknown = IRegistry::recordCall {
        proxy: Address::ZERO,
    }
    .abi_encode()
    .into();
    let failing = IRegistry::multicallCall {
        calls: vec![create, unknown],
    }
    .abi_encode();
    let failing = request(stage.registry, failing.into()).value(U256::ONE);
    stage
        .target
        .call_with(failing.clone())
        .await
        .unwrap_err()
        .expect::<UnknownProxy>();
    assert!(!stage.target.transact(failing).await.unwrap().status());
    assert_eq!(
        stage
            .target
            .view(stage.registry, IRegistry::proxyCountCall {})
            .await
            .unwrap(),
        count
    );
    let two = request(stage.registry, calls.into()).value(U256::from(2));
    stage.target.send_request(two).await.unwrap();
    assert_eq!(
        stage
            .target
            .view(stage.registry, IRegistry::proxyCountCall {})
            .await
            .unwrap(),
        count + 2
    );
    // The results come back.
    let calls = vec![
        IRegistry::statusCall {
            proxy: mirror.proxy,
        }
        .abi_encode()
        .into(),
        IRegistry::rootSourceCall {}.abi_encode().into(),
    ];
    let results = stage
        .target
        .view(stage.registry, IRegistry::multicallCall { calls })
        .await
        .unwrap();
    assert_eq!(
        IRegistry::statusCall::abi_decode_returns(&results[0]).unwrap(),
        Status::Active
    );
    assert_eq!(
        IRegistry::rootSourceCall::abi_decode_returns(&results[1]).unwrap(),
        stage.notary
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_verified_mirror_is_the_mirror_of_record_and_nobody_can_squat() {
    let stage = Stage::start().await.unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(1),
            },
        )
        .await
        .unwrap();
    let squatted = stage.create(source).await.unwrap();
    let proxy_of = || {
        stage
            .target
            .view(stage.registry, IRegistry::proxyOfCall { source })
    };
    assert_eq!(
        proxy_of().await.unwrap(),
        Address::ZERO,
        "created is not verified"
    );
    let verified = stage.migrate(source).await.unwrap();
    assert_eq!(proxy_of().await.unwrap(), verified.proxy);
    stage.sync_all(squatted).await.unwrap();
    assert_eq!(
        proxy_of().await.unwrap(),
        verified.proxy,
        "the first one stays"
    );
}
