use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use relayer::{MigrateOptions, diff, migrate, status, sync};
use smartsync_abi::IRegistry;
use smartsync_chain::Transaction;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_run_again_finds_the_mirror_and_sends_nothing() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let first = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated");
    let again = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("nothing left to do");
    assert!(again.already_active);
    assert_eq!((again.proxy, again.transactions.len()), (first.proxy, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_loaded_mirror_is_finished_by_the_next_migration() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2), (3, 3)]).await;
    let registry = stage.relayer.registry.address;
    let target = &stage.relayer.submitter;
    // A mirror of another contract with the same code teaches the registry the code and the header.
    let twin = stage.slot_table().await;
    stage.write(twin, &[(1, 1)]).await;
    let twin = migrate(&stage.relayer, twin, &MigrateOptions::default())
        .await
        .expect("migrated");
    // What an interrupted `migrate --load` leaves: created, and one slot loaded, wrongly at that.
    let header = smartsync_chain::RawHeader::fetch(stage.source.chain(), twin.source_block)
        .await
        .expect("a header");
    let account = smartsync_chain::AccountProof::fetch(stage.source.chain(), table, &[], &header)
        .await
        .expect("a proof");
    let create = IRegistry::createCall {
        source: table,
        sourceBlock: twin.source_block,
        accountProof: account.nodes,
    };
    let transaction = Transaction {
        call: "create",
        to: Some(registry),
        value: U256::from(1),
        data: create.abi_encode().into(),
    };
    target.send(transaction).await.expect("created");
    let proxy = stage
        .relayer
        .registry
        .created(stage.relayer.target(), Some(table))
        .await
        .expect("logs")[0]
        .proxy;
    let load = IRegistry::loadCall {
        proxy,
        slots: vec![U256::from(7)],
        values: vec![U256::from(7)],
    };
    let transaction = Transaction {
        call: "load",
        to: Some(registry),
        value: U256::ZERO,
        data: load.abi_encode().into(),
    };
    target.send(transaction).await.expect("loaded");

    stage.write(table, &[(2, 22)]).await;
    let options = MigrateOptions {
        load: true,
        ..MigrateOptions::default()
    };
    let report = migrate(&stage.relayer, table, &options)
        .await
        .expect("migrated");
    assert_eq!(report.proxy, proxy);
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_relayer_finds_everything_on_the_chains() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let migrated = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated");
    stage.write(table, &[(2, 0), (3, 3)]).await;

    let second = stage.second_relayer().await;
    let difference = diff(&second, table, None).await.expect("a difference");
    let slots: Vec<U256> = difference
        .changes
        .iter()
        .map(|change| change.slot)
        .collect();
    assert_eq!(slots, [U256::from(2), U256::from(3)]);
    let synced = sync(&second, migrated.proxy, &Default::default())
        .await
        .expect("synced");
    assert_eq!(
        (synced.changes, synced.pre_storage_root),
        (2, migrated.storage_root)
    );

    // The first one sees it and has nothing to do.
    let late = sync(&stage.relayer, table, &Default::default())
        .await
        .expect("nothing to do");
    assert_eq!(late.tx_hash, None);
    let mirrors = status(&stage.relayer).await.expect("a status").mirrors;
    assert_eq!(mirrors.len(), 1);
    assert_eq!(
        (mirrors[0].proxy, mirrors[0].up_to_date, mirrors[0].primary),
        (migrated.proxy, Some(true), true)
    );
}
