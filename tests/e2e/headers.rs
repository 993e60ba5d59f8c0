//! The header store that root sources share: when it believes, and how far ahead a header may be.

use alloy::consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use serde_json::json;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    INotary::{self, WrongSignatureCount},
    IParentChain::{self, WrongBuffer},
    IProgramErrors::AlreadyInitialized,
    IRegistry::{self, NotNewer},
    IRootSource::{HeaderFromFuture, HeaderTooFarAhead, InvalidBlockTime, UnknownBlock},
};
use smartsync_tests::{BlockHashBuffer, CallError, Chain, PRIVATE_KEYS, Stage, System, request};

/// Half of what a block of the source takes here, in milliseconds.
const MIN_BLOCK_TIME: u64 = 6_000;
/// What the numbers of headers may be ahead: an hour's worth.
const AHEAD: u64 = 3_600_000 / MIN_BLOCK_TIME;

/// A registry on a notary of one signer, the first account, that knows how fast the source is.
async fn paced(stage: &Stage) -> System {
    with_block_time(stage, MIN_BLOCK_TIME).await
}

async fn with_block_time(stage: &Stage, min_block_time: u64) -> System {
    let initialize = INotary::initializeCall {
        sourceChainId: U256::from(31_337),
        signers: vec![Chain::account(0)],
        threshold: 1,
        minBlockTime: min_block_time,
    };
    let notary =
        System::deploy_constructed(&stage.target, &smartsync_artifacts::NOTARY, initialize).await;
    let notary = notary.unwrap();
    let mut system = stage.on_root_source(notary).await.unwrap();
    system.notary = notary;
    system
}

/// A header of the signer's own making.
fn forge(honest: &Header, number: u64, timestamp: u64) -> Header {
    Header {
        number,
        timestamp,
        ..honest.clone()
    }
}

/// The call that submits a header, signed by one key.
fn submission(
    system: &System,
    header: &Header,
    key: usize,
    epoch: u64,
) -> INotary::submitHeaderCall {
    let rlp = Bytes::from(alloy_rlp::encode(header));
    INotary::submitHeaderCall {
        submission: system.signed(&rlp, header.hash_slow(), &PRIVATE_KEYS[key..=key], epoch),
    }
}

async fn pass(chain: &Chain, seconds: u64) {
    chain
        .rpc("evm_increaseTime", json!([seconds]))
        .await
        .unwrap();
    chain.mine().await.unwrap();
}

async fn latest(system: &System) -> u64 {
    let latest = system
        .target
        .view(system.notary, INotary::latestBlockCall {});
    latest.await.unwrap()
}

