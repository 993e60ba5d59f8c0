//! Watches that keep a group: what its policy counts, and nodes that fail in between.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy_primitives::{Address, U64, U256};
use relayer::sync;
use serde_json::Value;
use smartsync_chain::{Chain, Side, Submitter};
use smartsync_execution::Read;
use smartsync_groups::{GroupReport, Question, bring_up, call, proven_balance};
use smartsync_service::{Alone, Board, Hold, Policy, WatchEvent, WatchOptions, watch};
use tokio::sync::Notify;

use crate::{
    interposed::{Fate, Interposed, refusal},
    nodes::{forgetful, over},
    stage::{Stage, key},
    vault::Vault,
    watched::{hold_of, options, watch_until},
};

/// A vault with its group migrated.
pub async fn migrated() -> (Stage, Vault) {
    let stage = Stage::start().await;
    let vault = Vault::deploy(&stage).await;
    bring_up(&stage.relayer, vault.vault, &vault.reads(), None)
        .await
        .expect("migrated");
    (stage, vault)
}

/// Watches the vault with all that its reads take.
pub fn group_options(vault: &Vault, policy: &Policy) -> WatchOptions {
    reading(vault, &vault.reads(), policy)
}

/// The same with what these reads take.
fn reading(vault: &Vault, reads: &[Read], policy: &Policy) -> WatchOptions {
    let mut options = options(&[(vault.vault, policy.clone())]);
    for watched in &mut options.mirrors {
        watched.reads = reads.to_vec();
    }
    options
}

pub fn is_together(event: &WatchEvent) -> Option<GroupReport> {
    match event {
        WatchEvent::Together(report) => Some((**report).clone()),
        _ => None,
    }
}

/// The first event of a kind in a watch of the group.
async fn first<T>(
    stage: &Stage,
    vault: &Vault,
    policy: &Policy,
    kind: impl Fn(&WatchEvent) -> Option<T>,
) -> T {
    let mut found = None;
    watch_until(&stage.relayer, &group_options(vault, policy), |event| {
        if found.is_none() {
            found = kind(event);
        }
        found.is_some()
    })
    .await;
    found.expect("the watch ended with it")
}

