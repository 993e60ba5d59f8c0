//! Calls that are no calls of the registry's functions.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    INotary,
    IProgramErrors::{MalformedCalldata, UnknownSelector, WrongValue},
    IProofErrors::{InvalidProof, MalformedMultiProof},
    IProxy::NotAClone,
    IRegistry,
};
use smartsync_tests::{Stage, System, request};

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_no_function_takes_are_refused() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
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
    stage.set(mirror.source, 2).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let sync = stage
        .proven_sync(mirror, block, &[U256::ZERO])
        .await
        .unwrap()
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
    // The constructor's parameters are described by a function that there is not.
    let initialize =
        System::initialize(U256::from(31_337), stage.notary, stage.programs()).abi_encode();
    call(initialize)
        .await
        .unwrap_err()
        .expect::<UnknownSelector>();
    // What is no submission goes to no root source, not even to one that takes anything.
    let careless = Address::repeat_byte(0x6a);
    stage.target.set_code(careless, "0x00").await.unwrap();
    let system = stage.on_root_source(careless).await.unwrap();
    let submission = IRegistry::submitHeaderCall {
        submission: vec![7; 40].into(),
    }
    .abi_encode();
    let submit = |length: usize| {
        let data = submission[..length].to_vec();
        stage.target.call(system.registry, data)
    };
    submit(submission.len()).await.unwrap();
    for length in [4, 36, 68, 100] {
        let error = submit(length).await.unwrap_err();
        error.expect::<MalformedCalldata>();
    }
    // The program itself is nobody's mirror.
    stage
        .target
        .call(stage.program, vec![1, 2, 3, 4])
        .await
        .unwrap_err()
        .expect::<NotAClone>();
}

/// Every head word and length of a call replaced by offsets and lengths that lead nowhere, or back.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_and_lengths_that_lead_outside_the_calldata_are_malformed_and_change_nothing() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    stage.set(mirror.source, 2).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let honest = stage
        .proven_sync(mirror, block, &[U256::ZERO])
        .await
        .unwrap();
    let many = IRegistry::syncManyCall {
        sourceBlock: block,
        allOrNothing: false,
        nodes: honest.accountProof.clone(),
        items: vec![IRegistry::SyncItem {
            proxy: mirror.proxy,
            fromBlock: 0,
            accountProof: (0..honest.accountProof.len() as u16)
                .flat_map(u16::to_be_bytes)
                .collect(),
            multiProof: honest.multiProof.clone(),
        }],
    };
    let load = IRegistry::loadCall {
        proxy: mirror.proxy,
        slots: vec![U256::ONE],
        values: vec![U256::ONE],
    };
    let multicall = IRegistry::multicallCall {
        calls: vec![honest.abi_encode().into()],
    };
    let huge = [
        U256::MAX,
        U256::ONE << 255,
        U256::from(u64::MAX),
        (U256::ONE << 64) - U256::from(31),
        U256::from(u32::MAX),
        (U256::ONE << 32) - U256::from(4),
        U256::from(1_000_000),
    ];
    // Places of offsets and lengths, in words behind the selector.
    let nodes = honest.accountProof.len();
    for (call, places) in [
        (honest.abi_encode(), vec![2, 3, 4, 5, 5 + nodes]),
        (many.abi_encode(), vec![1, 2, 3, 4]),
        (load.abi_encode(), vec![1, 2, 3, 5]),
        (multicall.abi_encode(), vec![0, 1, 2, 3]),
    ] {
        for place in places {
            for word in huge {
                let mut bent = call.clone();
                let at = 4 + 32 * place;
                bent[at..at + 32].copy_from_slice(&word.to_be_bytes::<32>());
                let error = stage.target.call(stage.registry, bent).await.unwrap_err();
                error.expect::<MalformedCalldata>();
            }
        }
    }
    // Addresses and block numbers outside their range.
    for (place, byte) in [(0, 11), (0, 0), (1, 23), (1, 0)] {
        let mut bent = honest.abi_encode();
        bent[4 + 32 * place + byte] = 1;
        let error = stage.target.call(stage.registry, bent).await.unwrap_err();
        error.expect::<MalformedCalldata>();
    }
    stage.target.send(stage.registry, honest).await.unwrap();
}

