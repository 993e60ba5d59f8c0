use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use relayer::{MigrateOptions, migrate, sync};
use smartsync_chain::fetch_unverified;
use smartsync_finder::{ChangeFinder, Finders, Query, Span, list_storage};

use crate::stage::{Delegator, Stage, write_call};

/// What a way finds, without the slots that have the same value at both ends.
async fn net(way: &dyn ChangeFinder, query: &Query) -> BTreeSet<U256> {
    let found: Vec<U256> = way
        .find(query)
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", way.name()))
        .into_iter()
        .collect();
    let post = fetch_unverified(&query.source, query.contract, &found, query.span.to)
        .await
        .expect("proofs")
        .values;
    let pre = match query.span.from {
        Some(from) => {
            fetch_unverified(&query.source, query.contract, &found, from)
                .await
                .expect("proofs")
                .values
        }
        None => vec![U256::ZERO; found.len()],
    };
    found
        .into_iter()
        .zip(pre.into_iter().zip(post))
        .filter(|(_, (pre, post))| pre != post)
        .map(|(slot, _)| slot)
        .collect()
}

async fn differing(query: &Query) -> BTreeSet<U256> {
    let post = list_storage(&query.source, query.contract, query.span.to)
        .await
        .expect("a listing");
    let pre = match query.span.from {
        Some(from) => list_storage(&query.source, query.contract, from)
            .await
            .expect("a listing"),
        None => Default::default(),
    };
    pre.keys()
        .chain(post.keys())
        .filter(|slot| pre.get(*slot) != post.get(*slot))
        .copied()
        .collect()
}

async fn every_way_agrees(stage: &Stage, contract: Address, proxy: Address, from: Option<u64>) {
    let query = Query {
        source: stage.source.chain().clone(),
        contract,
        span: Span {
            from,
            from_root: None,
            to: stage.source.chain().head().await.expect("a head"),
            to_root: None,
        },
        target: stage.relayer.target().clone(),
        proxy,
        target_block: stage.relayer.target().head().await.expect("a head"),
    };
    let expected = differing(&query).await;
    assert!(!expected.is_empty());
    for way in Finders::default().all() {
        assert_eq!(net(way, &query).await, expected, "{}", way.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_finding_gives_the_same_changes_of_the_same_blocks() {
    let stage = Stage::start().await;
    // A contract that is written directly.
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2), (3, 3), (4, 4)]).await;
    every_way_agrees(&stage, table, Address::ZERO, None).await;
    let proxy = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated")
        .proxy;
    let from = stage.source.chain().head().await.expect("a head");

    // Changed, added, deleted, changed and changed back, and blocks that do not touch it.
    stage.write(table, &[(1, 11), (2, 0), (5, 5)]).await;
    let other = stage.slot_table().await;
    stage.write(other, &[(77, 7)]).await;
    stage.write(table, &[(3, 33)]).await;
    stage.write(table, &[(3, 3), (6, 6)]).await;
    stage.write(table, &[(6, 0), (1, 12)]).await;
    every_way_agrees(&stage, table, proxy, Some(from)).await;
    let report = sync(&stage.relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!(report.changes, 3);
    let [source, target] = stage.roots(table, proxy).await;
    assert_eq!(source, target);
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_through_delegate_calls_and_reverted_ones_are_told_apart_by_every_way() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    let delegator = stage.delegator(table).await;
    let through = |pairs: &[(u64, u64)]| Delegator::readCall {
        data: write_call(pairs).abi_encode().into(),
    };
    stage
        .send(delegator, &through(&[(9, 9), (10, 10)]))
        .await
        .expect("written");
    // Writes slot 0, where the delegate is kept, so that the next call fails: its writes are undone.
    stage.write(table, &[(9, 1)]).await;
    every_way_agrees(&stage, delegator, Address::ZERO, None).await;
    every_way_agrees(&stage, table, Address::ZERO, None).await;
    let failed = stage
        .send(
            delegator,
            &Delegator::readCall {
                data: vec![0xde, 0xad, 0xbe, 0xef].into(),
            },
        )
        .await;
    assert!(failed.expect_err("no such function").is_revert("Error"));
}