fn constructor(initialize: &impl SolCall) -> Vec<u8> {
    [
        CONSTRUCTOR_SELECTOR.as_slice(),
        &initialize.abi_encode()[4..],
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_block_number_is_ahead_by_more_than_an_hour_s_blocks_and_the_time_since() {
    let stage = Stage::start().await.unwrap();
    let system = paced(&stage).await;
    stage.source.mine().await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (honest, _) = stage.source.header(block).await.unwrap();
    let time = honest.timestamp;
    let submit = async |number: u64, timestamp: u64| {
        let call = submission(&system, &forge(&honest, number, timestamp), 0, 0);
        let answer = stage.target.call(system.notary, call.abi_encode()).await;
        match answer {
            Ok(_) => stage
                .target
                .send(system.notary, call)
                .await
                .map(drop)
                .unwrap(),
            Err(error) => return Err(error),
        }
        Ok(())
    };
    let refused = async |number: u64, timestamp: u64| {
        let error = submit(number, timestamp).await.unwrap_err();
        let error = error.expect::<HeaderTooFarAhead>();
        assert_eq!(error.blockNumber, number);
        error.highestAllowed
    };
    submit(block, time).await.unwrap();
    let highest = block + AHEAD;
    for number in [highest + 1, u64::MAX - 1, u64::MAX] {
        assert_eq!(refused(number, time).await, highest);
    }
    // An older timestamp is worth less, and a block below the highest known one is not ahead.
    assert_eq!(refused(highest, time - 6).await, highest - 1);
    submit(highest, time).await.unwrap();
    submit(highest - 1, time).await.unwrap();
    assert_eq!(latest(&system).await, highest);
    // Nothing is left, however often it is tried.
    assert_eq!(refused(highest + 1, time).await, highest);
    // A timestamp from the future is worth no more than the present.
    pass(&stage.target, 600).await;
    let allowed = refused(u64::MAX, time + 3_600).await;
    assert!((100..130).contains(&(allowed - highest)), "{allowed}");

    // A slower chain saves nothing up.
    pass(&stage.target, 1_000_000).await;
    let later = time + 1_000_000;
    submit(highest + 1, later).await.unwrap();
    assert_eq!(refused(u64::MAX, later).await, highest + 1 + AHEAD);
    // And one that is as fast as it may be is never refused.
    for blocks in [1, 10, 90] {
        submit(highest + 1 + blocks, later + 6 * blocks)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_header_has_any_number_and_the_next_is_measured_by_it() {
    let stage = Stage::start().await.unwrap();
    let system = paced(&stage).await;
    let (honest, _) = stage.source.header(0).await.unwrap();
    let time = honest.timestamp;
    let numbered = |number: u64| submission(&system, &forge(&honest, number, time), 0, 0);
    // As many blocks as seconds since 1970: more than a chain makes whose blocks take longer than a second.
    let first = numbered(time);
    stage.target.send(system.notary, first).await.unwrap();
    let next = numbered(time + AHEAD + 1).abi_encode();
    let error = stage.target.call(system.notary, next).await.unwrap_err();
    assert_eq!(
        error.expect::<HeaderTooFarAhead>().highestAllowed,
        time + AHEAD
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_s_stamp_has_every_byte_and_an_hour_has_every_millisecond() {
    let stage = Stage::start().await.unwrap();
    let system = with_block_time(&stage, 1).await;
    stage.source.mine().await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (honest, _) = stage.source.header(block).await.unwrap();
    let send = submission(&system, &honest, 0, 0);
    stage.target.send(system.notary, send).await.unwrap();
    let storage = stage.target.storage(system.notary).await.unwrap();
    // Mappings 17 and 18, by the layout of Solidity.
    let stored = |mapping: u64| {
        let slot = keccak256((block, mapping).abi_encode());
        storage[&U256::from_be_bytes(slot.0)]
    };
    assert_eq!(stored(17), U256::from_be_bytes(honest.state_root.0));
    let stamp = [
        &honest.timestamp.to_be_bytes()[3..],
        &honest.parent_hash[..24],
        &honest.hash_slow()[..3],
    ]
    .concat();
    assert_eq!(stored(18), U256::from_be_slice(&stamp));

    let ahead = async |blocks: u64| {
        let header = forge(&honest, block + blocks, honest.timestamp);
        let call = submission(&system, &header, 0, 0).abi_encode();
        stage.target.call(system.notary, call).await
    };
    let error = ahead(3_600_001).await.unwrap_err();
    let error = error.expect::<HeaderTooFarAhead>();
    assert_eq!(error.highestAllowed, block + 3_600_000);
    ahead(3_600_000).await.unwrap();
}

/// One forged header of number 2^64 - 1 used to stop every mirror that was synced to it for ever, also after a rotation to honest signers.
#[tokio::test(flavor = "multi_thread")]
async fn mirrors_go_on_within_hours_after_a_bad_quorum_is_rotated_away() {
    let stage = Stage::start().await.unwrap();
    let system = paced(&stage).await;
    let source = stage.self_reader(6).await.unwrap();
    let mirror = system.migrate(source).await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (honest, _) = stage.source.header(block).await.unwrap();

    let forged = forge(&honest, block + AHEAD, honest.timestamp);
    let send = async |call: INotary::submitHeaderCall| {
        stage
            .target
            .send(system.notary, call)
            .await
            .map(drop)
            .unwrap();
    };
    send(submission(&system, &forged, 0, 0)).await;
    let mut sync = system.proven_sync(mirror, block, &[]).await.unwrap();
    sync.sourceBlock = forged.number;
    stage.target.send(system.registry, sync).await.unwrap();
    assert_eq!(
        system.record(mirror).await.unwrap().sourceBlock,
        forged.number
    );

    let signers = vec![Chain::account(1)];
    let rotate = system.rotation(signers, 1, 0, &PRIVATE_KEYS[..1]);
    stage.target.send(system.notary, rotate).await.unwrap();
    let reach = async |number: u64| {
        let mined = number - stage.source.block_number().await.unwrap();
        let blocks = json!([format!("{mined:#x}"), "0xc"]);
        stage.source.rpc("hardhat_mine", blocks).await.unwrap();
        let (header, _) = stage.source.header(number).await.unwrap();
        send(submission(&system, &header, 1, 1)).await;
        let sync = system.proven_sync(mirror, number, &[]).await.unwrap();
        stage
            .target
            .call(system.registry, sync.abi_encode())
            .await
            .map(drop)
    };
    // Until the source has come so far, its blocks are known and the mirror waits.
    pass(&stage.target, 12 * AHEAD / 2).await;
    let error = reach(block + AHEAD / 2).await.unwrap_err();
    error.expect::<NotNewer>();
    pass(&stage.target, 12 * AHEAD / 2).await;
    assert_eq!(reach(forged.number + 1).await, Ok(()));
    // Two hours, at twice the least time of a block.
    let (after, _) = stage.source.header(forged.number + 1).await.unwrap();
    assert!(after.timestamp - honest.timestamp < 2 * 3_600 + 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_may_be_an_hour_ahead_of_the_target_s_clock_and_no_second_more() {
    let stage = Stage::start().await.unwrap();
    let block = stage.source.mine().await.unwrap();
    let block = stage.source.block_number().await.unwrap().max(block);
    let (honest, _) = stage.source.header(block).await.unwrap();
    let now = honest.timestamp + 10_000;
    for (seconds, accepted) in [(3_601, false), (3_600, true)] {
        let at = now + 100 * u64::from(accepted);
        let header = forge(&honest, block, at + seconds);
        let call = submission(&stage, &header, 0, 0).abi_encode();
        let next = json!([at]);
        stage
            .target
            .rpc("evm_setNextBlockTimestamp", next)
            .await
            .unwrap();
        let request = request(stage.notary, call.clone().into()).gas_limit(2_000_000);
        let receipt = stage.target.transact(request).await.unwrap();
        assert_eq!(receipt.status(), accepted, "{seconds} seconds ahead");
    }
    let header = forge(&honest, block + 1, now + 100_000);
    let call = submission(&stage, &header, 0, 0).abi_encode();
    let error = stage.target.call(stage.notary, call).await.unwrap_err();
    let error = error.expect::<HeaderFromFuture>();
    assert_eq!(error.timestamp, header.timestamp);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_source_is_constructed_once_and_believes_nothing_before() {
    let stage = Stage::start().await.unwrap();
    let buffer = stage
        .on_target(&BlockHashBuffer::BYTECODE, [])
        .await
        .unwrap();
    let notary = |minimum: u64| INotary::initializeCall {
        sourceChainId: U256::from(31_337),
        signers: vec![Chain::account(0)],
        threshold: 1,
        minBlockTime: minimum,
    };
    let parent_chain = |minimum: u64| IParentChain::initializeCall {
        buffer,
        bufferCodeHash: B256::ZERO,
        minBlockTime: minimum,
    };
    stage.source.mine().await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();
    for (artifact, none, some) in [
        (
            smartsync_artifacts::NOTARY,
            constructor(&notary(0)),
            constructor(&notary(7)),
        ),
        (
            smartsync_artifacts::PARENT_CHAIN,
            constructor(&parent_chain(0)),
            constructor(&parent_chain(7)),
        ),
    ] {
        let name = artifact.name;
        let program = System::deploy_program(&stage.target, &artifact)
            .await
            .unwrap();
        let submit = async |evidence: bool| {
            let mut system = System::clone(&stage);
            system.notary = program;
            let submission = match (name, evidence) {
                ("notary", true) => system.submission(&rlp, header.hash_slow()),
                ("notary", false) => system.signed(&rlp, header.hash_slow(), &[], 0),
                _ => rlp.clone(),
            };
            let call = INotary::submitHeaderCall { submission };
            stage.target.call(program, call.abi_encode()).await
        };
        for evidence in [false, true] {
            let error = submit(evidence).await.unwrap_err();
            match name {
                "notary" => assert_eq!(error.expect::<WrongSignatureCount>().required, 0),
                _ => assert_eq!(error.expect::<WrongBuffer>().buffer, Address::ZERO),
            }
        }
        let known = INotary::stateRootCall { blockNumber: 0 };
        let error = stage.target.view(program, known).await.err().unwrap();
        error.expect::<UnknownBlock>();

        let refused = stage.target.call(program, none).await.unwrap_err();
        refused.expect::<InvalidBlockTime>();
        let construct = request(program, some.clone().into());
        stage.target.send_request(construct).await.unwrap();
        let error = stage.target.call(program, some).await.unwrap_err();
        error.expect::<AlreadyInitialized>();
        let minimum = stage.target.view(program, INotary::minBlockTimeCall {});
        assert_eq!(minimum.await.unwrap(), 7, "{name}");
        let latest = stage.target.view(program, INotary::latestBlockCall {});
        assert_eq!(latest.await.unwrap(), 0, "{name}");
    }
}

/// The buffer's developers say that an upgrade of ArbOS may overwrite it.
#[tokio::test(flavor = "multi_thread")]
async fn a_buffer_whose_code_changes_is_refused_where_it_is_pinned_and_believed_where_it_is_not() {
    let stage = Stage::start().await.unwrap();
    let buffer = stage
        .on_target(&BlockHashBuffer::BYTECODE, [])
        .await
        .unwrap();
    let code = stage.target.code(buffer).await.unwrap();
    let code_hash = keccak256(&code);
    let initialize = |buffer: Address, code_hash: B256| IParentChain::initializeCall {
        buffer,
        bufferCodeHash: code_hash,
        minBlockTime: 1,
    };
    let artifact = &smartsync_artifacts::PARENT_CHAIN;
    let deploy = |code_hash: B256| {
        System::deploy_constructed(&stage.target, artifact, initialize(buffer, code_hash))
    };
    let pinned = deploy(code_hash).await.unwrap();
    let trusted = deploy(B256::ZERO).await.unwrap();
    for (root_source, expected) in [(pinned, code_hash), (trusted, B256::ZERO)] {
        let found = stage
            .target
            .view(root_source, IParentChain::bufferCodeHashCall {});
        assert_eq!(found.await.unwrap(), expected);
    }
    // No code is no buffer, whether or not an account is there.
    let program = System::deploy_program(&stage.target, artifact)
        .await
        .unwrap();
    for nobody in [Address::repeat_byte(0x99), Chain::account(0)] {
        for expected in [B256::ZERO, code_hash] {
            let call = constructor(&initialize(nobody, expected));
            let error = stage.target.call(program, call).await.unwrap_err();
            let error = error.expect::<WrongBuffer>();
            assert_eq!((error.buffer, error.expected), (nobody, expected));
        }
    }

    stage.source.mine().await.unwrap();
    let block = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();
    let push = BlockHashBuffer::pushCall {
        number: U256::from(block),
        blockHash: header.hash_slow(),
    };
    stage.target.send(buffer, push).await.unwrap();
    let submit = IRegistry::submitHeaderCall { submission: rlp }.abi_encode();
    let set = async |code: Bytes| {
        stage.target.set_code(buffer, code).await.unwrap();
    };
    let upgraded = Bytes::from([&code[..], &[0]].concat());
    set(upgraded.clone()).await;
    let found = keccak256(&upgraded);
    let error = stage.target.call(pinned, submit.clone()).await.unwrap_err();
    let error = error.expect::<WrongBuffer>();
    assert_eq!(
        (error.buffer, error.expected, error.found),
        (buffer, code_hash, found)
    );
    set(Bytes::new()).await;
    let error: CallError = stage
        .target
        .call(trusted, submit.clone())
        .await
        .unwrap_err();
    assert_eq!(error.expect::<WrongBuffer>().expected, B256::ZERO);
    set(upgraded).await;
    let submit = IRegistry::submitHeaderCall::abi_decode(&submit).unwrap();
    stage.target.send(trusted, submit.clone()).await.unwrap();
    // What is known needs no buffer.
    set(Bytes::new()).await;
    stage.target.send(trusted, submit).await.unwrap();
    let known = IParentChain::stateRootCall { blockNumber: block };
    let known = stage.target.view(trusted, known).await.unwrap();
    assert_eq!(known.stateRoot, header.state_root);
}
