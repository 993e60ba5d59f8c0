//! Relayers that know nothing of each other and keep the same mirror.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use alloy_primitives::{Address, U64, U256};
use relayer::{Relayer, sync};
use serde_json::{Value, json};
use smartsync_chain::{Chain, Side, Submitter};
use smartsync_service::{Alone, Policy, WatchEvent, watch};
use tokio::sync::Notify;

use crate::{
    interposed::{Fate, Interposed},
    stage::{Stage, key},
    watched::{cost, migrated, options, watch_until},
};

async fn nonce(chain: &Chain, account: usize, block: &'static str) -> u64 {
    let count: U64 = chain
        .request("eth_getTransactionCount", (key(account).address(), block))
        .await
        .expect("a count");
    count.to()
}

/// A relayer that pays from account 2, and before whose first simulation another one syncs.
async fn late(stage: &Stage, table: Address) -> (Relayer, Interposed) {
    let first = Arc::new(stage.another_relayer(7).await);
    let once = Arc::new(AtomicBool::new(true));
    let node = Interposed::start(stage.chains[1].url(), move |method, _params| {
        let (first, once) = (first.clone(), once.clone());
        Box::pin(async move {
            if method == "eth_estimateGas" && once.swap(false, Ordering::Relaxed) {
                let faster = sync(&first, table, &Default::default()).await;
                assert_eq!(faster.expect("synced").changes, 2);
            }
            Fate::Forward
        })
    })
    .await;
    let target = Chain::connect(Side::Target, &node.url)
        .await
        .expect("connected");
    let mut late = stage.second_relayer().await;
    late.submitter = Submitter::new(target, key(2));
    (late, node)
}

async fn changed(stage: &Stage) -> (Address, Address) {
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(stage, table).await.proxy;
    stage.write(table, &[(1, 2), (2, 2)]).await;
    (table, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_another_one_made_before_the_simulation_is_no_failure_and_costs_nothing() {
    let stage = Stage::start().await;
    let (table, proxy) = changed(&stage).await;
    let (late, _node) = late(&stage, table).await;
    let report = sync(&late, table, &Default::default())
        .await
        .expect("no failure");
    assert_eq!((report.tx_hash, report.transactions.len()), (None, 0));
    assert_eq!(nonce(late.target(), 2, "pending").await, 0);
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
    assert_eq!(report.post_storage_root, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_another_one_overtook_before_the_simulation_is_current_and_pays_nothing() {
    let stage = Stage::start().await;
    let (table, proxy) = changed(&stage).await;
    let (late, _node) = late(&stage, table).await;
    let (_, view) = watch_until(
        &late,
        &options(&[(table, Policy::default())]),
        |event| match event {
            WatchEvent::Current(_) => true,
            other => panic!("{other:?}"),
        },
    )
    .await;
    let totals = view.mirrors[0].totals;
    assert_eq!((totals.overtaken, totals.failed, totals.synced), (1, 0, 0));
    assert_eq!(nonce(late.target(), 2, "pending").await, 0);
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_watches_that_send_at_once_the_slower_pays_for_one_refusal_and_never_again() {
    let stage = Stage::start().await;
    let (table, proxy) = changed(&stage).await;
    let target = stage.relayer.target().clone();
    let _off: Value = target
        .request("evm_setAutomine", json!([false]))
        .await
        .expect("set");
    let relayers = [
        stage.another_relayer(2).await,
        stage.another_relayer(7).await,
    ];
    let watched = options(&[(table, Policy::default())]);
    let boards = [watched.board(), watched.board()];
    let (coordinators, ends) = ([Alone::new(), Alone::new()], [Notify::new(), Notify::new()]);
    let run = |place: usize| {
        let (mut synced, end) = (0, &ends[place]);
        let (relayer, coordinator) = (&relayers[place], &coordinators[place]);
        let (watched, board) = (&watched, &boards[place]);
        async move {
            watch(
                relayer,
                coordinator,
                watched,
                board,
                end.notified(),
                |event| {
                    match event {
                        WatchEvent::Synced(_) => {
                            synced += 1;
                            end.notify_one();
                        }
                        // Before the sync there is something to do: only the overtaken one is told this.
                        WatchEvent::Current(_) => end.notify_one(),
                        other => panic!("{other:?}"),
                    }
                    Ok(())
                },
            )
            .await
            .expect("ended well");
            synced
        }
    };
    let mining = async {
        for account in [2, 7] {
            while nonce(&target, account, "pending").await == 0 {}
        }
        let _mined: Value = target.request("evm_mine", ()).await.expect("mined");
    };
    let (first, second, ()) = tokio::join!(run(0), run(1), mining);
    assert_eq!(first + second, 1, "one is told that it synced");
    let slower = usize::from(second == 0);
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);

    let sent = [stage.sent_by(&[2], 1).await, stage.sent_by(&[7], 1).await];
    for (place, sent) in sent.iter().enumerate() {
        let [(_, success)] = sent[..] else {
            panic!("{sent:?}");
        };
        assert_eq!(success, place != slower);
    }
    // What the refusal cost counts.
    let view = boards[slower].view();
    let totals = view.mirrors[0].totals;
    assert_eq!((totals.overtaken, totals.failed, totals.synced), (1, 0, 0));
    let (_, fee) = cost(&stage, sent[slower][0].0).await;
    assert!(fee > U256::ZERO);
    assert_eq!(view.wallet.spent_day, fee);
    assert_eq!(view.mirrors[0].spent_day, fee);

    // And still counts when the relayer is started again.
    let _on: Value = target
        .request("evm_setAutomine", json!([true]))
        .await
        .expect("set");
    let (_, again) = watch_until(&relayers[slower], &watched, |event| {
        matches!(event, WatchEvent::Current(_))
    })
    .await;
    assert_eq!(again.wallet.spent_day, fee);
    assert_eq!(again.mirrors[0].spent_day, fee);
}
