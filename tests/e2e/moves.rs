//! What moves a mirror asks for: the source's recorded code, exact bounds, and all of its gas.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::json;
use smartsync_abi::IRegistry::{
    self, PartBlockHeld, RootSourceFailed, SourceCodeChanged, Status, SyncItem,
};
use smartsync_tests::{Mirror, Stage, numbered, request, storage_root};

/// A `syncMany` of one mirror, all or nothing.
async fn sync_one(stage: &Stage, mirror: Mirror, block: u64, from: u64) -> IRegistry::syncManyCall {
    let sync = stage.proven_sync(mirror, block, &[U256::ZERO]).await;
    let sync = sync.unwrap();
    IRegistry::syncManyCall {
        sourceBlock: block,
        allOrNothing: true,
        items: vec![SyncItem {
            proxy: mirror.proxy,
            fromBlock: from,
            accountProof: (0..sync.accountProof.len() as u16).collect(),
            multiProof: sync.multiProof,
        }],
        nodes: sync.accountProof,
    }
}

async fn proxy_of(stage: &Stage, mirror: Mirror) -> Address {
    let call = IRegistry::proxyOfCall {
        source: mirror.source,
    };
    stage.target.view(stage.registry, call).await.unwrap()
}

async fn set_code(stage: &Stage, mirror: Mirror, code: &Bytes) {
    let set = json!([mirror.source, code]);
    stage.source.rpc("anvil_setCode", set).await.unwrap();
}

