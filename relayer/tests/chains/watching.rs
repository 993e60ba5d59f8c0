use std::{collections::BTreeSet, time::Duration};

use alloy_primitives::{Address, TxHash, U64, U256};
use relayer::{
    Alone, Board, Chain, Condition, Coordinator, Hold, MigrateOptions, MigrateReport, MirrorId,
    Policy, Relayer, Retry, Side, StepKind, SyncReport, View, WatchEvent, WatchOptions, Watched,
    migrate, watch,
};
use tokio::sync::{Notify, mpsc};

use crate::stage::Stage;

/// Rounds as fast as they go, retries too.
pub fn options(mirrors: &[(Address, Policy)]) -> WatchOptions {
    WatchOptions {
        mirrors: mirrors
            .iter()
            .map(|(address, policy)| Watched {
                name: address.to_string(),
                address: *address,
                policy: policy.clone(),
            })
            .collect(),
        spending_limit: None,
        poll: Duration::from_millis(20),
        pace: Duration::from_millis(20),
        retry: Retry {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(100),
        },
    }
}

/// Watches until an event is the one waited for, and shows the board then.
pub async fn watch_until(
    relayer: &Relayer,
    options: &WatchOptions,
    mut awaited: impl FnMut(&WatchEvent) -> bool,
) -> (Board, View) {
    let board = options.board();
    let enough = Notify::new();
    let alone = Alone::new();
    let watching = watch(
        relayer,
        &alone,
        options,
        &board,
        enough.notified(),
        |event| {
            if awaited(&event) {
                enough.notify_one();
            }
            Ok(())
        },
    );
    tokio::time::timeout(Duration::from_secs(240), watching)
        .await
        .expect("the event waited for comes")
        .expect("ended well");
    let view = board.view();
    (board, view)
}

pub async fn migrated(stage: &Stage, table: Address) -> MigrateReport {
    migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated")
}

/// Gas used, price and fee of a transaction, as the node says.
pub async fn cost(stage: &Stage, tx_hash: TxHash) -> (u64, U256) {
    let receipt: serde_json::Value = stage
        .relayer
        .target()
        .request("eth_getTransactionReceipt", (tx_hash,))
        .await
        .expect("a receipt");
    let quantity =
        |name: &str| -> U256 { serde_json::from_value(receipt[name].clone()).expect("a quantity") };
    let gas = quantity("gasUsed");
    (gas.to(), gas * quantity("effectiveGasPrice"))
}

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

fn is_synced(event: &WatchEvent) -> Option<SyncReport> {
    match event {
        WatchEvent::Synced(report) => Some((**report).clone()),
        _ => None,
    }
}

fn hold_of(event: &WatchEvent) -> Option<Hold> {
    match event {
        WatchEvent::Held(_, hold) => Some(*hold),
        _ => None,
    }
}

