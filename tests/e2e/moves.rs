//! What every function that moves a mirror asks for: a newer block, the source's recorded code, and its exact bounds.

use alloy::rpc::types::TransactionRequest;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use serde_json::json;
use smartsync_abi::{
    IProofErrors::{MalformedMultiProof, SlotUnchanged},
    IProxy::SyncInProgress,
    IRegistry::{
        self, NotAtBlock, NotNewer, PartBlockHeld, PartTooSmall, RootSourceFailed,
        SourceCodeChanged, Status, SyncItem, SyncSkipped, WrongStatus,
    },
};
use smartsync_tests::{
    CallError, Chain, Mirror, SlotTable, Stage, numbered, request, revert_data, storage_root,
};

/// A `sync` as a `syncMany` of one mirror, all or nothing.
fn many(sync: IRegistry::syncCall, from: u64) -> IRegistry::syncManyCall {
    IRegistry::syncManyCall {
        sourceBlock: sync.sourceBlock,
        allOrNothing: true,
        items: vec![SyncItem {
            proxy: sync.proxy,
            fromBlock: from,
            accountProof: (0..sync.accountProof.len() as u16)
                .flat_map(u16::to_be_bytes)
                .collect(),
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
        stage.source.set_code(mirror.source, &other).await.unwrap();
        codes.push((mirror, code));
        before.push(stage.record(mirror).await.unwrap());
    }
    stage.source.mine().await.unwrap();
    // Nothing but the code is wrong: with it back, each of them is taken.
    let from = before[0].sourceBlock;
    let slots: Vec<U256> = state.keys().copied().collect();
    let block = stage.submit_head().await.unwrap();
    let sync = stage.proven_sync(active, block, &[U256::ZERO]).await;
    let sync = sync.unwrap();
    let part = stage.part_call(created, block, &slots).await.unwrap();
    let complete = stage.complete_call_now(loaded, block).await.unwrap();
    for error in [
        stage.refused(sync.clone()).await,
        stage.refused(many(sync, from)).await,
        stage.refused(part).await,
        stage.refused(complete).await,
    ] {
        error.expect::<SourceCodeChanged>();
    }
    for (mirror, record) in mirrors.into_iter().zip(before) {
        assert_eq!(stage.record(mirror).await.unwrap(), record);
    }
    for (mirror, code) in codes {
        stage.source.set_code(mirror.source, &code).await.unwrap();
    }
    stage.source.mine().await.unwrap();
    let block = stage.submit_head().await.unwrap();
    let part = stage.part_call(created, block, &slots).await.unwrap();
    stage.target.send(stage.registry, part).await.unwrap();
    stage.complete(created, block).await.unwrap();
    stage.complete(loaded, block).await.unwrap();
    let sync = stage.proven_sync(active, block, &[U256::ZERO]).await;
    let sync = many(sync.unwrap(), from);
    stage.target.send(stage.registry, sync).await.unwrap();
    for mirror in mirrors {
        let record = stage.record(mirror).await.unwrap();
        assert_eq!((record.status, record.sourceBlock), (Status::Active, block));
        assert_eq!(record.partBlock, 0);
        // Each way of becoming active makes it the mirror of record.
        assert_eq!(proxy_of(&stage, mirror).await, mirror.proxy);
    }
}

/// `complete` used to be tested at newer blocks alone: with an older one, an open mirror would have gone back.
#[tokio::test(flavor = "multi_thread")]
async fn no_function_takes_a_mirror_to_its_block_again_or_back() {
    let stage = Stage::start().await.unwrap();
    let mirror = stage.mirrored_table(&numbered(1..502, 3)).await.unwrap();
    let known = stage.record(mirror).await.unwrap().sourceBlock;
    stage.submit_header(known - 1).await.unwrap();
    let slots: Vec<U256> = (1..502).map(U256::from).collect();
    let not_newer = async |block: u64, error: CallError| {
        let error = error.expect::<NotNewer>();
        assert_eq!((error.recorded, error.sourceBlock), (known, block));
    };
    let part = async |block: u64| stage.part_call(mirror, block, &slots).await.unwrap();
    // Nothing of a proof is looked at before the block.
    let sync = async |block: u64| {
        let unchanged = Bytes::from_static(&[1, 0, 0]);
        let sync = stage.sync_call(mirror, block, unchanged).await;
        sync.unwrap()
    };
    let recorded = part(known).await;
    let part_at = |block: u64| IRegistry::partCall {
        sourceBlock: block,
        ..recorded.clone()
    };
    for block in [known - 1, known] {
        not_newer(block, stage.refused(sync(block).await).await).await;
        not_newer(block, stage.refused(part_at(block)).await).await;
    }
    let there = many(sync(known).await, known);
    let receipt = stage.target.send(stage.registry, there).await.unwrap();
    let logs = receipt.inner.logs();
    assert_eq!(logs.len(), 1);
    let skipped = SyncSkipped::decode_log(&logs[0].inner).unwrap();
    assert_eq!(skipped.sourceBlock, known);
    let back = many(sync(known - 1).await, known);
    let error = stage.refused(back).await.expect::<NotAtBlock>();
    assert_eq!((error.recorded, error.fromBlock), (known, known));

    stage
        .write(mirror.source, numbered(1..502, 7))
        .await
        .unwrap();
    let newer = stage.submit_head().await.unwrap();
    let opening = stage.with_lock(&part(newer).await);
    stage.target.send_request(opening).await.unwrap();
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Open);
    for block in [known - 1, known] {
        not_newer(block, stage.refused(part_at(block)).await).await;
        let complete = stage.complete_call_now(mirror, block).await.unwrap();
        not_newer(block, stage.refused(complete).await).await;
    }
    // Open, it is neither synced nor read, in any context.
    let sync = sync(newer).await;
    stage.refused(sync.clone()).await.expect::<WrongStatus>();
    stage
        .refused(many(sync, known))
        .await
        .expect::<WrongStatus>();
    let reader = stage.reader().await.unwrap();
    let locked = revert_data(&SyncInProgress {});
    for data in [
        SlotTable::readCall { slot: slots[3] }.abi_encode(),
        vec![],
        vec![0],
    ] {
        let answer = stage.target.call(mirror.proxy, data.clone()).await;
        assert_eq!(answer, Err(CallError::Reverted(locked.clone())));
        let answer = stage.read_statically(reader, mirror, data.clone()).await;
        assert_eq!(answer, (false, locked.clone()));
        let answer = stage.read_plainly(reader, mirror, data).await;
        assert_eq!(answer, (false, locked.clone()));
    }
    stage.complete(mirror, newer).await.unwrap();
    assert_eq!(stage.record(mirror).await.unwrap().status, Status::Active);
}

/// What is counted comes before what is proven, so the bytes may say anything else.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_opens_a_mirror_from_40000_bytes_or_500_changes_on_and_not_one_less() {
    let stage = Stage::start().await.unwrap();
    let active = stage.mirrored_reader(1).await.unwrap();
    let (created, _) = stage.created_table(&numbered(0..3, 5)).await.unwrap();
    stage.set(active.source, 2).await.unwrap();
    let known = stage.record(active).await.unwrap().sourceBlock;
    stage.submit_header(known + 1).await.unwrap();
    let head = stage.submit_head().await.unwrap();
    let bytes = |changes: u16, length: usize| {
        let [high, low] = changes.to_be_bytes();
        let mut bytes = vec![0; length];
        bytes[..3].copy_from_slice(&[1, high, low]);
        Bytes::from(bytes)
    };
    for (changes, length, enough) in [
        (26, 39_999, false),
        (26, 40_000, true),
        (26, 40_001, true),
        (499, 600, false),
        (500, 600, true),
        (501, 600, true),
        (499, 39_999, false),
        (0, 40_001, false),
    ] {
        for (mirror, block, lock, sender, opens) in [
            (active, known + 1, 1, 0, true),
            (created, head, 0, 1, true),
            // Its creator may.
            (created, head, 0, 0, false),
        ] {
            let mut part = stage.part_call(mirror, block, &[U256::ZERO]).await.unwrap();
            part.multiProof = bytes(changes, length);
            let request = request(stage.registry, part.abi_encode().into())
                .value(U256::from(lock))
                .from(Chain::account(sender));
            let error = stage.target.call_with(request).await.unwrap_err();
            if enough || (!opens && changes != 0) {
                // The next to be looked at are the bytes themselves: no proof, or none of a change.
                let CallError::Reverted(data) = error else {
                    panic!("{error:?}");
                };
                let next = [MalformedMultiProof::SELECTOR, SlotUnchanged::SELECTOR];
                assert!(next.iter().any(|each| data.starts_with(each)), "{data}");
            } else {
                let error = error.expect::<PartTooSmall>();
                let given = (error.bytesGiven, error.changesGiven);
                assert_eq!(given, (length as u64, u64::from(changes)));
            }
        }
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
        stage.target.set_code(stage.notary, code).await.unwrap();
        let answer = stage.target.view(stage.registry, fresh()).await;
        let error = answer
            .err()
            .unwrap_or_else(|| panic!("{code} is an answer"));
        assert_eq!(error.expect::<RootSourceFailed>().blockNumber, 0, "{code}");
    }
    // 2^64 - 1 is a number, and so is one below the record.
    for (code, taken) in [
        ("0x6001600160401b035f5260205ff3", true),
        ("0x5f5f5260205ff3", true),
    ] {
        stage.target.set_code(stage.notary, code).await.unwrap();
        let answer = stage.target.view(stage.registry, fresh()).await;
        assert_eq!(answer.is_ok(), taken, "{code}: {answer:?}");
    }
}

