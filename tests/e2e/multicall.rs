//! Several calls of the registry in one transaction.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IProgramErrors::WrongValue,
    IRegistry::{self, NotInMulticall, Stale, Status, UnknownProxy},
    IRootSource::UnknownBlock,
};
use smartsync_tests::{NameRegistry, SelfReader, Stage, System, request};

#[tokio::test(flavor = "multi_thread")]
async fn a_multicall_is_all_or_nothing_and_counts_its_value_once() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let source = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let create = stage.create_call(source, block).await.unwrap();
    let create = Bytes::from(create.abi_encode());
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
async fn one_transaction_brings_the_header_syncs_two_mirrors_and_asks_whether_they_are_fresh() {
    let stage = Stage::start().await.unwrap();
    let mirrors = [
        stage.mirrored_reader(1).await.unwrap(),
        stage.mirrored_reader(2).await.unwrap(),
    ];
    for (mirror, value) in mirrors.iter().zip([11, 12]) {
        stage.set(mirror.source, value).await.unwrap();
    }
    let block = stage.source.block_number().await.unwrap();
    let (header, rlp) = stage.source.header(block).await.unwrap();
    let submission = stage.submission(&rlp, header.hash_slow());
    let mut calls: Vec<Bytes> = vec![
        IRegistry::submitHeaderCall { submission }
            .abi_encode()
            .into(),
    ];
    for mirror in mirrors {
        let sync = stage.proven_sync(mirror, block, &[U256::ZERO]);
        calls.push(sync.await.unwrap().abi_encode().into());
    }
    for mirror in mirrors {
        let fresh = IRegistry::requireFreshCall {
            proxy: mirror.proxy,
            maxAgeSeconds: 3_600,
            maxBlocksBehind: 0,
        };
        calls.push(fresh.abi_encode().into());
    }
    // Without the header, the first sync fails.
    let without = IRegistry::multicallCall {
        calls: calls[1..].to_vec(),
    };
    stage.refused(without).await.expect::<UnknownBlock>();
    // Without the second sync, that mirror is not fresh, and the first one's sync is undone with it.
    let mut stale = calls.clone();
    stale.remove(2);
    let stale = IRegistry::multicallCall { calls: stale };
    stage.refused(stale).await.expect::<Stale>();
    for (mirror, value) in mirrors.iter().zip([1, 2]) {
        let read = stage.target.view(mirror.proxy, SelfReader::valueCall {});
        assert_eq!(read.await.unwrap(), U256::from(value));
    }

    let all = IRegistry::multicallCall { calls };
    stage.target.send(stage.registry, all).await.unwrap();
    for (mirror, value) in mirrors.iter().zip([11, 12]) {
        let read = stage.target.view(mirror.proxy, SelfReader::valueCall {});
        assert_eq!(read.await.unwrap(), U256::from(value));
        assert_eq!(stage.record(*mirror).await.unwrap().sourceBlock, block);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_multicall_nor_a_read_nor_the_constructor_nests_in_a_multicall() {
    let stage = Stage::start().await.unwrap();
    let initialize = System::initialize(U256::from(31_337), stage.notary, stage.programs());
    for inner in [
        [&CONSTRUCTOR_SELECTOR, &initialize.abi_encode()[4..]].concat(),
        IRegistry::multicallCall { calls: vec![] }.abi_encode(),
        IRegistry::readCall {
            account: stage.notary,
            from: stage.notary,
            sourceBlock: 1,
            gas: u64::MAX,
            depth: 0,
            data: Bytes::new(),
        }
        .abi_encode(),
    ] {
        let selector = inner[..4].to_vec();
        let call = IRegistry::multicallCall {
            calls: vec![inner.into()],
        };
        let error = stage.refused(call).await.expect::<NotInMulticall>();
        assert_eq!(error.selector.0.to_vec(), selector);
    }
}
