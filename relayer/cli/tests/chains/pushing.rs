//! Block hashes pushed through the bridge.

use std::{sync::Arc, time::Duration};

use alloy_primitives::{Address, U64, U256};
use alloy_sol_types::{SolCall, sol};
use relayer::{MigrateOptions, Relayer, migrate};
use serde_json::{Value, json};
use smartsync_chain::{Chain, Limits, Side, Submitter, Transaction};
use smartsync_roots::RootSourceKind;
use smartsync_service::{Alone, Hold, Policy, WatchEvent, WatchOptions, watch};
use tokio::sync::Notify;

use crate::{
    bridged::{Bridged, inbox},
    interposed::{Fate, Interposed},
    stage::{connect, key},
    watched::{hold_of, is_synced, options, watch_until},
};

/// Watches for some whole rounds, and gives all that is told.
async fn rounds(relayer: &Relayer, options: &WatchOptions, rounds: u64) -> Vec<WatchEvent> {
    rounds_in_turn(relayer, &Alone::new(), options, rounds).await
}

/// The same, with a queue that others may share.
async fn rounds_in_turn(
    relayer: &Relayer,
    queue: &Alone,
    options: &WatchOptions,
    rounds: u64,
) -> Vec<WatchEvent> {
    let board = options.board();
    let mut events = Vec::new();
    let enough = async {
        // Asked now and then, not at once again and again, which would take a processor from the watch.
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while board.view().rounds < rounds {
            looks.tick().await;
        }
    };
    watch(relayer, queue, options, &board, enough, |event| {
        events.push(event);
        Ok(())
    })
    .await
    .expect("ended well");
    events
}

