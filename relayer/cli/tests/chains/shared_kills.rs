//! Relayers that share mirrors through PostgreSQL, killed and cut off at random instants.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use alloy::rpc::types::Log;
use alloy_primitives::{Address, B256, U64};
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};
use smartsync_abi::IRegistry::{SyncSkipped, Synced};
use smartsync_chain::Side;
use tokio::process::Child;

use crate::{
    command::smartsync,
    database::Database,
    fault_proxy::Random,
    kills::mine,
    stage::{Stage, connect, key},
    watched::migrated,
};

/// Kills in CI; the soak test asks for more.
const KILLS: u64 = 10;
/// Accounts that the relayers pay from.
const ACCOUNTS: [usize; 2] = [2, 7];
const MIRRORS: usize = 3;
/// Longest time between two events, in milliseconds: some hit a relayer that starts, most one at work.
const PAUSE: u64 = 1_500;
/// The same in a long run, so that a turn that was left is also taken over, and more is sent between two events.
const LONG_PAUSE: u64 = 4_000;
/// From so many kills on a run is long.
const LONG: u64 = 50;

/// What all relayers are started with.
struct Site<'a> {
    stage: &'a Stage,
    database: &'a Database,
    config: PathBuf,
    folder: &'a Path,
}

impl<'a> Site<'a> {
    fn new(
        stage: &'a Stage,
        database: &'a Database,
        tables: &[(Address, Address)],
        folder: &'a Path,
    ) -> Self {
        stage
            .deployment
            .store(&folder.join("deployment.json"))
            .expect("written");
        let mut text = "finality = \"latest\"\n[source]\nrpc = { env = \"SOURCE_URL\" }\n[target]\nrpc = { env = \"TARGET_URL\" }\n\
            [key]\nprivate_key = { env = \"PAYING_KEY\" }\n[notary]\nkeys = [{ env = \"SIGNING_KEY\" }]\n\
            [watch]\npoll = \"50ms\"\nretry_first = \"50ms\"\n"
            .to_owned();
        for (table, _) in tables {
            writeln!(text, "[[mirror]]\naddress = \"{table}\"").expect("text");
        }
        let config = folder.join("watch.toml");
        std::fs::write(&config, text).expect("written");
        Self {
            stage,
            database,
            config,
            folder,
        }
    }

    /// The real binary, as an operator would start it on one of several machines.
    fn start(&self, account: usize) -> Child {
        let secret = |account| key(account).to_bytes().to_string();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log(account))
            .expect("a log");
        smartsync(&["watch", "--config", self.config.to_str().expect("text")])
            .env("SMARTSYNC_COORDINATE", &self.database.url)
            .env("SOURCE_URL", self.stage.chains[0].url())
            .env("TARGET_URL", self.stage.chains[1].url())
            .env("PAYING_KEY", secret(account))
            .env("SIGNING_KEY", secret(0))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it starts")
    }

    fn log(&self, account: usize) -> PathBuf {
        self.folder.join(format!("{account}.log"))
    }

    fn said(&self, account: usize) -> String {
        std::fs::read_to_string(self.log(account)).unwrap_or_default()
    }
}

/// What was done to them.
#[derive(Debug, Default)]
struct Report {
    kills: u64,
    /// Kills that left a turn behind.
    in_a_turn: u64,
    cuts: u64,
    sessions_cut: u64,
    writes: u64,
}

/// Kills relayers and cuts sessions while the sources change, until there were so many kills.
async fn attack(
    site: &Site<'_>,
    random: &Random,
    tables: &[(Address, Address)],
    kills: u64,
) -> Report {
    let mut report = Report::default();
    let mut relayers = ACCOUNTS.map(|account| (account, site.start(account)));
    while report.kills < kills {
        for _ in 0..=random.below(2) {
            let (table, _) = tables[random.below(MIRRORS as u64) as usize];
            let pairs: Vec<(u64, u64)> = (0..1 + random.below(4))
                .map(|_| (random.below(50), random.below(1_000)))
                .collect();
            site.stage.write(table, &pairs).await;
            report.writes += 1;
        }
        let place = random.below(ACCOUNTS.len() as u64) as usize;
        let (account, child) = &mut relayers[place];
        let pause = if kills < LONG { PAUSE } else { LONG_PAUSE };
        let after = Duration::from_millis(random.below(pause));
        if let Ok(ended) = tokio::time::timeout(after, child.wait()).await {
            panic!("{ended:?} by itself:\n{}", site.said(*account));
        }
        if random.below(4) == 0 {
            report.cuts += 1;
            report.sessions_cut += site.database.cut_sessions().await as u64;
            continue;
        }
        child.kill().await.expect("killed");
        report.kills += 1;
        let name = key(*account).address().to_string();
        let left = format!("SELECT count(*) FROM smartsync.queue WHERE worker = '{name}'");
        report.in_a_turn += u64::from(site.database.count(&left).await > 0);
        *child = site.start(*account);
    }
    // Left alone they bring up everything.
    for (table, _) in tables {
        site.stage.write(*table, &[(1, 1_000)]).await;
    }
    for (table, proxy) in tables {
        let equal = site.stage.equal(*table, *proxy);
        if tokio::time::timeout(Duration::from_secs(120), equal)
            .await
            .is_err()
        {
            panic!("{table} is not brought up:\n{}", site.said(ACCOUNTS[0]));
        }
    }
    report
}

