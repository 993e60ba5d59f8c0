//! Several mirrors: synced together, and of the same source.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolEvent;
use serde_json::json;
use smartsync_abi::{
    IProgramErrors::MalformedCalldata,
    IProofErrors::{InvalidProof, PostRootMismatch},
    IRegistry::{self, Status, SyncSkipped, Synced},
};
use smartsync_tests::{Mirror, NameRegistry, SelfReader, SlotTable, Stage, storage_root};

async fn reader(stage: &Stage, value: u64) -> Mirror {
    let source = stage.on_source(&SelfReader::BYTECODE, []).await.unwrap();
    stage
        .source
        .send(
            source,
            SelfReader::setCall {
                value_: U256::from(value),
            },
        )
        .await
        .unwrap();
    stage.migrate(source).await.unwrap()
}

/// The shared nodes of several account proofs, and each proof as indices into them.
async fn shared(stage: &Stage, mirrors: &[Mirror], block: u64) -> (Vec<Bytes>, Vec<Vec<u16>>) {
    let mut nodes: Vec<Bytes> = Vec::new();
    let mut indices = Vec::new();
    for mirror in mirrors {
        let proof = stage
            .source
            .proof(mirror.source, &[], block)
            .await
            .unwrap()
            .account_proof;
        let place = |node: Bytes| match nodes.iter().position(|known| *known == node) {
            Some(at) => at as u16,
            None => {
                nodes.push(node);
                nodes.len() as u16 - 1
            }
        };
        indices.push(proof.into_iter().map(place).collect());
    }
    (nodes, indices)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_mirrors_sync_in_one_transaction_that_shares_the_nodes_of_their_account_proofs() {
    let stage = Stage::start().await.unwrap();
    let mirrors = [
        reader(&stage, 1).await,
        reader(&stage, 2).await,
        reader(&stage, 3).await,
    ];
    for (mirror, value) in mirrors.iter().zip(11..) {
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
    }
    let block = stage.submit_head().await.unwrap();
    let (nodes, indices) = shared(&stage, &mirrors, block).await;
    assert!(
        nodes.len() < indices.iter().map(Vec::len).sum(),
        "they share at least the root"
    );
    let mut items = Vec::new();
    for (mirror, account_proof) in mirrors.iter().zip(indices) {
        let built = stage.build(*mirror, block, &[U256::ZERO]).await.unwrap();
        items.push(IRegistry::SyncItem {
            proxy: mirror.proxy,
            accountProof: account_proof,
            multiProof: built.multi_proof.into(),
        });
    }
    let call = IRegistry::syncManyCall {
        sourceBlock: block,
        nodes,
        items,
    };

    // One bad item takes all along: a foreign multi-proof, a foreign account proof, an index that points nowhere.
    let mut bad = call.clone();
    bad.items[2].multiProof = bad.items[1].multiProof.clone();
    stage
        .target
        .view(stage.registry, bad)
        .await
        .err()
        .unwrap()
        .expect::<PostRootMismatch>();
    let mut bad = call.clone();
    bad.items[2].accountProof = bad.items[1].accountProof.clone();
    stage
        .target
        .view(stage.registry, bad)
        .await
        .err()
        .unwrap()
        .expect::<InvalidProof>();
    let mut bad = call.clone();
    bad.items[2].accountProof[0] = 999;
    stage
        .target
        .view(stage.registry, bad)
        .await
        .err()
        .unwrap()
        .expect::<MalformedCalldata>();

    // One is there already: skipped, not refused.
    let alone = stage
        .sync_call(mirrors[1], block, call.items[1].multiProof.clone())
        .await
        .unwrap();
    stage.target.send(stage.registry, alone).await.unwrap();
    let receipt = stage.target.send(stage.registry, call).await.unwrap();
    let logs = receipt.inner.logs();
    let synced: Vec<Address> = logs
        .iter()
        .filter_map(|log| Synced::decode_log_data(log.data()).ok())
        .map(|event| event.proxy)
        .collect();
    let skipped: Vec<Address> = logs
        .iter()
        .filter_map(|log| SyncSkipped::decode_log_data(log.data()).ok())
        .map(|event| event.proxy)
        .collect();
    assert_eq!(
        (synced, skipped),
        (
            vec![mirrors[0].proxy, mirrors[2].proxy],
            vec![mirrors[1].proxy]
        )
    );
    for (mirror, value) in mirrors.iter().zip(11..) {
        assert_eq!(
            stage
                .target
                .view(mirror.proxy, SelfReader::valueCall {})
                .await
                .unwrap(),
            U256::from(value)
        );
        assert_eq!(stage.record(*mirror).await.unwrap().sourceBlock, block);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_mirror_of_changed_code_becomes_the_mirror_of_record() {
    let stage = Stage::start().await.unwrap();
    let first = reader(&stage, 1).await;
    let proxy_of = || {
        stage.target.view(
            stage.registry,
            IRegistry::proxyOfCall {
                source: first.source,
            },
        )
    };
    assert_eq!(proxy_of().await.unwrap(), first.proxy);
    let names = stage.on_source(&NameRegistry::BYTECODE, []).await.unwrap();
    let code = stage.source.code(names).await.unwrap();
    stage
        .source
        .rpc("anvil_setCode", json!([first.source, code]))
        .await
        .unwrap();
    let second = stage.create(first.source).await.unwrap();
    assert_eq!(
        proxy_of().await.unwrap(),
        first.proxy,
        "created is not verified"
    );
    stage.sync_all(second).await.unwrap();
    assert_eq!(proxy_of().await.unwrap(), second.proxy);
    // The old one stays what it was, and readable.
    assert_eq!(
        stage
            .target
            .view(first.proxy, SelfReader::valueCall {})
            .await
            .unwrap(),
        U256::ONE
    );
    assert_eq!(stage.record(first).await.unwrap().status, Status::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_an_orphaned_source_block_heals_at_the_next_sync() {
    // A mirror of an orphaned block heals at the next sync: its pre lane is its own storage, whatever that is.
    let stage = Stage::start().await.unwrap();
    let table = stage
        .slot_table([(U256::ONE, U256::ONE), (U256::from(2), U256::from(2))])
        .await
        .unwrap();
    let mirror = stage.migrate(table).await.unwrap();
    let snapshot = stage.source.rpc("evm_snapshot", json!([])).await.unwrap();
    stage
        .write(
            table,
            [(U256::ONE, U256::from(99)), (U256::from(3), U256::from(3))],
        )
        .await
        .unwrap();
    stage.sync_all(mirror).await.unwrap();
    let orphaned = stage.record(mirror).await.unwrap().sourceBlock;
    stage
        .source
        .rpc("evm_revert", json!([snapshot]))
        .await
        .unwrap();
    // The chain goes another way, past the orphan.
    while stage.source.block_number().await.unwrap() <= orphaned {
        stage
            .write(table, [(U256::from(2), U256::from(22))])
            .await
            .unwrap();
    }
    stage.sync_all(mirror).await.unwrap();
    let expected =
        [(1u64, 1u64), (2, 22)].map(|(slot, value)| (U256::from(slot), U256::from(value)));
    let state = expected
        .into_iter()
        .collect::<std::collections::BTreeMap<_, _>>();
    assert_eq!(stage.target.storage(mirror.proxy).await.unwrap(), state);
    assert_eq!(
        stage.record(mirror).await.unwrap().storageRoot,
        storage_root(&state)
    );
    let read = SlotTable::readCall { slot: U256::ONE };
    assert_eq!(
        stage.target.view(mirror.proxy, read).await.unwrap(),
        U256::ONE
    );
}