pub fn is_pushed(event: &WatchEvent) -> bool {
    matches!(event, WatchEvent::Pushed(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_pushes_what_its_mirrors_wait_for_and_nothing_in_vain() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let stage = &bridged.rooted.stage;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;

    // By hand.
    let by_hand = bridged.pusher(|options| options.hashes = 3).await;
    let before = bridged.head().await;
    let pushed = bridged.rooted.relayer.push(&by_hand).await.expect("pushed");
    assert_eq!(
        (pushed.first_block, pushed.last_block, pushed.source_block),
        (before - 2, before, before + 1)
    );
    assert_eq!(
        (pushed.pusher, pushed.buffer),
        (bridged.pusher, bridged.rooted.buffer)
    );
    assert_eq!(bridged.newest().await, 0, "it is on its way");
    bridged.carry().await;
    assert_eq!(bridged.newest().await, before);
    let at = MigrateOptions {
        block: Some(before),
        ..MigrateOptions::default()
    };
    let relayer = bridged
        .relayer(|options| {
            options.min_blocks = 1;
            options.pusher = Some(bridged.pusher);
        })
        .await;
    let migrated = migrate(&relayer, table, &at).await.expect("migrated");
    bridged.rooted.mirrored(table, migrated.proxy).await;

    // A quiet source costs nothing, however old the buffer is.
    let always = options(&[(table, Policy::default())]);
    bridged.mine(5).await;
    let events = rounds(&relayer, &always, 3).await;
    let holds: Vec<&str> = events
        .iter()
        .filter_map(hold_of)
        .map(|hold| hold.name())
        .collect();
    assert_eq!(
        (holds, bridged.pushes().await),
        (vec!["unpushed"], 1),
        "{events:?}"
    );

    // Nor does a change that its policy does not want yet.
    stage.write(table, &[(1, 9)]).await;
    let patient = Policy {
        min_changes: 2,
        ..Policy::default()
    };
    rounds(&relayer, &options(&[(table, patient.clone())]), 3).await;
    assert_eq!(bridged.pushes().await, 1);
    stage.write(table, &[(2, 9)]).await;
    let changed = bridged.head().await;
    let (_, view) = watch_until(&relayer, &options(&[(table, patient)]), is_pushed).await;
    assert_eq!((bridged.pushes().await, view.pushes.sent), (2, 1));
    // The account had 10,000 ether and sent nothing else but the push by hand.
    let left = stage.source.chain().balance(key(5).address()).await;
    let spent = U256::from(10_000) * U256::from(10).pow(U256::from(18)) - left.expect("a balance");
    assert_eq!(view.pushes.cost, spent - pushed.fee - pushed.value);

    // While it is on its way, and for so many blocks, nothing more is sent: not by a process that knows nothing of it either.
    let another = bridged.relayer(|options| options.min_blocks = 4).await;
    stage.write(table, &[(3, 3)]).await;
    let events = rounds(&another, &always, 3).await;
    assert!(!events.iter().any(is_pushed), "{events:?}");
    assert_eq!(bridged.pushes().await, 2);
    bridged.carry().await;
    assert_eq!(bridged.newest().await, changed);
    let mut synced = None;
    watch_until(&another, &always, |event| {
        synced = synced.take().or(is_synced(event));
        synced.is_some()
    })
    .await;
    let synced = synced.expect("a sync");
    assert_eq!((synced.source_block, synced.changes), (changed, 2));

    // Somebody pushes to another chain of the same parent, which says nothing of this one.
    let other_inbox = inbox(stage, 1).await;
    bridged.mine(4).await;
    push_to_another_chain(&bridged, other_inbox).await;
    watch_until(&another, &always, is_pushed).await;
    assert_eq!(bridged.pushes().await, 4);
    bridged.carry().await;
    watch_until(&another, &always, |event| is_synced(event).is_some()).await;
    bridged.rooted.mirrored(table, migrated.proxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_show_a_push_does_not_make_the_watch_pay_again() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let stage = &bridged.rooted.stage;
    let table = bridged.changed_after_its_mirror().await;
    let mut relayer = bridged.relayer(|_| ()).await;
    // The node knows of no events, neither of the push by hand nor of the watch's own.
    let blind = Interposed::deciding(stage.chains[0].url(), |method, _| match method {
        "eth_getLogs" => Fate::Answer(json!({ "result": [] })),
        _ => Fate::Forward,
    })
    .await;
    let source = Chain::connect(Side::Source, &blind.url).await;
    let pusher = relayer.pusher.as_mut().expect("a pusher");
    pusher.submitter = Submitter::new(source.expect("connected"), key(5));
    let events = rounds(&relayer, &options(&[(table, Policy::default())]), 5).await;
    assert_eq!(
        events.iter().filter(|event| is_pushed(event)).count(),
        1,
        "{events:?}"
    );
    assert_eq!(bridged.pushes().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn relayers_that_take_turns_push_once_between_them() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let table = bridged.changed_after_its_mirror().await;
    let watched = options(&[(table, Policy::default())]);
    let one = bridged.relayer(|options| options.min_blocks = 1_000).await;
    let mut other = one.clone();
    let source = connect(Side::Source, &bridged.rooted.stage.chains[0]).await;
    let pusher = other.pusher.as_mut().expect("a pusher");
    pusher.submitter = Submitter::new(source, key(6));
    let queue = Alone::new();
    // The push by hand that the mirror was made with is not lately any more.
    bridged.mine(1_000).await;
    let (events, others) = futures::join!(
        rounds_in_turn(&one, &queue, &watched, 5),
        rounds_in_turn(&other, &queue, &watched, 5)
    );
    let pushed = events
        .iter()
        .chain(&others)
        .filter(|event| is_pushed(event));
    assert_eq!(
        (pushed.count(), bridged.pushes().await),
        (1, 2),
        "{events:?} {others:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_process_was_killed_is_waited_for_and_not_sent_again() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let table = bridged.changed_after_its_mirror().await;
    bridged.mine(1_000).await;
    let watched = options(&[(table, Policy::default())]);
    let chain = bridged.rooted.stage.source.chain();
    let automine = |on: bool| async move {
        let _done: Value = chain.request("evm_setAutomine", (on,)).await.expect("done");
    };
    let counts = || async {
        let count =
            |tag: &'static str| chain.request("eth_getTransactionCount", (key(5).address(), tag));
        let (latest, pending): (U64, U64) =
            futures::try_join!(count("latest"), count("pending")).expect("counts");
        pending > latest
    };
    automine(false).await;
    let first = bridged.relayer(|options| options.min_blocks = 1_000).await;
    let sent = async {
        while !counts().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        events = rounds(&first, &watched, 5) => panic!("nothing is mined yet: {events:?}"),
        () = sent => {}
    }
    // The next process asks whether something of its account waits; only then it is mined.
    let asked = Arc::new(Notify::new());
    let telling = Arc::clone(&asked);
    let node = Interposed::deciding(
        bridged.rooted.stage.chains[0].url(),
        move |method, params| {
            if method == "eth_getTransactionCount" && params[1] == "pending" {
                telling.notify_one();
            }
            Fate::Forward
        },
    )
    .await;
    let mut second = bridged.relayer(|options| options.min_blocks = 1_000).await;
    let source = Chain::connect(Side::Source, &node.url)
        .await
        .expect("connected");
    let pusher = second.pusher.as_mut().expect("a pusher");
    pusher.submitter = Submitter::new(source, key(5));
    let mined = async {
        asked.notified().await;
        let _mined: Value = chain.request("evm_mine", ()).await.expect("mined");
        automine(true).await;
    };
    let (events, ()) = futures::join!(rounds(&second, &watched, 5), mined);
    assert!(!events.iter().any(is_pushed), "{events:?}");
    assert_eq!(bridged.pushes().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_not_mined_in_time_is_not_followed_by_another() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let table = bridged.changed_after_its_mirror().await;
    bridged.mine(1_000).await;
    let mut relayer = bridged.relayer(|options| options.min_blocks = 1_000).await;
    let pusher = relayer.pusher.as_mut().expect("a pusher");
    pusher.submitter = pusher.submitter.clone().with_limits(Limits {
        replace_after: Duration::from_secs(3_600),
        give_up_after: Duration::from_millis(50),
        ..Limits::default()
    });
    let chain = bridged.rooted.stage.source.chain();
    let request = |method: &'static str, params: Value| async move {
        let _done: Value = chain.request(method, params).await.expect("done");
    };
    request("evm_setAutomine", json!([false])).await;
    // Longer than all pauses after a failure.
    let events = rounds(&relayer, &options(&[(table, Policy::default())]), 20).await;
    let failed: Vec<&WatchEvent> = events
        .iter()
        .filter(|event| !matches!(event, WatchEvent::Held(..)))
        .collect();
    assert!(
        matches!(
            failed[..],
            [WatchEvent::NotPushed(error, _)]
                if matches!(error.chain(), Some(smartsync_chain::Error::TransactionPending { .. }))
        ),
        "{events:?}"
    );
    request("evm_mine", json!([])).await;
    assert_eq!(bridged.pushes().await, 2, "by hand and this one");
}

/// A push through another inbox, by hand.
async fn push_to_another_chain(bridged: &Bridged, inbox: Address) {
    sol! {
        function pushHashes(
            address inbox,
            uint256 batchSize,
            uint256 gasPriceBid,
            uint256 gasLimit,
            uint256 submissionCost,
            bool isERC20Inbox
        ) external payable;
    }
    let milliether = U256::from(1_000_000_000_000_000_u64);
    let call = pushHashesCall {
        inbox,
        batchSize: U256::from(1),
        gasPriceBid: U256::from(10),
        gasLimit: U256::from(100_000),
        submissionCost: milliether,
        isERC20Inbox: false,
    };
    bridged
        .rooted
        .stage
        .source
        .send(Transaction {
            call: "pushHashes",
            to: Some(bridged.pusher),
            value: milliether + U256::from(1_000_000),
            data: call.abi_encode().into(),
        })
        .await
        .expect("pushed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_combined_root_source_gets_a_push_where_only_that_is_missing() {
    let bridged = Bridged::start(RootSourceKind::Combined).await;
    let stage = &bridged.rooted.stage;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let at_head = bridged.head().await;
    let relayer = bridged.relayer(|options| options.min_blocks = 1).await;
    relayer
        .push(relayer.pusher.as_ref().expect("a pusher"))
        .await
        .expect("pushed");
    bridged.carry().await;
    let at = MigrateOptions {
        block: Some(at_head),
        ..MigrateOptions::default()
    };
    let migrated = migrate(&relayer, table, &at).await.expect("migrated");
    stage.write(table, &[(1, 2)]).await;
    let watched = options(&[(table, Policy::default())]);
    let mut held = Vec::new();
    watch_until(&relayer, &watched, |event| {
        held.extend(hold_of(event));
        is_pushed(event)
    })
    .await;
    assert!(
        matches!(held[..], [Hold::Unpushed { newest: Some(newest), .. }] if newest == at_head),
        "{held:?}"
    );
    bridged.carry().await;
    watch_until(&relayer, &watched, |event| is_synced(event).is_some()).await;
    bridged.rooted.mirrored(table, migrated.proxy).await;
}
