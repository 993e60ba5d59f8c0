//! What the tests of watches share.

use std::time::Duration;

use alloy_primitives::{Address, TxHash, U256};
use relayer::{MigrateOptions, MigrateReport, Relayer, SyncReport, migrate};
use smartsync_service::{
    Alone, Board, Coordinator, Hold, KeepAlive, Policy, Retry, View, WatchEvent, WatchOptions,
    Watched, watch,
};
use tokio::sync::Notify;

use crate::stage::Stage;

/// Rounds as fast as they go, retries too.
pub fn options(mirrors: &[(Address, Policy)]) -> WatchOptions {
    WatchOptions {
        feeds: Vec::new(),
        mirrors: mirrors
            .iter()
            .map(|(address, policy)| Watched {
                name: address.to_string(),
                address: *address,
                policy: policy.clone(),
                reads: Vec::new(),
                members: Vec::new(),
            })
            .collect(),
        spending_limit: None,
        poll: Duration::from_millis(20),
        pace: Duration::from_millis(20),
        retry: Retry {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(100),
        },
        keep_alive: KeepAlive::default(),
    }
}

/// Watches until an event is the one waited for, and shows the board then.
pub async fn watch_until(
    relayer: &Relayer,
    options: &WatchOptions,
    awaited: impl FnMut(&WatchEvent) -> bool,
) -> (Board, View) {
    watch_in_turns(relayer, &Alone::new(), options, awaited).await
}

/// The same, by turns that somebody gives.
pub async fn watch_in_turns(
    relayer: &Relayer,
    coordinator: &dyn Coordinator,
    options: &WatchOptions,
    mut awaited: impl FnMut(&WatchEvent) -> bool,
) -> (Board, View) {
    let board = options.board();
    let enough = Notify::new();
    let watching = watch(
        relayer,
        coordinator,
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

pub fn is_synced(event: &WatchEvent) -> Option<SyncReport> {
    match event {
        WatchEvent::Synced(report) => Some((**report).clone()),
        _ => None,
    }
}

pub fn hold_of(event: &WatchEvent) -> Option<Hold> {
    match event {
        WatchEvent::Held(_, hold) => Some(*hold),
        _ => None,
    }
}

/// The first event of a kind in a watch by this policy.
pub async fn first<T>(
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
