//! Root sources without signers, and those that misbehave.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    IParentChain::{self, NotInBuffer, WrongBuffer},
    IProofErrors::MalformedHeader,
    IRegistry::{self, RootSourceFailed},
};
use smartsync_tests::{BlockHashBuffer, Mirror, SelfReader, ShortRoot, Stage, System, ToldRoot};

#[tokio::test(flavor = "multi_thread")]
async fn the_parent_chain_s_headers_are_vouched_for_by_the_bridge_alone() {
    let stage = Stage::start().await.unwrap();
    let buffer = stage
        .on_target(&BlockHashBuffer::BYTECODE, [])
        .await
        .unwrap();
    let code_hash = alloy_primitives::keccak256(stage.target.code(buffer).await.unwrap());
    let wrong = System::deploy_program(&stage.target, &smartsync_artifacts::PARENT_CHAIN)
        .await
        .unwrap();
    let initialize = IParentChain::initializeCall {
        buffer,
        bufferCodeHash: B256::repeat_byte(1),
        minBlockTime: 1,
    }
    .abi_encode();
    let constructor = [
        smartsync_abi::CONSTRUCTOR_SELECTOR.as_slice(),
        &initialize[4..],
    ]
    .concat();
    let error = stage
        .target
        .call(wrong, constructor)
        .await
        .unwrap_err()
        .expect::<WrongBuffer>();
    assert_eq!(
        (error.buffer, error.expected, error.found),
        (buffer, B256::repeat_byte(1), code_hash)
    );

    let initialize = IParentChain::initializeCall {
        buffer,
        bufferCodeHash: code_hash,
        minBlockTime: 1,
    };
    let root_source = System::deploy_constructed(
        &stage.target,
        &smartsync_artifacts::PARENT_CHAIN,
        initialize,
    )
    .await
    .unwrap();
    let source = stage.self_reader(6).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();
    let submit = IRegistry::submitHeaderCall {
        submission: rlp.clone(),
    };
    let system = stage.on_root_source(root_source).await.unwrap();
    let error = stage
        .target
        .call(system.registry, submit.abi_encode())
        .await
        .unwrap_err();
    assert!(
        matches!(error, smartsync_tests::CallError::Reverted(_)),
        "the buffer knows nothing: {error:?}"
    );
    // The buffer knows another hash.
    let push = |hash: B256| BlockHashBuffer::pushCall {
        number: U256::from(block),
        blockHash: hash,
    };
    stage
        .target
        .send(buffer, push(B256::repeat_byte(7)))
        .await
        .unwrap();
    let error = stage
        .target
        .call(system.registry, submit.abi_encode())
        .await
        .unwrap_err()
        .expect::<NotInBuffer>();
    assert_eq!(
        (error.blockNumber, error.blockHash),
        (block, header.hash_slow())
    );
    let malformed = IRegistry::submitHeaderCall {
        submission: Bytes::from_static(&[0xc1, 0x80]),
    };
    stage
        .target
        .call(system.registry, malformed.abi_encode())
        .await
        .unwrap_err()
        .expect::<MalformedHeader>();

    stage
        .target
        .send(buffer, push(header.hash_slow()))
        .await
        .unwrap();
    stage.target.send(system.registry, submit).await.unwrap();
    let extend = IParentChain::extendCall {
        header: stage.source.header(block - 1).await.unwrap().1,
    };
    stage.target.send(root_source, extend).await.unwrap();
    for number in [block, block - 1] {
        let answer = stage
            .target
            .view(
                root_source,
                IParentChain::stateRootCall {
                    blockNumber: number,
                },
            )
            .await
            .unwrap();
        assert_eq!(
            answer.stateRoot,
            stage.source.header(number).await.unwrap().0.state_root
        );
    }
    // A mirror on it.
    system.deploy_code(source).await.unwrap();
    let proof =
        smartsync_tests::account_proof(&stage.source.proof(source, &[], block).await.unwrap());
    let create = IRegistry::createCall {
        source,
        sourceBlock: block,
        accountProof: proof,
    };
    let request =
        smartsync_tests::request(system.registry, create.abi_encode().into()).value(U256::ONE);
    let answer = stage.target.call_with(request.clone()).await.unwrap();
    stage.target.send_request(request).await.unwrap();
    let mirror = Mirror {
        source,
        proxy: Address::abi_decode(&answer).unwrap(),
    };
    let built = system.build(mirror, block, &[U256::ZERO]).await.unwrap();
    let call = system
        .sync_call(mirror, block, built.multi_proof)
        .await
        .unwrap();
    stage.target.send(system.registry, call).await.unwrap();
    assert_eq!(
        stage
            .target
            .view(mirror.proxy, SelfReader::valueCall {})
            .await
            .unwrap(),
        U256::from(6)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_takes_no_short_zero_or_missing_answer_of_its_root_source_for_a_state_root() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(6).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let proof = smartsync_tests::account_proof(
        &stage.source.proof(mirror.source, &[], block).await.unwrap(),
    );
    let short = stage.on_target(&ShortRoot::BYTECODE, []).await.unwrap();
    let zero = stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap();
    stage.tell(zero, block, B256::ZERO, 1).await.unwrap();
    // One that answers nothing: its code is STOP.
    let silent = [smartsync_clone::DATA_INIT_PREFIX.as_slice(), &[0]].concat();
    let silent = stage.target.create(silent, U256::ZERO).await.unwrap();
    for root_source in [short, zero, silent] {
        let system = stage.on_root_source(root_source).await.unwrap();
        system.deploy_code(mirror.source).await.unwrap();
        let create = IRegistry::createCall {
            source: mirror.source,
            sourceBlock: block,
            accountProof: proof.clone(),
        };
        let request =
            smartsync_tests::request(system.registry, create.abi_encode().into()).value(U256::ONE);
        let error = stage
            .target
            .call_with(request)
            .await
            .unwrap_err()
            .expect::<RootSourceFailed>();
        assert_eq!(error.blockNumber, block, "{root_source}");
    }
}
