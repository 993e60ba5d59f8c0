//! A push by itself: what is refused before anything is paid, and what the command says.

use alloy_primitives::{Address, U256};
use relayer::{Error, MigrateOptions, migrate};
use serde_json::{Value, json};
use smartsync_roots::{PushError, Pusher, RootSourceKind};
use smartsync_service::{Policy, WatchEvent};

use crate::{
    bridged::{Bridged, HashPusher, inbox},
    command::output,
    pushing::is_pushed,
    stage::key,
    watched::{is_synced, options, watch_until},
};

fn refusal(error: Error) -> PushError {
    match error {
        Error::Push(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_would_cost_too_much_or_lead_elsewhere_is_refused_before_anything_is_paid() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let stage = &bridged.rooted.stage;
    let relayer = &bridged.rooted.relayer;
    let push = |pusher: Pusher| async move {
        refusal(relayer.push(&pusher).await.expect_err("it cannot be"))
    };
    let one_wei = U256::from(1);
    match push(bridged.pusher(|options| options.max_cost = one_wei).await).await {
        PushError::TooDear { cost, limit } => assert!(cost > limit && limit == one_wei),
        other => panic!("{other}"),
    }
    let trusted = Address::repeat_byte(0x55);
    match push(
        bridged
            .pusher(|options| options.pusher = Some(trusted))
            .await,
    )
    .await
    {
        PushError::OtherPusher {
            buffer,
            named,
            expected,
        } => assert_eq!(
            (buffer, named, expected),
            (bridged.rooted.buffer, bridged.pusher, trusted)
        ),
        other => panic!("{other}"),
    }
    let other_inbox = inbox(stage, 1).await;
    match push(bridged.pusher(|options| options.inbox = other_inbox).await).await {
        PushError::OtherInbox {
            inbox,
            expected,
            got,
        } => assert_eq!(
            (inbox, expected, got),
            (other_inbox, relayer.target().chain_id(), U256::from(1))
        ),
        other => panic!("{other}"),
    }
    let nobody = Address::repeat_byte(0x77);
    match push(bridged.pusher(|options| options.inbox = nobody).await).await {
        PushError::NotAnInbox { inbox } => assert_eq!(inbox, nobody),
        other => panic!("{other}"),
    }
    let buffer = nobody;
    stage
        .send(bridged.pusher, &HashPusher::fillCall { buffer })
        .await
        .expect("filled");
    match push(bridged.pusher(|_| ()).await).await {
        PushError::OtherBuffer {
            pusher,
            buffer,
            found,
        } => assert_eq!(
            (pusher, buffer, found),
            (bridged.pusher, bridged.rooted.buffer, Some(nobody))
        ),
        other => panic!("{other}"),
    }
    let notary = stage.relayer.root_source.address();
    let pusher = bridged.pusher(|_| ()).await;
    match refusal(stage.relayer.push(&pusher).await.expect_err("a notary")) {
        PushError::NoBuffer(root_source) => assert_eq!(root_source, notary),
        other => panic!("{other}"),
    }
    assert_eq!(bridged.pushes().await, 0);

    // A watch says so, and goes on; and it can begin with a buffer to which nothing was ever pushed.
    let buffer = bridged.rooted.buffer;
    stage
        .send(bridged.pusher, &HashPusher::fillCall { buffer })
        .await
        .expect("filled");
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let at_head = bridged.head().await;
    relayer
        .push(&bridged.pusher(|_| ()).await)
        .await
        .expect("pushed");
    bridged.carry().await;
    let at = MigrateOptions {
        block: Some(at_head),
        ..MigrateOptions::default()
    };
    let migrated = migrate(relayer, table, &at).await.expect("migrated");
    stage.write(table, &[(1, 2)]).await;
    let dear = bridged
        .relayer(|options| {
            options.min_blocks = 1;
            options.max_cost = one_wei;
        })
        .await;
    let watched = options(&[(table, Policy::default())]);
    let mut told = None;
    watch_until(&dear, &watched, |event| {
        if let WatchEvent::NotPushed(error, _) = event {
            told = Some(error.to_string());
        }
        told.is_some()
    })
    .await;
    let told = told.expect("told");
    assert!(
        told.starts_with("a push of block hashes costs ")
            && told.ends_with(" wei now, more than the 1 that it may"),
        "{told}"
    );
    assert_eq!(bridged.pushes().await, 1);
    let enough = bridged.relayer(|options| options.min_blocks = 1).await;
    watch_until(&enough, &watched, is_pushed).await;
    bridged.carry().await;
    watch_until(&enough, &watched, |event| is_synced(event).is_some()).await;
    bridged.rooted.mirrored(table, migrated.proxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_pushes_once_and_says_what_it_cost() {
    let bridged = Bridged::start(RootSourceKind::ParentChain).await;
    let stage = &bridged.rooted.stage;
    let key = alloy::hex::encode_prefixed(key(5).to_bytes());
    let inbox = bridged.inbox.to_string();
    let [source, target] = [stage.chains[0].url(), stage.chains[1].url()];
    let deployment = bridged.rooted.path.to_string_lossy();
    let head = bridged.head().await;
    let (code, stdout, stderr) = output(&[
        "push",
        "--json",
        "--inbox",
        &inbox,
        "--hashes",
        "2",
        "--private-key",
        &key,
        "--source-rpc",
        &source,
        "--target-rpc",
        &target,
        "--deployment",
        &deployment,
    ])
    .await;
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        (&report["firstBlock"], &report["lastBlock"]),
        (&json!(head - 1), &json!(head))
    );
    let receipt: Value = stage
        .source
        .chain()
        .request("eth_getTransactionReceipt", (&report["transaction"],))
        .await
        .expect("a receipt");
    let quantity =
        |value: &Value| -> U256 { serde_json::from_value(value.clone()).expect("a quantity") };
    assert_eq!(
        quantity(&report["fee"]),
        quantity(&receipt["gasUsed"]) * quantity(&receipt["effectiveGasPrice"])
    );
    bridged.carry().await;
    assert_eq!(bridged.newest().await, head);
}