/// The least gas limit with which a call succeeds. With less it must fail: every one of the last 200 limits is tried, one of 89 of the last
/// 15,000, where the registry gives the lock back, and a hundred of the rest.
pub async fn least_gas(chain: &Chain, request: &TransactionRequest) -> u64 {
    let suffices = async |gas: u64| {
        let request = request.clone().gas_limit(gas);
        chain.call_with(request).await.is_ok()
    };
    let (mut less, mut least) = (21_000, 20_000_000);
    assert!(suffices(least).await);
    while least - less > 1 {
        let middle = (less + least) / 2;
        match suffices(middle).await {
            true => least = middle,
            false => less = middle,
        }
    }
    let near = (least - 200..least).chain((least - 15_000..least - 200).step_by(89));
    let rest = (21_000..least - 15_000).step_by(least as usize / 100);
    for gas in near.chain(rest) {
        assert!(!suffices(gas).await, "{gas} of {least} gas");
    }
    least
}

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
        let request = request(stage.registry, data.into());
        let least = least_gas(&stage.target, &request).await;
        let before = stage.record(mirror).await.unwrap();
        for gas in [least - 1, least - 100, least - 2_000] {
            let request = request.clone().gas_limit(gas);
            let receipt = stage.target.transact(request).await.unwrap();
            assert!(!receipt.status() && receipt.inner.logs().is_empty());
            assert_eq!(stage.record(mirror).await.unwrap(), before);
            let balance = stage.target.balance(mirror.proxy).await.unwrap();
            assert_eq!(balance, U256::ONE, "the lock");
        }
        let receipt = stage.target.transact(request.gas_limit(least)).await;
        assert!(receipt.unwrap().status(), "{least} gas");
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
