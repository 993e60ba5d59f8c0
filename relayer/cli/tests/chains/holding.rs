//! What keeps a watch from syncing: its policies, prices and limits.

use std::time::Duration;

use alloy_primitives::{U64, U256};
use relayer::SyncReport;
use serde_json::Value;
use smartsync_service::{Hold, Policy, WatchEvent};

use crate::{
    stage::Stage,
    watched::{cost, first, hold_of, is_synced, migrated, options, watch_until},
};

/// Moves both clocks and makes a block on each.
async fn later(stage: &Stage, seconds: u64) {
    for chain in [stage.relayer.target(), stage.source.chain()] {
        let _offset: u64 = chain
            .request("evm_increaseTime", (U64::from(seconds),))
            .await
            .expect("time moves");
        let _mined: String = chain.request("evm_mine", ()).await.expect("a block");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_holds_a_mirror_by_changes_interval_and_age() {
    const HOUR: u64 = 3_600;
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;

    // Three changes are worth a sync, fewer are not.
    let few = Policy {
        min_changes: 3,
        ..Policy::default()
    };
    stage.write(table, &[(1, 2), (2, 2)]).await;
    let hold = first(&stage, table, &few, hold_of).await;
    assert_eq!(
        hold,
        Hold::FewChanges {
            changes: 2,
            min_changes: 3
        }
    );
    stage.write(table, &[(3, 3)]).await;
    assert_eq!(first(&stage, table, &few, is_synced).await.changes, 3);

    // One change, within the hour and after it.
    let hourly = Policy {
        interval: Duration::from_secs(HOUR),
        ..Policy::default()
    };
    stage.write(table, &[(1, 3)]).await;
    let hold = first(&stage, table, &hourly, hold_of).await;
    assert!(
        matches!(hold, Hold::Interval { seconds_left } if (HOUR - 600..=HOUR).contains(&seconds_left)),
        "{hold:?}"
    );
    later(&stage, HOUR).await;
    assert_eq!(first(&stage, table, &hourly, is_synced).await.changes, 1);

    // The age limit overrides both, and moves a mirror of which nothing changed.
    let aged = Policy {
        interval: Duration::from_secs(100 * HOUR),
        min_changes: 100,
        max_age: Some(Duration::from_secs(HOUR)),
        ..Policy::default()
    };
    stage.write(table, &[(1, 4)]).await;
    let hold = first(&stage, table, &aged, hold_of).await;
    assert_eq!(hold.name(), "interval");
    later(&stage, HOUR).await;
    let synced = first(&stage, table, &aged, is_synced).await;
    assert_eq!(synced.changes, 1);
    later(&stage, HOUR).await;
    let refreshed = first(&stage, table, &aged, is_synced).await;
    assert_eq!(
        (refreshed.changes, refreshed.post_storage_root),
        (0, synced.post_storage_root)
    );
    assert!(refreshed.source_block > synced.source_block);

    // Without an age limit it costs nothing.
    later(&stage, HOUR).await;
    let current = |event: &WatchEvent| match event {
        WatchEvent::Current(address) => Some(*address),
        other => panic!("nothing is to be done: {other:?}"),
    };
    assert_eq!(
        first(&stage, table, &Policy::default(), current).await,
        table
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn price_and_spending_hold_a_mirror_and_what_was_spent_is_read_from_the_chain() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let first_sync = migrated(&stage, table).await;
    stage.write(table, &[(1, 2)]).await;

    let cheap = Policy {
        gas_price_ceiling: Some(U256::ONE),
        ..Policy::default()
    };
    let base_fee = stage.relayer.target().latest_block().await.expect("a head");
    let base_fee = base_fee.base_fee_per_gas.expect("a base fee");
    assert_eq!(
        first(&stage, table, &cheap, hold_of).await,
        Hold::GasPrice {
            gas_price: base_fee,
            ceiling: U256::ONE
        }
    );

    // The migration was paid by the same wallet: it brought code, created the mirror, and proved the first state.
    let [deploy, create, prove] = first_sync.transactions[..] else {
        panic!("{first_sync:?}");
    };
    let (_, code) = cost(&stage, deploy).await;
    let spent = cost(&stage, create).await.1 + cost(&stage, prove).await.1;
    let limited = |limit| Policy {
        spending_limit: Some(limit),
        ..Policy::default()
    };
    let hold = first(&stage, table, &limited(spent), hold_of).await;
    let Hold::Spending {
        spent: known,
        cost: expected,
        limit,
    } = hold
    else {
        panic!("{hold:?}");
    };
    assert_eq!((known, limit), (spent, spent));
    // What the sync was expected to cost is enough for it, and one wei less is not.
    let exact = spent + expected;
    let one_less = first(&stage, table, &limited(exact - U256::ONE), hold_of).await;
    assert_eq!(one_less.name(), "spending");
    let report = first(&stage, table, &limited(exact), is_synced).await;
    let (gas, fee) = cost(&stage, report.tx_hash.expect("a transaction")).await;
    assert_eq!(report.gas_used, gas);
    assert!(fee <= expected, "{fee} paid, {expected} expected");

    // The common limit counts all mirrors, and code that any may use; another relayer's wallet has spent nothing.
    stage.write(table, &[(1, 3)]).await;
    let mut common = options(&[(table, Policy::default())]);
    common.spending_limit = Some(code + spent + fee);
    let mut held = None;
    let (_, view) = watch_until(&stage.relayer, &common, |event| {
        held = held.or(hold_of(event));
        held.is_some()
    })
    .await;
    assert_eq!(held.expect("held").name(), "spending");
    assert_eq!(
        (view.wallet.spent_day, view.mirrors[0].spent_day),
        (code + spent + fee, spent + fee)
    );
    let second = stage.second_relayer().await;
    let (_, view) = watch_until(&second, &common, |event| is_synced(event).is_some()).await;
    assert_eq!(view.mirrors[0].totals.synced, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_transaction_offers_more_than_the_ceiling_of_its_mirror() {
    let stage = Stage::start().await;
    let mut tables = Vec::new();
    for _ in 0..2 {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        migrated(&stage, table).await;
        stage.write(table, &[(1, 2)]).await;
        tables.push(table);
    }
    let latest = stage.relayer.target().latest_block().await.expect("a head");
    let base_fee = latest.base_fee_per_gas.expect("a base fee");
    let offered = async |report: SyncReport| {
        let hash = report.tx_hash.expect("a transaction");
        let sent: Value = stage
            .relayer
            .target()
            .request("eth_getTransactionByHash", (hash,))
            .await
            .expect("a transaction");
        let fee: U256 = serde_json::from_value(sent["maxFeePerGas"].clone()).expect("a fee");
        fee
    };
    // Without a ceiling there is room for the base fee to double.
    let free = first(&stage, tables[0], &Policy::default(), is_synced).await;
    assert!(offered(free).await >= base_fee * U256::from(2));
    // Room for a tenth only; and of two in one transaction, the lower ceiling counts.
    stage.write(tables[0], &[(1, 3)]).await;
    let ceilings = [11, 15].map(|tenths| base_fee * U256::from(tenths) / U256::from(10));
    let at = |ceiling| Policy {
        gas_price_ceiling: Some(ceiling),
        ..Policy::default()
    };
    let mirrors = [0, 1].map(|place| (tables[place], at(ceilings[place])));
    let mut reports = Vec::new();
    watch_until(&stage.relayer, &options(&mirrors), |event| {
        reports.extend(is_synced(event));
        reports.len() == 2
    })
    .await;
    assert_eq!(reports[0].tx_hash, reports[1].tx_hash);
    assert_eq!(offered(reports.remove(0)).await, ceilings[0]);
    // At the base fee itself it is still sent, and one wei below it is not.
    stage.write(tables[0], &[(1, 4)]).await;
    let hold = first(&stage, tables[0], &at(base_fee - U256::ONE), hold_of).await;
    assert_eq!(
        hold,
        Hold::GasPrice {
            gas_price: base_fee,
            ceiling: base_fee - U256::ONE
        }
    );
    let exact = first(&stage, tables[0], &at(base_fee), is_synced).await;
    assert_eq!(offered(exact).await, base_fee);
}
