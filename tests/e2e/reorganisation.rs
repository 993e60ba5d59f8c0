//! A source chain that takes back what it said was final.

use alloy_primitives::U256;
use serde_json::json;
use smartsync_tests::{SlotTable, Stage, storage_root};

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_an_orphaned_source_block_heals_at_the_next_sync() {
    // Its pre lane is its own storage, whatever that is.
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