/// Arguments that share bytes are as good as others, as in Solidity: they are read, not trusted.
#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_share_bytes_are_what_they_say() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    stage.set(mirror.source, 2).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let honest = stage
        .proven_sync(mirror, block, &[U256::ZERO])
        .await
        .unwrap();
    // Two calls of a multicall at the same place: the second one finds the mirror at the block already.
    let status = IRegistry::statusCall {
        proxy: mirror.proxy,
    };
    let mut twice = IRegistry::multicallCall {
        calls: vec![status.abi_encode().into(), status.abi_encode().into()],
    }
    .abi_encode();
    let element = |index: usize| 4 + 32 * (2 + index);
    twice.copy_within(element(0)..element(1), element(1));
    let answer = stage.target.call(stage.registry, twice).await.unwrap();
    let results = IRegistry::multicallCall::abi_decode_returns(&answer).unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0], results[1]);
    // An account proof of 33 offsets, each of which leads to the first of them for the length: empty nodes are no proof, but they are nodes.
    let create = IRegistry::createCall {
        source: mirror.source,
        sourceBlock: block,
        accountProof: Vec::new(),
    };
    let mut nodes = create.abi_encode();
    *nodes.last_mut().unwrap() = 33;
    nodes.resize(nodes.len() + 33 * 32, 0);
    let nodes = request(stage.registry, nodes.into()).value(U256::ONE);
    let error = stage.target.call_with(nodes).await.unwrap_err();
    error.expect::<InvalidProof>();
    // The multi-proof taken from the account proof's first node is one that is malformed.
    let mut shared = honest.abi_encode();
    let first_node = 4 * 32 + 32 + 32 * honest.accountProof.len();
    shared[4 + 3 * 32..4 + 4 * 32].copy_from_slice(&U256::from(first_node).to_be_bytes::<32>());
    let error = stage.target.call(stage.registry, shared).await.unwrap_err();
    error.expect::<MalformedMultiProof>();
    stage.target.send(stage.registry, honest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_program_refuses_what_it_does_not_know_and_any_value() {
    let stage = Stage::start().await.unwrap();
    let mut programs = vec![stage.registry, stage.notary, stage.codes];
    for program in [
        &smartsync_artifacts::VERIFIER,
        &smartsync_artifacts::PARENT_CHAIN,
        &smartsync_artifacts::COMBINED,
        &smartsync_artifacts::PROVER,
        &smartsync_artifacts::ROLLUP,
        &smartsync_artifacts::FEEDS,
    ] {
        programs.push(
            System::deploy_program(&stage.target, program)
                .await
                .unwrap(),
        );
    }
    for program in programs {
        let unknown = vec![0xde, 0xad, 0xbe, 0xef];
        let answer = stage.target.call(program, unknown.clone()).await;
        let error = answer.unwrap_err().expect::<UnknownSelector>();
        assert_eq!(error.selector.0.to_vec(), unknown);
        for short in [vec![], vec![1, 2, 3]] {
            let answer = stage.target.call(program, short).await;
            answer.unwrap_err().expect::<MalformedCalldata>();
        }
        // `stateRoot`, `verifyAccount` and so on need an argument at least; the registry's `program` needs none.
        let paid = IRegistry::programCall {}.abi_encode();
        let paid = match program == stage.registry {
            true => paid,
            false => INotary::latestBlockCall {}.abi_encode(),
        };
        let paid = request(program, paid.into()).value(U256::ONE);
        let error = stage.refused_request(paid).await.expect::<WrongValue>();
        assert_eq!((error.required, error.got), (U256::ZERO, U256::ONE));
    }
}