/// `part`, `complete` and `syncMany` used to be tested with the source's own code alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_code_has_changed_is_refused_by_every_function_that_takes_its_proof() {
    let stage = Stage::start().await.unwrap();
    let active = stage.mirrored_reader(1).await.unwrap();
    let state = numbered(0..5, 5);
    let (created, _) = stage.created_table(&state).await.unwrap();
    let (loaded, _) = stage.loaded_table(&state).await.unwrap();
    let mirrors = [active, created, loaded];
    stage.set(active.source, 2).await.unwrap();
    let mut codes = Vec::new();
    let mut before = Vec::new();
    for mirror in mirrors {
        let code = stage.source.code(mirror.source).await.unwrap();
        let other = Bytes::from([&code[..], &[0]].concat());
        set_code(&stage, mirror, &other).await;
        codes.push((mirror, code));
        before.push(stage.record(mirror).await.unwrap());
    }
    stage.source.mine().await.unwrap();
    // Nothing but the code is wrong: with it back, each of them is taken.
    let from = before[0].sourceBlock;
    let slots: Vec<U256> = state.keys().copied().collect();
    let block = stage.submit_head().await.unwrap();
    let sync = stage.proven_sync(active, block, &[U256::ZERO]).await;
    let part = stage.part_call(created, block, &slots).await.unwrap();
    let complete = stage.complete_call_now(loaded, block).await.unwrap();
    let many = sync_one(&stage, active, block, from).await;
    for error in [
        stage.refused(sync.unwrap()).await,
        stage.refused(many).await,
        stage.refused(part).await,
        stage.refused(complete).await,
    ] {
        error.expect::<SourceCodeChanged>();
    }
    for (mirror, record) in mirrors.into_iter().zip(before) {
        assert_eq!(stage.record(mirror).await.unwrap(), record);
    }
    for (mirror, code) in codes {
        set_code(&stage, mirror, &code).await;
    }
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let part = stage.part_call(created, block, &slots).await.unwrap();
    stage.target.send(stage.registry, part).await.unwrap();
    stage.complete(created, block).await.unwrap();
    stage.complete(loaded, block).await.unwrap();
    let many = sync_one(&stage, active, block, from).await;
    stage.target.send(stage.registry, many).await.unwrap();
    for mirror in mirrors {
        let record = stage.record(mirror).await.unwrap();
        assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
        assert_eq!(record.partBlock, 0);
        // Each way of becoming active makes it the mirror of record.
        assert_eq!(proxy_of(&stage, mirror).await, mirror.proxy);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_go_on_at_a_newer_block_after_ten_minutes_of_the_source_and_no_second_less() {
    let stage = Stage::start().await.unwrap();
    let (mirror, _) = stage.created_table(&numbered(1..4, 5)).await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let slot = |number: u64| [U256::from(number)];
    let part = stage.part_call(mirror, block, &slot(1)).await.unwrap();
    stage.target.send(stage.registry, part).await.unwrap();
    let (begun, _) = stage.source.header(block).await.unwrap();
    for (seconds, taken) in [(599, false), (600, true)] {
        let at = json!([begun.timestamp + seconds]);
        let set = stage.source.rpc("evm_setNextBlockTimestamp", at).await;
        set.unwrap();
        stage.source.mine().await.unwrap();
        let newer = stage.submit_head().await.unwrap();
        let part = stage.part_call(mirror, newer, &slot(2)).await.unwrap();
        if taken {
            stage.target.send(stage.registry, part).await.unwrap();
        } else {
            let error = stage.refused(part).await.expect::<PartBlockHeld>();
            let held = (error.partBlock, error.until);
            assert_eq!(held, (block, begun.timestamp + 600));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_impossible_latest_block_is_a_failure_and_never_0() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_reader(1).await.unwrap();
    let fresh = || IRegistry::requireFreshCall {
        proxy: mirror.proxy,
        maxAgeSeconds: u64::MAX,
        maxBlocksBehind: u64::MAX,
    };
    stage.target.view(stage.registry, fresh()).await.unwrap();
    // Nothing; 31 bytes; a revert without data; 2^64; 2^256 - 1; no code.
    for code in [
        "0x00",
        "0x601f5ff3",
        "0x5f5ffd",
        "0x600160401b5f5260205ff3",
        "0x5f195f5260205ff3",
        "0x",
    ] {
        let set = json!([stage.notary, code]);
        stage.target.rpc("anvil_setCode", set).await.unwrap();
        let answer = stage.target.view(stage.registry, fresh()).await;
        let error = answer
            .err()
            .unwrap_or_else(|| panic!("{code} is an answer"));
        if code != "0x5f5ffd" {
            assert_eq!(error.expect::<RootSourceFailed>().blockNumber, 0, "{code}");
        }
    }
    // 2^64 - 1 is a number, and so is one below the record.
    for (code, taken) in [
        ("0x6001600160401b035f5260205ff3", true),
        ("0x5f5f5260205ff3", true),
    ] {
        let set = json!([stage.notary, code]);
        stage.target.rpc("anvil_setCode", set).await.unwrap();
        let answer = stage.target.view(stage.registry, fresh()).await;
        assert_eq!(answer.is_ok(), taken, "{code}: {answer:?}");
    }
}

/// Every limit of the last 200 below what suffices, and one of 89 of the last 15,000: what comes last is giving the lock back.
#[tokio::test(flavor = "multi_thread")]
async fn no_gas_limit_near_the_end_of_a_call_leaves_half_of_it() {
    let stage = Stage::start().await.unwrap();
    let state = numbered(0..4, 5);
    let (loaded, _) = stage.loaded_table(&state).await.unwrap();
    let created = stage
        .create(stage.self_reader(1).await.unwrap())
        .await
        .unwrap();
    let block = stage.submit_head().await.unwrap();
    let sync = stage
        .proven_sync(created, block, &[U256::ZERO])
        .await
        .unwrap();
    let complete = stage.complete_call_now(loaded, block).await.unwrap();
    for (mirror, data) in [
        (created, sync.abi_encode()),
        (loaded, complete.abi_encode()),
    ] {
        let request = |gas: u64| request(stage.registry, data.clone().into()).gas_limit(gas);
        let suffices = async |gas: u64| stage.target.call_with(request(gas)).await.is_ok();
        let (mut less, mut least) = (21_000, 5_000_000);
        assert!(suffices(least).await);
        while least - less > 1 {
            let middle = (less + least) / 2;
            match suffices(middle).await {
                true => least = middle,
                false => less = middle,
            }
        }
        let near = (least - 200..least).chain((least - 15_000..least - 200).step_by(89));
        for gas in near {
            assert!(!suffices(gas).await, "{gas} of {least} gas");
        }
        let before = stage.record(mirror).await.unwrap();
        for gas in [least - 1, least - 100, least - 2_000] {
            let receipt = stage.target.transact(request(gas)).await.unwrap();
            assert!(!receipt.status() && receipt.inner.logs().is_empty());
            assert_eq!(stage.record(mirror).await.unwrap(), before);
            let balance = stage.target.balance(mirror.proxy).await.unwrap();
            assert_eq!(balance, U256::ONE, "the lock");
        }
        let receipt = stage.target.transact(request(least)).await.unwrap();
        assert!(receipt.status(), "{least} gas");
        let record = stage.record(mirror).await.unwrap();
        assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
        let storage = stage.source.storage(mirror.source).await.unwrap();
        assert_eq!(record.storageRoot, storage_root(&storage));
        assert_eq!(
            stage.target.balance(mirror.proxy).await.unwrap(),
            U256::ZERO
        );
    }
}
