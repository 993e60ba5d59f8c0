//! A root source over several others.

use alloy_primitives::{Address, B256, Bytes, U256, bytes};
use alloy_sol_types::{SolCall, SolError, SolValue};
use smartsync_abi::{
    ICombined::{self, InvalidMembers, NoQuorum, TooLittleGas, UnknownMember},
    IProgramErrors::AlreadyInitialized,
    IRootSource::MalformedSubmission,
};
use smartsync_tests::{
    BurningRoot, CallError, ShortRoot, Stage, System, ThirstyRoot, ToldRoot, request,
};

use crate::moves::least_gas;

const GAS_CAP: u64 = 200_000;

/// A root source that answers what it is told to, of one block.
async fn told(stage: &Stage, number: u64, root: B256, timestamp: u64) -> Address {
    let member = stage.on_target(&ToldRoot::BYTECODE, []).await.unwrap();
    tell(stage, member, number, root, timestamp).await;
    member
}

async fn tell(stage: &Stage, member: Address, number: u64, root: B256, timestamp: u64) {
    stage.tell(member, number, root, timestamp).await.unwrap();
}

/// The constructor's calldata.
fn constructor(initialize: &ICombined::initializeCall) -> Vec<u8> {
    [
        smartsync_abi::CONSTRUCTOR_SELECTOR.as_slice(),
        &initialize.abi_encode()[4..],
    ]
    .concat()
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
        let root = B256::repeat_byte(root);
        stage.tell(member, number, root, timestamp).await.unwrap();
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
    let split = combine(&stage, &told, 3).await;
    let error = stage
        .target
        .view(split, ICombined::stateRootCall { blockNumber: 5 })
        .await
        .err()
        .unwrap();
    assert_eq!(error.expect::<NoQuorum>().blockNumber, 5);
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
    let head = stage.source.header(block).await.unwrap().0;
    let agreeing = [
        told(&stage, block, head.state_root, head.timestamp).await,
        told(&stage, block, head.state_root, head.timestamp).await,
    ];
    let members = [short, burning, stage.notary, agreeing[0], agreeing[1]];
    let combined = combine(&stage, &members, 3).await;
    let answer = stage.target.view(combined, call.clone()).await.unwrap();
    assert_eq!(
        answer.stateRoot,
        stage.source.header(block).await.unwrap().0.state_root
    );
    let useless = combine(&stage, &[short, burning, nobody], 2).await;
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
    // Of three it may have reached any block: the answer is the higher one of the others'.
    let behind = told(&stage, 1, B256::repeat_byte(0xcc), 1).await;
    for silent in [burning, nobody] {
        let enough = combine(&stage, &[silent, stage.notary, behind], 2).await;
        let latest = stage.target.view(enough, ICombined::latestBlockCall {});
        assert_eq!(latest.await.unwrap(), block, "{silent}");
    }

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
    for nobody in [members.len() as u64, 99] {
        let wrapped: Bytes = (nobody, submission.clone()).abi_encode_params().into();
        let refused = ICombined::submitHeaderCall {
            submission: wrapped,
        };
        let refused = stage.target.call(combined, refused.abi_encode()).await;
        let error = refused.unwrap_err().expect::<UnknownMember>();
        assert_eq!(error.index, nobody);
    }
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
    for member in agreeing {
        tell(&stage, member, next, header.state_root, header.timestamp).await;
    }
    let answer = stage
        .target
        .view(combined, ICombined::stateRootCall { blockNumber: next })
        .await
        .unwrap();
    assert_eq!(answer.stateRoot, header.state_root);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_combined_source_is_constructed_once_and_with_a_threshold_of_more_than_half() {
    let stage = Stage::start().await.unwrap();
    let program = System::deploy_program(&stage.target, &smartsync_artifacts::COMBINED)
        .await
        .unwrap();
    let member = |n: u8| Address::repeat_byte(n);
    for (members, threshold, gas_cap) in [
        (vec![], 1, GAS_CAP),
        (vec![member(1)], 2, GAS_CAP),
        (vec![member(1)], 0, GAS_CAP),
        (vec![member(1)], 1, 0),
        (vec![member(1), member(1)], 2, GAS_CAP),
        (vec![Address::ZERO], 1, GAS_CAP),
        // Two different answers could have a quorum.
        (vec![member(1), member(2)], 1, GAS_CAP),
        (vec![member(1), member(2), member(3)], 1, GAS_CAP),
        ((1..=4).map(member).collect(), 2, GAS_CAP),
        ((1..=32).map(member).collect(), 16, GAS_CAP),
        ((1..=33).map(member).collect(), 17, GAS_CAP),
    ] {
        let initialize = ICombined::initializeCall {
            members,
            threshold,
            gasCap: gas_cap,
        };
        let refused = stage.target.call(program, constructor(&initialize)).await;
        refused.unwrap_err().expect::<InvalidMembers>();
    }
    let again = ICombined::initializeCall {
        members: vec![member(9)],
        threshold: 1,
        gasCap: 1,
    };
    for (count, threshold) in [(1, 1), (2, 2), (3, 2), (32, 17)] {
        let members: Vec<_> = (1..=count).map(member).collect();
        let combined = combine(&stage, &members, threshold).await;
        let refused = stage.target.call(combined, constructor(&again)).await;
        refused.unwrap_err().expect::<AlreadyInitialized>();
        let kept = stage.target.view(combined, ICombined::membersCall {}).await;
        assert_eq!(kept.unwrap(), members);
        let kept = stage.target.view(combined, ICombined::thresholdCall {});
        assert_eq!(kept.await.unwrap(), threshold);
        let kept = stage.target.view(combined, ICombined::gasCapCall {}).await;
        assert_eq!(kept.unwrap(), GAS_CAP);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_gas_limit_silences_a_member() {
    let stage = Stage::start().await.unwrap();
    // One member answers only when it is given most of the cap: with less it would fail.
    let thirsty = stage.on_target(&ThirstyRoot::BYTECODE, []).await.unwrap();
    let same = told(&stage, 5, B256::with_last_byte(0xaa), 50).await;
    let other = told(&stage, 5, B256::with_last_byte(0xbb), 50).await;
    tell(&stage, other, 9, B256::with_last_byte(0xbb), 90).await;
    let combined = combine(&stage, &[thirsty, same, other], 2).await;
    let state_root = ICombined::stateRootCall { blockNumber: 5 }.abi_encode();
    let state_root_answer = stage.target.call(combined, state_root.clone()).await;
    let state_root_answer = state_root_answer.unwrap();
    assert_eq!(state_root_answer[..32], B256::with_last_byte(0xaa)[..]);
    // Of 5, 7 and 9 the second; with the thirsty one silenced it would be 5 or 9.
    let latest = ICombined::latestBlockCall {}.abi_encode();
    let latest_answer = stage.target.call(combined, latest.clone()).await.unwrap();
    assert_eq!(u64::abi_decode(&latest_answer), Ok(7));
    let mut refusals = 0;
    for (data, answer) in [(state_root, state_root_answer), (latest, latest_answer)] {
        let with = |gas: u64| {
            let request = request(combined, data.clone().into()).gas_limit(21_000 + gas);
            stage.target.call_with(request)
        };
        let mut enough = 0;
        let mut check = async |gas: u64| match with(gas).await {
            Ok(found) => {
                assert_eq!(found, answer, "with {gas} gas");
                true
            }
            Err(CallError::Reverted(data)) if !data.is_empty() => {
                let selector = data.first_chunk::<4>().copied();
                assert_eq!(selector, Some(TooLittleGas::SELECTOR), "with {gas} gas");
                refusals += 1;
                false
            }
            // Out of gas in the program itself.
            Err(_) => false,
        };
        for gas in (20_000..700_000).step_by(5_000) {
            if check(gas).await {
                enough = gas;
                break;
            }
        }
        assert!(enough > 0, "no limit is enough");
        // Densely, where the last members are called and the call ends.
        for gas in (enough - 12_000..enough + 3_000).step_by(23) {
            check(gas).await;
        }
    }
    assert!(refusals > 100, "{refusals} limits gave a member too little");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_its_whole_gas_or_is_not_asked() {
    let stage = Stage::start().await.unwrap();
    // GAS, PUSH0, MSTORE; PUSH1 1, PUSH1 32, MSTORE; PUSH1 64, PUSH0, RETURN: what it is given is the root that it says.
    let (member, code) = (
        Address::repeat_byte(0x6a),
        bytes!("5a5f52600160205260405ff3"),
    );
    stage.target.set_code(member, code).await.unwrap();
    let combined = combine(&stage, &[member], 1).await;
    let data = ICombined::stateRootCall { blockNumber: 5 }.abi_encode();
    let request = request(combined, data.into());
    let whole = stage.target.call_with(request.clone()).await.unwrap();
    // GAS itself costs 2.
    assert_eq!(whole[..32], B256::from(U256::from(GAS_CAP - 2))[..]);
    let least = least_gas(&stage.target, &request).await;
    for gas in least..least + 300 {
        let answer = stage.target.call_with(request.clone().gas_limit(gas)).await;
        assert_eq!(answer.unwrap(), whole, "with {gas} gas");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_members_revert_with_or_answer_short_is_no_answer_however_many_agree() {
    let stage = Stage::start().await.unwrap();
    // PUSH1 0xaa, PUSH0, MSTORE; PUSH1 1, PUSH1 32, MSTORE; then 64 bytes as revert data, 63 and 31 as answers, none of the right length.
    for end in ["60405ffd", "603f5ff3", "601f5ff3"] {
        let mut members = Vec::new();
        for number in [0x6a, 0x6b] {
            let member = Address::repeat_byte(number);
            stage
                .target
                .set_code(member, format!("0x60aa5f526001602052{end}"))
                .await
                .unwrap();
            members.push(member);
        }
        let combined = combine(&stage, &members, 2).await;
        let root = ICombined::stateRootCall { blockNumber: 5 };
        let root = stage.target.view(combined, root).await;
        assert_eq!(
            root.err().unwrap().expect::<NoQuorum>().blockNumber,
            5,
            "{end}"
        );
        if end != "603f5ff3" {
            let latest = stage.target.view(combined, ICombined::latestBlockCall {});
            let error = latest.await.unwrap_err().expect::<NoQuorum>();
            assert_eq!(error.blockNumber, 0, "{end}");
        }
    }
}

/// A program that opens WASM pages before it calls.
pub async fn page_opener(stage: &Stage) -> Address {
    let wasm = wat::parse_str(include_str!("../fixtures/programs/page_opener.wat")).unwrap();
    let artifact = smartsync_artifacts::Artifact {
        name: "page opener",
        wasm: wasm.leak(),
    };
    let deployed = System::deploy_program(&stage.target, &artifact).await;
    deployed.unwrap()
}

/// A member that is a Stylus program and silenced is not a member that knows nothing: it used to be, and with an EVM member that
/// lagged, `latestBlock` fell from 82 to 0 blocks ahead of a stale mirror.
#[tokio::test(flavor = "multi_thread")]
async fn no_number_of_open_pages_makes_another_answer_true_or_the_newest_block_older() {
    let stage = Stage::start().await.unwrap();
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let head = stage.source.header(block).await.unwrap().0;
    let same = told(&stage, block, head.state_root, head.timestamp).await;
    let lying = told(&stage, 1, B256::repeat_byte(0xbb), 1).await;
    let combined = combine(&stage, &[stage.notary, same, lying], 2).await;
    let opener = page_opener(&stage).await;
    let (mut answers, mut silenced) = (0, 0);
    for pages in 0..=126 {
        let call = async |data: Vec<u8>| {
            let input = [&[pages][..], combined.as_slice(), &data].concat();
            stage.target.call(opener, input).await
        };
        match call(ICombined::stateRootCall { blockNumber: block }.abi_encode()).await {
            Ok(answer) => {
                assert_eq!(answer[..32], head.state_root[..], "{pages} pages");
                answers += 1;
            }
            Err(CallError::Reverted(data)) if data.starts_with(&NoQuorum::SELECTOR) => {
                silenced += 1;
            }
            // Not enough gas for so many pages.
            Err(_) => {}
        }
        if let Ok(answer) = call(ICombined::latestBlockCall {}.abi_encode()).await {
            assert_eq!(u64::abi_decode(&answer), Ok(block), "{pages} pages");
        }
    }
    assert!(answers > 50, "{answers} numbers of pages leave an answer");
    assert!(
        silenced > 5,
        "{silenced} numbers of pages silence the notary"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_chooses_which_programs_are_activated_again_makes_no_newest_block_older() {
    let stage = Stage::start().await.unwrap();
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let head = stage.source.header(block).await.unwrap().0;
    let same = told(&stage, block, head.state_root, head.timestamp).await;
    let behind = told(&stage, 1, B256::repeat_byte(0xbb), 1).await;
    let combined = combine(&stage, &[stage.notary, same, behind], 2).await;
    let year = serde_json::json!([366 * 24 * 3_600]);
    stage.target.rpc("evm_increaseTime", year).await.unwrap();
    stage.target.mine().await.unwrap();
    System::activate(&stage.target, combined).await.unwrap();
    let state_root = ICombined::stateRootCall { blockNumber: block };
    let refused = stage.target.view(combined, state_root.clone()).await;
    assert_eq!(
        refused.err().unwrap().expect::<NoQuorum>().blockNumber,
        block
    );
    let latest = stage.target.view(combined, ICombined::latestBlockCall {});
    assert_eq!(latest.await.unwrap(), block);

    System::activate(&stage.target, stage.notary).await.unwrap();
    let answer = stage.target.view(combined, state_root).await.unwrap();
    assert_eq!(answer.stateRoot, head.state_root);
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
