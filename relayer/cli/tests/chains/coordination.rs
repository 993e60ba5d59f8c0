//! Relayers that share mirrors take turns through a PostgreSQL server, which `scripts/postgres.sh` starts.

use std::{
    collections::BTreeSet,
    process::Command,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, U256};
use relayer::{MigrateOptions, Relayer, migrate, sync};
use serde_json::{Value, json};
use smartsync_chain::Transaction;
use smartsync_service::{
    CoordinationError, Coordinator, MirrorId, Outcome, Postgres, Readiness, Takeover, Turn,
};

use crate::{database::Database, stage::Stage};

fn mirror(byte: u8) -> MirrorId {
    MirrorId {
        target_chain_id: 412_346,
        registry: Address::ZERO,
        proxy: Address::repeat_byte(byte),
    }
}

fn current(source_block: u64) -> Outcome {
    Outcome::Current { source_block }
}

/// The next turn; waits until the server has noticed that a connection is closed.
async fn freed(coordinator: &Postgres, mirrors: &[MirrorId]) -> Box<dyn Turn> {
    for _ in 0..2_000 {
        if let Some(turn) = coordinator.next(mirrors).await {
            return turn;
        }
    }
    panic!("the turn is not free");
}

#[tokio::test(flavor = "multi_thread")]
async fn relayers_get_different_mirrors_longest_waiting_first_and_a_lost_turn_is_another_s() {
    let database = Database::start();
    let [one, two] = [
        database.coordinator("one").await,
        database.coordinator("two").await,
    ];
    let mirrors = [mirror(1), mirror(2), mirror(3)];
    assert!(one.next(&mirrors).await.is_none());
    one.offer(mirror(2), 7).await;
    two.offer(mirror(1), 7).await;
    two.offer(mirror(2), 9).await;
    let first = two.next(&mirrors).await.expect("one waits");
    assert_eq!((first.mirror(), first.source_block()), (mirror(2), 9));
    let second = one.next(&mirrors).await.expect("another waits");
    assert_eq!((second.mirror(), second.source_block()), (mirror(1), 7));
    assert_eq!((first.predecessor(), second.predecessor()), (None, None));
    assert!(one.next(&mirrors).await.is_none());
    assert!(two.next(&mirrors).await.is_none());
    // An offer during a turn is not held up by it, and waits.
    one.offer(mirror(2), 10).await;
    first.finish(current(9)).await;
    let again = one.next(&mirrors).await.expect("offered meanwhile");
    assert_eq!((again.mirror(), again.source_block()), (mirror(2), 10));
    again.finish(current(10)).await;
    assert!(two.next(&mirrors).await.is_none());

    // As when its holder is killed: the connection is closed without a word, and the work waits for others.
    drop(second);
    let third = freed(&two, &mirrors).await;
    assert_eq!((third.mirror(), third.source_block()), (mirror(1), 7));
    let left_by = third.predecessor().map(|left| left.relayer.as_str());
    assert_eq!(left_by, Some("one"));
    third
        .finish(Outcome::Failed {
            error: "no".to_owned(),
        })
        .await;
    assert!(
        one.next(&mirrors).await.is_none(),
        "until it is offered again"
    );
    one.offer(mirror(3), 1).await;
    assert!(
        one.next(&mirrors[..2]).await.is_none(),
        "not one of its own"
    );
    assert_eq!(
        database.count("SELECT count(*) FROM smartsync.queue").await,
        1
    );
    let failed = "SELECT count(*) FROM smartsync.history WHERE outcome = 'failed' AND error = 'no' AND relayer = 'two'
        AND started_at <= finished_at";
    assert_eq!(database.count(failed).await, 1);
    assert_eq!(
        database
            .count("SELECT count(*) FROM smartsync.history")
            .await,
        1
    );
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(database.count(held).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_once_by_whoever_comes_first_and_those_of_a_newer_program_refused() {
    let database = Database::start();
    let connecting = ["one", "two", "three"].map(|name| database.coordinator(name));
    futures::future::join_all(connecting).await;
    let version = "SELECT max(version)::bigint FROM smartsync.migrations";
    assert_eq!(database.count(version).await, 2);
    database
        .session()
        .await
        .execute(
            "INSERT INTO smartsync.migrations (version) VALUES (99)",
            &[],
        )
        .await
        .expect("inserted");
    let refused = Postgres::connect(&database.url.as_str().into(), "four".to_owned()).await;
    assert!(matches!(
        refused,
        Err(CoordinationError::NewerSchema {
            found: 99,
            known: 2
        })
    ));
    for wrong in [
        "postgres://",
        "http://127.0.0.1/x",
        "postgres://x@127.0.0.1/x?sslmode=require",
    ] {
        assert!(
            Postgres::connect(&wrong.into(), "five".to_owned())
                .await
                .is_err(),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_left_is_used_only_when_nothing_of_its_relayer_is_on_its_way() {
    let database = Database::start();
    let stage = Stage::start().await;
    let target = stage.relayer.target().clone();
    let dead = stage.another_relayer(2).await.submitter;
    let dead_account = dead.address().expect("an account").to_string();
    let [first, second] = [
        database.coordinator(&dead_account).await,
        database.coordinator("second").await,
    ];
    first.offer(mirror(1), 7).await;
    let turn = first.next(&[mirror(1)]).await.expect("a turn");
    // What it sent waits when it dies.
    let _off: Value = target
        .request("evm_setAutomine", json!([false]))
        .await
        .expect("set");
    let transaction = Transaction {
        call: "payment",
        to: Some(Address::repeat_byte(0x77)),
        value: U256::ONE,
        data: Default::default(),
    };
    tokio::select! {
        sent = dead.send(transaction) => panic!("nothing is mined yet: {sent:?}"),
        () = async { while dead.is_quiet(dead.address().expect("an account")).await.expect("counts") {} } => {}
    }
    drop(turn);

    let mut takeover = Takeover::default();
    let began = Instant::now();
    let mut looks = 0;
    // Longer than it waits in any case, so that only the transaction holds it up at the end.
    while began.elapsed() < Duration::from_secs(3) {
        let mut turn = freed(&second, &[mirror(1)]).await;
        let seen = takeover.look(&stage.relayer.submitter, turn.as_mut()).await;
        assert_eq!(seen, Readiness::Wait);
        looks += 1;
    }
    assert!(looks > 1);
    let _mined: Value = target.request("evm_mine", ()).await.expect("mined");
    let mut turn = freed(&second, &[mirror(1)]).await;
    let seen = takeover.look(&stage.relayer.submitter, turn.as_mut()).await;
    assert_eq!(seen, Readiness::TakenOver);
    drop(turn);
    // From now on it is the second one's, also after a cut.
    let mut turn = freed(&second, &[mirror(1)]).await;
    assert_eq!(turn.predecessor(), None);
    let seen = takeover.look(&stage.relayer.submitter, turn.as_mut()).await;
    assert_eq!(seen, Readiness::Ready);
    turn.finish(current(7)).await;
    assert_eq!(
        database.count("SELECT count(*) FROM smartsync.queue").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_whose_session_was_cut_is_known_to_be_lost_and_can_be_taken_again() {
    let database = Database::start();
    let coordinator = database.coordinator("one").await;
    coordinator.offer(mirror(1), 7).await;
    let mut turn = coordinator.next(&[mirror(1)]).await.expect("a turn");
    assert!(turn.is_held().await);
    database.cut_sessions().await;
    assert!(!turn.is_held().await);
    // The history lacks it, and the work is still there.
    turn.finish(current(7)).await;
    let mut turn = freed(&coordinator, &[mirror(1)]).await;
    assert_eq!((turn.source_block(), turn.predecessor()), (7, None));
    // So does a server that crashes, and what waits is still there when it is back.
    database.restart();
    assert!(!turn.is_held().await);
    drop(turn);
    let turn = freed(&coordinator, &[mirror(1)]).await;
    assert_eq!((turn.source_block(), turn.predecessor()), (7, None));
}

/// Three relayers over the same contracts, which pay from accounts 2, 7 and 8, and who gives each its turns.
pub async fn three_relayers(stage: &Stage, database: &Database) -> ([Relayer; 3], [Postgres; 3]) {
    let relayers = [
        stage.another_relayer(2).await,
        stage.another_relayer(7).await,
        stage.another_relayer(8).await,
    ];
    let coordinators = [
        database.coordinator("one").await,
        database.coordinator("two").await,
        database.coordinator("three").await,
    ];
    (relayers, coordinators)
}

/// What a relayer that watches does in a round.
async fn round(relayer: &Relayer, coordinator: &Postgres, mirrors: &[MirrorId]) {
    let block = relayer.final_block().await.expect("a block");
    for mirror in mirrors {
        coordinator.offer(*mirror, block).await;
    }
    while let Some(turn) = coordinator.next(mirrors).await {
        let result = sync(relayer, turn.mirror().proxy, &Default::default()).await;
        assert!(result.is_ok(), "{result:?}");
        turn.finish(Outcome::of(&result)).await;
    }
}

/// Hashes and success of all transactions in target blocks from `from` on.
async fn transactions(relayer: &Relayer, from: u64) -> Vec<(B256, bool)> {
    let target = relayer.target();
    let mut all = Vec::new();
    for number in from..=target.head().await.expect("a head") {
        for hash in target.block(number).await.expect("a block").transactions {
            let receipt: Value = target
                .request("eth_getTransactionReceipt", json!([hash]))
                .await
                .expect("a receipt");
            all.push((hash, receipt["status"] == "0x1"));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relayers_that_share_three_mirrors_send_each_sync_once() {
    let mut database = Database::start();
    let stage = Stage::start().await;
    let mut mirrors = Vec::new();
    let mut tables = Vec::new();
    for _ in 0..3 {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        let proxy = migrate(&stage.relayer, table, &MigrateOptions::default())
            .await
            .expect("migrated")
            .proxy;
        tables.push((table, proxy));
        mirrors.push(MirrorId::of(&stage.relayer, proxy));
    }
    let (relayers, coordinators) = three_relayers(&stage, &database).await;
    let from = stage.relayer.target().head().await.expect("a head") + 1;
    let rounds = 4;
    for number in 0..rounds {
        for (table, _) in &tables {
            stage
                .write(*table, &[(1, 10 + number), (2 + number, 5)])
                .await;
        }
        let all = relayers
            .iter()
            .zip(&coordinators)
            .map(|(relayer, coordinator)| round(relayer, coordinator, &mirrors));
        futures::future::join_all(all).await;
        for (table, proxy) in &tables {
            let [on_source, on_target] = stage.roots(*table, *proxy).await;
            assert_eq!(on_source, on_target);
        }
    }
    let sent = transactions(&stage.relayer, from).await;
    assert!(sent.iter().all(|(_, success)| *success), "{sent:?}");
    assert_eq!(sent.len() as u64, rounds * tables.len() as u64);

    // The history has each of them, once.
    let rows = database
        .session()
        .await
        .query("SELECT transactions, proxy, source_block, changes FROM smartsync.history WHERE outcome = 'synced'", &[])
        .await
        .expect("rows");
    assert_eq!(rows.len(), sent.len());
    let recorded: BTreeSet<String> = rows
        .iter()
        .flat_map(|row| row.get::<_, Vec<String>>(0))
        .collect();
    assert_eq!(
        recorded,
        sent.iter().map(|(hash, _)| hash.to_string()).collect()
    );
    let syncs: BTreeSet<(String, i64)> = rows.iter().map(|row| (row.get(1), row.get(2))).collect();
    assert_eq!(syncs.len(), rows.len(), "no mirror twice to one block");
    assert!(rows.iter().all(|row| row.get::<_, i64>(3) == 2));
    assert_eq!(
        database
            .count("SELECT count(*) FROM smartsync.history")
            .await,
        rows.len() as i64
    );
    assert_eq!(
        database.count("SELECT count(*) FROM smartsync.queue").await,
        0
    );

    // Without the database each goes on alone.
    database.stop();
    let (table, proxy) = tables[0];
    stage.write(table, &[(1, 99)]).await;
    round(&relayers[0], &coordinators[0], &mirrors[..1]).await;
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_on_the_command_line_waits_for_no_one_and_takes_its_turn() {
    let database = Database::start();
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated")
        .proxy;
    stage.write(table, &[(1, 2)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deployment.json");
    stage.deployment.store(&path).expect("stored");
    let command_line = || {
        let output = Command::new(env!("CARGO_BIN_EXE_smartsync"))
            .args(["sync", &table.to_string(), "--json"])
            .args(["--coordinate", &database.url])
            .args(["--source-rpc", &stage.source.chain().name()])
            .args(["--target-rpc", &stage.relayer.target().name()])
            .arg("--deployment")
            .arg(&path)
            .env(
                "SMARTSYNC_PRIVATE_KEY",
                crate::stage::key(0).to_bytes().to_string(),
            )
            .output()
            .expect("run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    let coordinator = database.coordinator("other").await;
    let mirror = MirrorId::of(&stage.relayer, proxy);
    coordinator.offer(mirror, 1).await;
    let turn = coordinator.next(&[mirror]).await.expect("it waits");
    let (success, said) = command_line();
    assert!(
        !success && said.contains("another relayer works at"),
        "{said}"
    );
    turn.finish(current(1)).await;
    let (success, said) = command_line();
    assert!(success, "{said}");
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
    let by = format!(
        "SELECT count(*) FROM smartsync.history WHERE relayer = '{}' AND outcome = 'synced'",
        crate::stage::key(0).address()
    );
    assert_eq!(database.count(&by).await, 1);
    assert!(!said.contains(&database.url));
}