fn is_current(event: &WatchEvent) -> Option<()> {
    match event {
        WatchEvent::Current(_) => Some(()),
        other => panic!("nothing is to be done: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_number_of_changes_counts_those_of_all_members_together() {
    let (stage, vault) = migrated().await;
    let three = Policy {
        min_changes: 3,
        ..Policy::default()
    };
    // One slot each of two members, none of the mirror that is read.
    vault.set_rate(&stage, 5).await;
    vault.mint(&stage).await;
    let target = stage.relayer.target();
    let head = target.head().await.expect("a head");
    let hold = first(&stage, &vault, &three, hold_of).await;
    let few = Hold::FewChanges {
        changes: 2,
        min_changes: 3,
    };
    assert_eq!(hold, few);
    assert_eq!(
        target.head().await.expect("a head"),
        head,
        "nothing is sent"
    );
    // A third, and all of them are moved; it brings code.
    vault.upgrade(&stage, 1).await;
    let report = first(&stage, &vault, &three, is_together).await;
    assert_eq!((report.changes, report.steps.len()), (3, 2), "{report:?}");
    first(&stage, &vault, &three, is_current).await;
    // A restart with nothing to do sends nothing.
    let head = target.head().await.expect("a head");
    first(&stage, &vault, &Policy::default(), is_current).await;
    assert_eq!(target.head().await.expect("a head"), head);
    // Many are wanted; but a group that is torn is put together, however few.
    vault.set_rate(&stage, 6).await;
    sync(&stage.relayer, vault.oracle, &Default::default())
        .await
        .expect("synced alone");
    let many = Policy {
        min_changes: 100,
        ..Policy::default()
    };
    let report = first(&stage, &vault, &many, is_together).await;
    assert_eq!(report.changes, 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn few_changes_of_a_group_are_counted_once_for_the_same_storage_roots() {
    let (stage, vault) = migrated().await;
    let found = Arc::new(AtomicU64::new(0));
    let counted = found.clone();
    let node = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        if method == "eth_getBlockAccessList" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        Fate::Forward
    })
    .await;
    let source = Chain::connect(Side::Source, &node.url)
        .await
        .expect("connected");
    let target = Chain::connect(Side::Target, &stage.chains[1].url())
        .await
        .expect("connected");
    let relayer = stage.relayer_over(source, Submitter::new(target, key(0)));
    vault.set_rate(&stage, 5).await;
    let two = Policy {
        min_changes: 2,
        ..Policy::default()
    };
    // Rounds at the same block, and at a newer one in which nothing changed.
    let options = group_options(&vault, &two);
    let board = options.board();
    let (end, alone) = (Notify::new(), Alone::new());
    let watching = watch(&relayer, &alone, &options, &board, end.notified(), |_| {
        Ok(())
    });
    let looking = async {
        rounds(&board, 2).await;
        let first = found.load(Ordering::Relaxed);
        let source = stage.source.chain();
        let _mined: String = source.request("evm_mine", ()).await.expect("a block");
        rounds(&board, 3).await;
        end.notify_one();
        (first, found.load(Ordering::Relaxed))
    };
    let (ended, (first, last)) = tokio::join!(watching, looking);
    ended.expect("ended well");
    assert!(first > 0 && first == last, "{first} and {last} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_moves_when_a_balance_that_it_reads_is_another_and_nothing_else() {
    let stage = Stage::start().await;
    let vault = Vault::deploy(&stage).await;
    let question = Question::parse(vault.vault, Address::ZERO, "wei_()(uint256)", &[]);
    let reads = vec![question.expect("a question").read];
    let (relayer, source) = (&stage.relayer, stage.source.chain());
    bring_up(relayer, vault.vault, &reads, None)
        .await
        .expect("migrated");
    let options = |min_changes| {
        let policy = Policy {
            min_changes,
            ..Policy::default()
        };
        reading(&vault, &reads, &policy)
    };
    // As much as nothing: wei that no code was run for.
    let paid = (vault.vault, U256::from(7));
    let _set: Value = source.request("anvil_setBalance", paid).await.expect("set");
    let _mined: String = source.request("evm_mine", ()).await.expect("a block");
    let mut few = None;
    watch_until(relayer, &options(2), |event| {
        few = few.or(hold_of(event));
        few.is_some()
    })
    .await;
    let hold = Hold::FewChanges {
        changes: 1,
        min_changes: 2,
    };
    assert_eq!(few, Some(hold));
    let mut moved = None;
    watch_until(relayer, &options(1), |event| {
        moved = moved.take().or(is_together(event));
        moved.is_some() && matches!(event, WatchEvent::Current(_))
    })
    .await;
    let report = moved.expect("moved");
    assert_eq!((report.changes, report.balances), (0, vec![vault.vault]));
    let mirror = relayer.mirror(vault.vault).await.expect("a mirror");
    let proven = proven_balance(
        relayer,
        vault.vault,
        mirror.record.sourceBlock,
        mirror.target_block,
    );
    assert_eq!(proven.await.expect("asked"), Some(U256::from(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_proven_before_its_block_is_final_where_the_node_does_not_prove_it_later() {
    const DEPTH: u64 = 10;
    let (mut stage, vault) = migrated().await;
    let source = stage.source.chain().clone();
    let mine = async |blocks: u64| {
        let mined = source.request::<_, Value>("anvil_mine", (U64::from(blocks),));
        mined.await.expect("mined");
    };
    mine(2 * DEPTH).await;
    // New code, a new rate, and both at the newest block only.
    vault.upgrade(&stage, 1).await;
    vault.set_rate(&stage, 5).await;
    let head = stage.source.chain().head().await.expect("a head");
    let full_node = forgetful(&stage, 6).await;
    stage.relayer.source = over(Side::Source, &[&full_node.url], Duration::from_secs(20)).await;
    stage.relayer.finality = smartsync_chain::Finality::Depth(DEPTH);
    let watched = group_options(&vault, &Policy::default());
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut moved = None;
    let watching = watch_until(&stage.relayer, &watched, |event| {
        match event {
            WatchEvent::Held(_, hold) => tell.send(*hold).unwrap_or_default(),
            WatchEvent::Current(_) => {}
            other => {
                moved = is_together(other);
                assert!(moved.is_some(), "{other:?}");
            }
        }
        moved.is_some()
    });
    let playing = async {
        let hold = told.recv().await.expect("it waits");
        let oldest = head - 5;
        assert_eq!(
            hold,
            Hold::Kept {
                block: head,
                oldest
            }
        );
        // The source goes on until the block is final.
        vault.set_rate(&stage, 6).await;
        mine(DEPTH).await;
    };
    tokio::join!(watching, playing);
    let report = moved.expect("moved");
    assert_eq!((report.source_block, report.changes), (head, 2));
    assert_eq!(report.codes.len(), 1, "{report:?}");
    stage.relayer.source = source;
    for question in vault.questions() {
        let answered = call(&stage.relayer, &question, true).await;
        let compared = answered.expect("answered").comparison.expect("compared");
        assert!(compared.equal, "{compared:?}");
    }
}

/// Waits until a watch has made so many rounds more.
async fn rounds(board: &Board, more: u64) {
    let wanted = board.view().rounds + more;
    while board.view().rounds < wanted {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_when_a_group_has_just_moved_does_not_end_the_watch() {
    let (stage, vault) = migrated().await;
    vault.set_rate(&stage, 5).await;
    let broken = Arc::new(AtomicBool::new(false));
    let breaks = broken.clone();
    let node = Interposed::deciding(stage.chains[1].url(), move |method, _params| {
        if method == "eth_sendRawTransaction" {
            breaks.store(true, Ordering::Relaxed);
        }
        match method == "eth_call" && breaks.load(Ordering::Relaxed) {
            true => refusal(-32_000, "out of order"),
            false => Fate::Forward,
        }
    })
    .await;
    let target = Chain::connect(Side::Target, &node.url)
        .await
        .expect("connected");
    let relayer = stage.relayer_over(stage.source.chain().clone(), Submitter::new(target, key(0)));
    let mut moved = None;
    let options = group_options(&vault, &Policy::default());
    let (_, view) = watch_until(&relayer, &options, |event| {
        if let Some(report) = is_together(event) {
            moved = Some(report);
            broken.store(false, Ordering::Relaxed);
        }
        moved.is_some() && matches!(event, WatchEvent::Current(_))
    })
    .await;
    assert_eq!(moved.expect("moved").changes, 1);
    assert_eq!(view.mirrors[0].totals.failed, 0);
}
