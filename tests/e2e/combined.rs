//! A root source over several others.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_abi::{
    ICombined::{self, InvalidMembers, MembersDisagree, NoQuorum, TooLittleGas, UnknownMember},
    IRootSource::MalformedSubmission,
};
use smartsync_tests::{
    BurningRoot, CallError, ShortRoot, Stage, System, ThirstyRoot, ToldRoot, request,
};

const GAS_CAP: u64 = 200_000;

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

    // Of two that must agree one does not answer: then nobody can say how far the source is.
    let alone = combine(&stage, &[burning, stage.notary], 2).await;
    let latest = stage.target.view(alone, ICombined::latestBlockCall {});
    let error = latest.await.unwrap_err().expect::<NoQuorum>();
    assert_eq!(error.blockNumber, 0);
    let enough = combine(&stage, &[burning, stage.notary], 1).await;
    let latest = stage.target.view(enough, ICombined::latestBlockCall {});
    assert_eq!(latest.await.unwrap(), block);

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
async fn no_gas_limit_silences_a_member_so_that_the_others_are_believed() {
    let stage = Stage::start().await.unwrap();
    // Two members disagree, and one of them answers only when it is given most of the cap: with less it would fail, and
    // the other one alone would be a quorum of one.
    let thirsty = stage.on_target(&ThirstyRoot::BYTECODE, []).await.unwrap();
    let told = stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap();
    let tell = ToldRoot::tellCall {
        number: 5,
        root: B256::repeat_byte(0xbb),
        timestamp: 50,
    };
    stage.target.send(told, tell).await.unwrap();
    let split = combine(&stage, &[thirsty, told], 1).await;
    // And the other way round: two of two, the newest block being the lower one's.
    let both = combine(&stage, &[thirsty, told], 2).await;
    let state_root = ICombined::stateRootCall { blockNumber: 5 }.abi_encode();
    let latest = ICombined::latestBlockCall {}.abi_encode();
    let mut refusals = 0;
    for gas in (20_000..700_000).step_by(5_000) {
        let with = |to, data: &Vec<u8>| {
            let request = request(to, data.clone().into()).gas_limit(21_000 + gas);
            stage.target.call_with(request)
        };
        match with(split, &state_root).await {
            Ok(answer) => panic!("with {gas} gas, one member was silenced: {answer}"),
            Err(CallError::Reverted(data)) if !data.is_empty() => {
                let selector = data.first_chunk::<4>().copied();
                refusals += usize::from(selector == Some(TooLittleGas::SELECTOR));
                assert!(
                    matches!(
                        selector,
                        Some(TooLittleGas::SELECTOR | MembersDisagree::SELECTOR)
                    ),
                    "with {gas} gas: {data}"
                );
            }
            // Out of gas in the program itself.
            Err(_) => {}
        }
        // The thirsty one's newest block is 7, the other's 5; with one silenced, none of two would be reached.
        if let Ok(answer) = with(both, &latest).await {
            assert_eq!(u64::abi_decode(&answer), Ok(5), "with {gas} gas");
        }
    }
    assert!(refusals > 20, "{refusals} limits gave a member too little");
    let error = stage.target.call(split, state_root).await.unwrap_err();
    assert_eq!(error.expect::<MembersDisagree>().blockNumber, 5);
    let answer = stage.target.call(both, latest).await.unwrap();
    assert_eq!(u64::abi_decode(&answer), Ok(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_names_no_member_in_the_right_form_is_malformed() {
    let stage = Stage::start().await.unwrap();
    let combined = combine(&stage, &[stage.notary], 1).await;
    for submission in [vec![], vec![0; 32], vec![0xff; 96]] {
        let call = ICombined::submitHeaderCall {
            submission: submission.into(),
        };
        let answer = stage.target.call(combined, call.abi_encode()).await;
        answer.unwrap_err().expect::<MalformedSubmission>();
    }
}
