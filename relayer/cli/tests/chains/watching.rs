use std::{collections::BTreeSet, time::Duration};

use alloy_primitives::{TxHash, U256};
use smartsync_chain::{Chain, Side};
use smartsync_service::{
    Alone, Condition, Coordinator, MirrorId, Policy, StepKind, WatchEvent, WatchOptions, watch,
};
use tokio::sync::{Notify, mpsc};

use crate::{
    stage::Stage,
    watched::{cost, is_synced, migrated, options, watch_until},
};

/// Requests are on the heap (`Chain::try_request`), so that what awaits them fits a stack, the 2 MiB of a test's thread too.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_small_enough_for_the_stack() {
    let stage = Stage::start().await;
    let watched = options(&[]);
    let (board, alone) = (watched.board(), Alone::new());
    let never = std::future::pending::<()>();
    let watching = watch(&stage.relayer, &alone, &watched, &board, never, |_| Ok(()));
    let bytes = size_of_val(&watching);
    println!("{bytes} bytes");
    assert!(bytes < 65_536, "{bytes} bytes");
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
            (StepKind::Created, 0),
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
