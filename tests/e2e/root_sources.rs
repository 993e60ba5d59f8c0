//! Root sources without signers, and those that misbehave.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use smartsync_abi::{
    ICombined::{self, InvalidMembers, MembersDisagree, NoQuorum, UnknownMember},
    IParentChain::{self, NotInBuffer, WrongBuffer},
    IProofErrors::MalformedHeader,
    IRegistry::{self, RootSourceFailed},
};
use smartsync_tests::{
    BlockHashBuffer, BurningRoot, Mirror, SelfReader, ShortRoot, Stage, System, ToldRoot,
};

const GAS_CAP: u64 = 200_000;

async fn mirrored(stage: &Stage) -> Mirror {
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(6),
            },
        )
        .await
        .unwrap();
    stage.migrate(source).await.unwrap()
}

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
    };
    let root_source = System::deploy_constructed(
        &stage.target,
        &smartsync_artifacts::PARENT_CHAIN,
        initialize,
    )
    .await
    .unwrap();
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(6),
            },
        )
        .await
        .unwrap();
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
        headers: vec![rlp, stage.source.header(block - 1).await.unwrap().1],
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
    let logic = system.deploy_logic(source).await.unwrap();
    let proof =
        smartsync_tests::account_proof(&stage.source.proof(source, &[], block).await.unwrap());
    let create = IRegistry::createCall {
        source,
        logic,
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

/// Combines these members.
async fn combine(stage: &Stage, members: &[Address], threshold: u64) -> Address {
    let mut members = members.to_vec();
    members.sort_unstable();
    let initialize = ICombined::initializeCall {
        members,
        threshold,
        gasCap: GAS_CAP,
    };
    System::deploy_constructed(&stage.target, &smartsync_artifacts::COMBINED, initialize)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_root_sources_answer_what_a_quorum_of_them_agrees_on() {
    let stage = Stage::start().await.unwrap();
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap());
    }
    let tell = async |member: Address, number: u64, root: u8, timestamp: u64| {
        let call = ToldRoot::tellCall {
            number,
            root: B256::repeat_byte(root),
            timestamp,
        };
        stage.target.send(member, call).await.unwrap();
    };
    let combined = combine(&stage, &told, 2).await;
    let state_root = async |number: u64| {
        stage
            .target
            .view(
                combined,
                ICombined::stateRootCall {
                    blockNumber: number,
                },
            )
            .await
    };

    tell(told[0], 5, 0xaa, 50).await;
    assert_eq!(
        state_root(5)
            .await
            .err()
            .unwrap()
            .expect::<NoQuorum>()
            .blockNumber,
        5
    );
    tell(told[1], 5, 0xaa, 51).await;
    assert_eq!(
        state_root(5)
            .await
            .err()
            .unwrap()
            .expect::<NoQuorum>()
            .blockNumber,
        5,
        "the timestamps differ"
    );
    tell(told[1], 5, 0xaa, 50).await;
    let answer = state_root(5).await.unwrap();
    assert_eq!(
        (answer.stateRoot, answer.timestamp),
        (B256::repeat_byte(0xaa), 50)
    );
    tell(told[2], 5, 0xbb, 50).await;
    assert_eq!(
        state_root(5).await.unwrap().stateRoot,
        B256::repeat_byte(0xaa),
        "two against one"
    );
    // The second highest of 5, 5 and 9.
    tell(told[2], 9, 0xbb, 90).await;
    assert_eq!(
        stage
            .target
            .view(combined, ICombined::latestBlockCall {})
            .await
            .unwrap(),
        5
    );

    // Of four, two say one thing and two another.
    told.push(stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap());
    tell(told[3], 5, 0xbb, 50).await;
    let split = combine(&stage, &told, 2).await;
    let error = stage
        .target
        .view(split, ICombined::stateRootCall { blockNumber: 5 })
        .await
        .err()
        .unwrap();
    assert_eq!(error.expect::<MembersDisagree>().blockNumber, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_fail_give_no_answer_and_take_no_more_than_their_gas() {
    let stage = Stage::start().await.unwrap();
    let short = stage.on_target(&ShortRoot::BYTECODE, []).await.unwrap();
    let burning = stage.on_target(&BurningRoot::BYTECODE, []).await.unwrap();
    let nobody = Address::repeat_byte(0x99);
    stage
        .source
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    let block = stage.submit_head().await.unwrap();
    let call = ICombined::stateRootCall { blockNumber: block };
    let combined = combine(&stage, &[short, burning, nobody, stage.notary], 1).await;
    let answer = stage.target.view(combined, call.clone()).await.unwrap();
    assert_eq!(
        answer.stateRoot,
        stage.source.header(block).await.unwrap().0.state_root
    );
    let useless = combine(&stage, &[short, burning, nobody], 1).await;
    stage
        .target
        .view(useless, call)
        .await
        .err()
        .unwrap()
        .expect::<NoQuorum>();

    // Submissions go to the member they name.
    stage
        .source
        .rpc("evm_mine", serde_json::json!([]))
        .await
        .unwrap();
    let next = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(next).await.unwrap();
    let submission = stage.submission(&rlp, header.hash_slow());
    let members = stage
        .target
        .view(combined, ICombined::membersCall {})
        .await
        .unwrap();
    let index = members
        .iter()
        .position(|member| *member == stage.notary)
        .unwrap() as u64;
    let wrapped: Bytes = (99u64, submission.clone()).abi_encode_params().into();
    let refused = ICombined::submitHeaderCall {
        submission: wrapped,
    };
    let error = stage
        .target
        .call(combined, refused.abi_encode())
        .await
        .unwrap_err()
        .expect::<UnknownMember>();
    assert_eq!(error.index, 99);
    let wrapped: Bytes = (index, submission).abi_encode_params().into();
    stage
        .target
        .send(
            combined,
            ICombined::submitHeaderCall {
                submission: wrapped,
            },
        )
        .await
        .unwrap();
    let answer = stage
        .target
        .view(combined, ICombined::stateRootCall { blockNumber: next })
        .await
        .unwrap();
    assert_eq!(answer.stateRoot, header.state_root);

    let program = System::deploy_program(&stage.target, &smartsync_artifacts::COMBINED)
        .await
        .unwrap();
    for (members, threshold, gas_cap) in [
        (vec![], 1, GAS_CAP),
        (vec![short], 2, GAS_CAP),
        (vec![short], 0, GAS_CAP),
        (vec![short], 1, 0),
        (vec![short, short], 1, GAS_CAP),
        (vec![Address::ZERO], 1, GAS_CAP),
    ] {
        let initialize = ICombined::initializeCall {
            members,
            threshold,
            gasCap: gas_cap,
        }
        .abi_encode();
        let constructor = [
            smartsync_abi::CONSTRUCTOR_SELECTOR.as_slice(),
            &initialize[4..],
        ]
        .concat();
        stage
            .target
            .call(program, constructor)
            .await
            .unwrap_err()
            .expect::<InvalidMembers>();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_takes_no_short_zero_or_missing_answer_of_its_root_source_for_a_state_root() {
    let stage = Stage::start().await.unwrap();
    let mirror = mirrored(&stage).await;
    let block = stage.source.block_number().await.unwrap();
    let proof = smartsync_tests::account_proof(
        &stage.source.proof(mirror.source, &[], block).await.unwrap(),
    );
    let short = stage.on_target(&ShortRoot::BYTECODE, []).await.unwrap();
    let zero = stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap();
    let tell = ToldRoot::tellCall {
        number: block,
        root: B256::ZERO,
        timestamp: 1,
    };
    stage.target.send(zero, tell).await.unwrap();
    for root_source in [short, zero, Address::repeat_byte(0x99)] {
        let system = stage.on_root_source(root_source).await.unwrap();
        let logic = system.deploy_logic(mirror.source).await.unwrap();
        let create = IRegistry::createCall {
            source: mirror.source,
            logic,
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
