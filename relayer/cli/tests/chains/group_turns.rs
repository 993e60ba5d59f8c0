//! Relayers that share a database take turns at groups: the whole of one is one turn.

use std::{collections::BTreeSet, process::Command};

use alloy_primitives::Address;
use relayer::{Group, GroupRead, Relayer};
use smartsync_groups::bring_up;
use smartsync_service::{Coordinator, Hold, MirrorId, Outcome, Policy, WatchEvent};

use crate::{
    coordination::three_relayers,
    database::Database,
    group_watch::{group_options, is_together, migrated},
    stage::key,
    watched::{hold_of, options, watch_in_turns},
};

/// A mirror of a contract, among those that relayers share.
async fn mirror_of(relayer: &Relayer, source: Address) -> MirrorId {
    MirrorId::of(
        relayer,
        relayer.mirror(source).await.expect("a mirror").proxy,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_waits_for_whoever_works_at_one_of_its_members_and_nobody_works_at_one_meanwhile() {
    let database = Database::start();
    let (stage, vault) = migrated().await;
    let [one, other] = [
        database.coordinator("one").await,
        database.coordinator("other").await,
    ];
    let token = mirror_of(&stage.relayer, vault.token).await;
    vault.upgrade(&stage, 1).await;
    let group = group_options(&vault, &Policy::default());

    // Another relayer is at the token: nothing is sent.
    other.offer(token, 1).await;
    let turn = other.next(&[token]).await.expect("a turn");
    let head = stage.relayer.target().head().await.expect("a head");
    let mut hold = None;
    watch_in_turns(&stage.relayer, &one, &group, |event| {
        hold = hold.or(hold_of(event));
        hold.is_some()
    })
    .await;
    assert_eq!(hold, Some(Hold::Turn));
    let now = stage.relayer.target().head().await.expect("a head");
    assert_eq!(now, head, "nothing is sent");
    // It is done, and the group moves.
    turn.finish(Outcome::Current { source_block: 1 }).await;
    let mut report = None;
    watch_in_turns(&stage.relayer, &one, &group, |event| {
        report = report.take().or(is_together(event));
        report.is_some()
    })
    .await;
    let report = report.expect("moved");
    let rows = database
        .session()
        .await
        .query(
            "SELECT transactions, changes, source_block FROM smartsync.history WHERE outcome = 'synced'",
            &[],
        )
        .await
        .expect("rows");
    let [row] = &rows[..] else {
        panic!("{rows:?}");
    };
    let sent: Vec<String> = report
        .steps
        .iter()
        .map(|step| step.tx_hash.to_string())
        .collect();
    assert_eq!(row.get::<_, Vec<String>>(0), sent);
    assert_eq!(
        (row.get::<_, i64>(1), row.get::<_, i64>(2)),
        (1, report.source_block as i64)
    );
    let queued = "SELECT count(*) FROM smartsync.queue";
    assert_eq!(database.count(queued).await, 0);
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(database.count(held).await, 0);

    // What joins a turn is nobody else's, waits for nobody when it is left, and says whose it was.
    let vault_mirror = mirror_of(&stage.relayer, vault.vault).await;
    let oracle = mirror_of(&stage.relayer, vault.oracle).await;
    one.offer(vault_mirror, 7).await;
    let mut turn = one.next(&[vault_mirror]).await.expect("a turn");
    assert!(turn.join(&[vault_mirror, token, oracle]).await);
    other.offer(token, 7).await;
    assert!(other.next(&[token]).await.is_none());
    other.offer(vault_mirror, 8).await;
    drop(turn);
    let mut next = loop {
        if let Some(turn) = other.next(&[vault_mirror]).await {
            break turn;
        }
    };
    assert_eq!(
        next.predecessor().map(|left| left.relayer.as_str()),
        Some("one")
    );
    assert!(next.take_over().await && next.predecessor().is_none());
    assert!(next.join(&[token]).await);
    assert_eq!(
        next.predecessor().map(|left| left.relayer.as_str()),
        Some("one")
    );
    // Not taken over: it still says so, to whoever comes.
    next.finish(Outcome::Current { source_block: 8 }).await;
    let mut next = other.next(&[token]).await.expect("left");
    assert_eq!(
        next.predecessor().map(|left| left.relayer.as_str()),
        Some("one")
    );
    assert!(next.take_over().await);
    next.finish(Outcome::Current { source_block: 8 }).await;
    assert_eq!(
        database.count(queued).await,
        1,
        "the oracle's, which was left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn relayers_of_two_groups_and_of_a_member_of_both_send_nothing_in_vain() {
    const ROUNDS: u64 = 4;
    let database = Database::start();
    let (stage, vault) = migrated().await;
    let beside = vault.beside(&stage).await;
    bring_up(&stage.relayer, beside.vault, &beside.reads(), None)
        .await
        .expect("migrated");
    let accounts = [2, 7, 8];
    let (relayers, coordinators) = three_relayers(&stage, &database).await;
    let always = Policy::default();
    let watched = [
        group_options(&vault, &always),
        group_options(&beside, &always),
        options(&[(vault.token, always.clone())]),
    ];
    let from = stage.relayer.target().head().await.expect("a head") + 1;
    for round in 0..ROUNDS {
        vault.set_rate(&stage, 10 + round).await;
        beside.set_rate(&stage, 20 + round).await;
        vault.upgrade(&stage, usize::from(round % 2 == 0)).await;
        let each = (relayers.iter().zip(&coordinators).zip(&watched)).map(
            |((relayer, coordinator), watched)| {
                watch_in_turns(relayer, coordinator, watched, |event| match event {
                    WatchEvent::Held(_, Hold::Turn) => false,
                    WatchEvent::Current(_) | WatchEvent::Synced(_) | WatchEvent::Together(_) => {
                        true
                    }
                    other => panic!("{other:?}"),
                })
            },
        );
        futures::future::join_all(each).await;
    }
    let sent = stage.sent_by(&accounts, from).await;
    assert!(
        !sent.is_empty() && sent.iter().all(|(_, success)| *success),
        "{sent:?}"
    );
    let rows = database
        .session()
        .await
        .query("SELECT transactions, outcome FROM smartsync.history", &[])
        .await
        .expect("rows");
    let recorded: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row.get::<_, Vec<String>>(0))
        .collect();
    assert_eq!(
        recorded,
        sent.iter().map(|(hash, _)| hash.to_string()).collect()
    );
    assert!(rows.iter().all(|row| row.get::<_, String>(1) == "synced"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_of_a_group_on_the_command_line_takes_its_turn_at_all_members() {
    let database = Database::start();
    let (stage, vault) = migrated().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deployment.json");
    let read = |read: smartsync_execution::Read| GroupRead {
        from: read.from,
        data: read.data,
        function: None,
    };
    let mut deployment = stage.deployment.clone();
    deployment.groups.push(Group {
        source: vault.vault,
        reads: vault.reads().into_iter().map(read).collect(),
        ..Group::default()
    });
    deployment.store(&path).expect("stored");
    let command_line = || {
        let output = Command::new(env!("CARGO_BIN_EXE_smartsync"))
            .args(["sync", &vault.vault.to_string(), "--json"])
            .args(["--coordinate", &database.url])
            .args(["--source-rpc", &stage.source.chain().name()])
            .args(["--target-rpc", &stage.relayer.target().name()])
            .arg("--deployment")
            .arg(&path)
            .env("SMARTSYNC_PRIVATE_KEY", key(0).to_bytes().to_string())
            .output()
            .expect("run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    vault.set_rate(&stage, 5).await;
    let other = database.coordinator("other").await;
    let token = mirror_of(&stage.relayer, vault.token).await;
    other.offer(token, 1).await;
    let turn = other.next(&[token]).await.expect("a turn");
    let (success, said) = command_line();
    let refusal = format!("another relayer works at the mirror {}", token.proxy);
    assert!(!success && said.contains(&refusal), "{said}");
    turn.finish(Outcome::Current { source_block: 1 }).await;
    let (success, said) = command_line();
    assert!(success, "{said}");
    let by = format!(
        "SELECT count(*) FROM smartsync.history WHERE relayer = '{}' AND outcome = 'synced' AND changes = 1",
        key(0).address()
    );
    assert_eq!(database.count(&by).await, 1);
    let queued = "SELECT count(*) FROM smartsync.queue";
    assert_eq!(database.count(queued).await, 0);
}