/// Events of the registry of one kind.
async fn events(stage: &Stage, from: u64, topic: B256) -> Vec<Log> {
    let filter = json!({
        "address": stage.relayer.registry.address,
        "fromBlock": U64::from(from),
        "topics": [topic],
    });
    stage
        .relayer
        .target()
        .request("eth_getLogs", (filter,))
        .await
        .expect("logs")
}

#[tokio::test(flavor = "multi_thread")]
async fn relayers_that_share_mirrors_lose_nothing_and_pay_nothing_twice_when_killed_or_cut_off() {
    let kills = env::var("SMARTSYNC_SOAK_KILLS")
        .map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let seed = env::var("SMARTSYNC_SOAK_SEED").map_or(1, |text| text.parse().expect("a seed"));
    let random = Random::new(seed);
    let database = Database::start();
    let stage = Stage::start().await;
    let mut tables = Vec::new();
    for _ in 0..MIRRORS {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        tables.push((table, migrated(&stage, table).await.proxy));
    }
    let target = connect(Side::Target, &stage.chains[1]).await;
    let from = target.head().await.expect("a head") + 1;
    let _off: Value = target
        .request("evm_setAutomine", (false,))
        .await
        .expect("set");
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::new(&stage, &database, &tables, folder.path());
    let report = tokio::select! {
        report = attack(&site, &random, &tables, kills) => report,
        () = mine(&stage) => panic!("mining does not end"),
    };

    let sent = stage.sent_by(&ACCOUNTS, from).await;
    let transactions = sent.len() as u64;
    let failed: Vec<_> = sent.iter().filter(|(_, success)| !success).collect();
    let said = || ACCOUNTS.map(|account| site.said(account)).join("\n----\n");
    assert!(
        failed.is_empty(),
        "{failed:?} of {transactions} failed, {report:?}:\n{}",
        said()
    );
    let skipped = events(&stage, from, SyncSkipped::SIGNATURE_HASH).await;
    assert!(skipped.is_empty(), "{skipped:?}:\n{}", said());
    let moved = events(&stage, from, Synced::SIGNATURE_HASH).await;
    assert!(!moved.is_empty());
    // In a long run both had turns, and were killed in some.
    let mut by = BTreeMap::<String, i64>::new();
    let session = database.session().await;
    let rows = session
        .query(
            "SELECT relayer, count(*) FROM smartsync.history WHERE outcome = 'synced' GROUP BY relayer",
            &[],
        )
        .await
        .expect("rows");
    by.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
    assert!(!by.is_empty());
    if kills >= LONG {
        assert_eq!(by.len(), ACCOUNTS.len(), "{by:?}, {report:?}");
        assert!(report.in_a_turn > 0, "{report:?}");
    }
    if let Ok(path) = env::var("SMARTSYNC_SOAK_REPORT") {
        let mut text = "| what | number |\n| --- | --- |\n".to_owned();
        for (what, number) in [
            ("kills", report.kills),
            ("of them with a turn left behind", report.in_a_turn),
            ("times that all sessions were cut", report.cuts),
            ("sessions cut", report.sessions_cut),
            ("changes of the sources", report.writes + MIRRORS as u64),
            ("syncs of a mirror", moved.len() as u64),
            ("transactions sent", transactions),
            ("of them failed", failed.len() as u64),
            (
                "mirrors skipped in a transaction, as moved already",
                skipped.len() as u64,
            ),
        ] {
            writeln!(text, "| {what} | {number} |").expect("text");
        }
        std::fs::write(path, text).expect("written");
    }
}