/// The first event of a kind in a watch by this policy.
async fn first<T>(
    stage: &Stage,
    table: Address,
    policy: &Policy,
    kind: impl Fn(&WatchEvent) -> Option<T>,
) -> T {
    let mut found = None;
    watch_until(
        &stage.relayer,
        &options(&[(table, policy.clone())]),
        |event| {
            if found.is_none() {
                found = kind(event);
            }
            found.is_some()
        },
    )
    .await;
    found.expect("the watch ended with it")
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_syncs_each_change_and_ends_when_told() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;

    let options = WatchOptions::every(vec![table], Duration::from_millis(20));
    let board = options.board();
    let enough = Notify::new();
    let (tell, mut told) = mpsc::unbounded_channel();
    let alone = Alone::new();
    let watching = watch(
        &stage.relayer,
        &alone,
        &options,
        &board,
        enough.notified(),
        |event| {
            if let WatchEvent::Synced(report) = event {
                tell.send((report.changes, report.source_block))
                    .unwrap_or_default();
            }
            Ok(())
        },
    );
    let playing = async {
        for round in 2..5 {
            stage.write(table, &[(round, round), (1, round)]).await;
            let block = stage.source.chain().head().await.expect("a head");
            let (changes, source_block) = told.recv().await.expect("a sync");
            assert_eq!((changes, source_block), (2, block));
        }
        enough.notify_one();
    };
    let (watched, ()) = tokio::join!(watching, playing);
    watched.expect("ended well");
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_fails_is_tried_again_and_does_not_hold_up_the_others() {
    let stage = Stage::start().await;
    let unknown = stage.slot_table().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    stage.write(table, &[(1, 2)]).await;
    let watched = options(&[(unknown, Policy::default()), (table, Policy::default())]);
    let (mut failures, mut synced) = (0, 0);
    let (_, view) = watch_until(&stage.relayer, &watched, |event| {
        match event {
            WatchEvent::Failed(address, error, _) => {
                assert_eq!(*address, unknown);
                assert!(error.to_string().contains("smartsync migrate"), "{error}");
                failures += 1;
            }
            WatchEvent::Synced(report) => {
                assert_eq!(report.proxy, proxy);
                synced += 1;
            }
            _ => {}
        }
        failures >= 3 && synced == 1
    })
    .await;
    let conditions: Vec<Condition> = view.mirrors.iter().map(|mirror| mirror.condition).collect();
    assert_eq!(conditions, [Condition::Failing, Condition::Current]);
    assert_eq!(
        (view.mirrors[0].totals.failed, view.mirrors[1].totals.failed),
        (failures, 0)
    );
    // Once it exists, the same watch finds it.
    migrated(&stage, unknown).await;
    stage.write(unknown, &[(5, 5)]).await;
    watch_until(&stage.relayer, &watched, |event| {
        is_synced(event).is_some_and(|report| report.source == unknown)
    })
    .await;
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

    // The migration was paid by the same wallet: its last transaction proved the first state.
    let last = first_sync.transactions.last().expect("a transaction");
    let (_, spent) = cost(&stage, *last).await;
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

    // The common limit counts all mirrors; another relayer's wallet has spent nothing.
    stage.write(table, &[(1, 3)]).await;
    let mut common = options(&[(table, Policy::default())]);
    common.spending_limit = Some(spent + fee);
    let mut held = None;
    let (_, view) = watch_until(&stage.relayer, &common, |event| {
        held = held.or(hold_of(event));
        held.is_some()
    })
    .await;
    assert_eq!(held.expect("held").name(), "spending");
    assert_eq!(
        (view.wallet.spent_day, view.mirrors[0].spent_day),
        (spent + fee, spent + fee)
    );
    let second = stage.second_relayer().await;
    let (_, view) = watch_until(&second, &common, |event| is_synced(event).is_some()).await;
    assert_eq!(view.mirrors[0].totals.synced, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mirrors_of_one_source_block_are_synced_in_one_transaction() {
    let stage = Stage::start().await;
    let mut tables = Vec::new();
    for index in 0..3 {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, index + 1), (2, 2)]).await;
        tables.push((table, migrated(&stage, table).await.proxy));
    }
    for (index, (table, _)) in (10..).zip(&tables) {
        let pairs: Vec<(u64, u64)> = (0..index).map(|slot| (slot, index)).collect();
        stage.write(*table, &pairs).await;
    }
    let watched = options(
        &tables
            .iter()
            .map(|(table, _)| (*table, Policy::default()))
            .collect::<Vec<_>>(),
    );
    let mut reports = Vec::new();
    let (_, view) = watch_until(&stage.relayer, &watched, |event| {
        reports.extend(is_synced(event));
        reports.len() == 3
    })
    .await;
    let transactions: BTreeSet<TxHash> =
        reports.iter().filter_map(|report| report.tx_hash).collect();
    assert_eq!(transactions.len(), 1);
    let changes: Vec<usize> = reports.iter().map(|report| report.changes).collect();
    assert_eq!(changes, [10, 11, 12]);
    // The cost is shared out whole.
    let (gas, fee) = cost(&stage, *transactions.first().expect("one")).await;
    assert_eq!(
        reports.iter().map(|report| report.gas_used).sum::<u64>(),
        gas
    );
    let fees: U256 = view.mirrors.iter().map(|mirror| mirror.totals.fees).sum();
    assert_eq!(fees, fee);
    for (table, proxy) in tables {
        let [on_source, on_target] = stage.roots(table, proxy).await;
        assert_eq!(on_source, on_target);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_blocks_come_by_subscription_long_before_the_poll() {
    let mut stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.relayer.source = Chain::connect(Side::Source, &stage.chains[0].ws_url())
        .await
        .expect("connected");
    let mut watched = options(&[(table, Policy::default())]);
    // Longer than any test: what comes, comes by the subscription.
    watched.poll = Duration::from_secs(3_600);
    let board = watched.board();
    let enough = Notify::new();
    let (tell, mut told) = mpsc::unbounded_channel();
    let alone = Alone::new();
    let watching = watch(
        &stage.relayer,
        &alone,
        &watched,
        &board,
        enough.notified(),
        |event| {
            tell.send(is_synced(&event)).unwrap_or_default();
            Ok(())
        },
    );
    let playing = async {
        // The first round, and perhaps one more for a block that was pushed during it.
        assert_eq!(told.recv().await.expect("an event"), None);
        for value in 2..5 {
            let synced = async {
                loop {
                    if let Some(Some(report)) = told.recv().await {
                        break report;
                    }
                }
            };
            // The subscription may not stand yet: blocks go on until one is seen.
            let writing = async {
                loop {
                    stage.write(table, &[(1, value), (2, value)]).await;
                }
            };
            tokio::select! {
                report = synced => assert!(report.changes >= 1),
                () = writing => {}
            }
        }
        enough.notify_one();
    };
    let both = async { tokio::join!(watching, playing) };
    let (watched, ()) = tokio::time::timeout(Duration::from_secs(240), both)
        .await
        .expect("pushed");
    watched.expect("ended well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_is_another_relayers_turn_is_left_to_it_until_it_is_done() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    stage.write(table, &[(1, 2)]).await;
    let alone = Alone::new();
    let mirror = MirrorId::of(&stage.relayer, proxy);
    alone.offer(mirror, 0).await;
    let mut others = Some(alone.next(&[mirror]).await.expect("a turn"));

    let watched = options(&[(table, Policy::default())]);
    let board = watched.board();
    let enough = Notify::new();
    let mut events = Vec::new();
    let watching = watch(
        &stage.relayer,
        &alone,
        &watched,
        &board,
        enough.notified(),
        |event| {
            match event {
                WatchEvent::Held(_, hold) => {
                    assert!(others.is_some(), "the turn is free");
                    events.push(hold.name());
                    // The other relayer gives it back.
                    others = None;
                }
                WatchEvent::Synced(report) => {
                    events.push("synced");
                    assert_eq!(report.changes, 1);
                    enough.notify_one();
                }
                _ => {}
            }
            Ok(())
        },
    );
    tokio::time::timeout(Duration::from_secs(240), watching)
        .await
        .expect("synced")
        .expect("ended well");
    assert_eq!(events, ["turn", "synced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_watch_knows_what_an_earlier_one_did() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let watched = options(&[(table, Policy::default())]);
    let mut last = None;
    for value in 2..5 {
        stage.write(table, &[(1, value), (value, value)]).await;
        let (_, view) =
            watch_until(&stage.relayer, &watched, |event| is_synced(event).is_some()).await;
        last = Some(view);
    }
    let before = last.expect("a view");
    let (_, after) = watch_until(&stage.relayer, &watched, |event| {
        matches!(event, WatchEvent::Current(_))
    })
    .await;
    let (before, after) = (&before.mirrors[0], &after.mirrors[0]);
    assert_eq!(before.steps, after.steps);
    assert_eq!(before.spent_day, after.spent_day);
    let kinds: Vec<(StepKind, u64)> = after
        .steps
        .iter()
        .map(|step| (step.kind, step.changes))
        .collect();
    assert_eq!(
        kinds,
        [
            (StepKind::Synced, 1),
            (StepKind::Synced, 2),
            (StepKind::Synced, 2),
            (StepKind::Synced, 2)
        ]
    );
    let mut fees = U256::ZERO;
    for step in &after.steps {
        let (gas, fee) = cost(&stage, step.tx_hash).await;
        assert_eq!((step.gas, step.fee), (gas, fee));
        fees += fee;
    }
    assert_eq!(after.spent_day, fees);
    // What this process did is another matter.
    assert_eq!(after.totals, Default::default());
}
