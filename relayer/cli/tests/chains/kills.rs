use std::{env, process::Stdio, time::Duration};

use alloy::rpc::types::Log;
use alloy_primitives::{Address, U64};
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};
use smartsync_abi::IRegistry::{ProxyCreated, Status};
use smartsync_chain::Side;
use tokio::process::{Child, Command};

use crate::{
    fault_proxy::Random,
    stage::{Stage, connect, key},
};

/// Kills in CI; the soak test asks for more.
const KILLS: u64 = 6;
/// Slots of a contract that is migrated in parts, and of one that is not.
const SIZES: [u64; 2] = [1_200, 20];

struct Operator<'a> {
    stage: &'a Stage,
    deployment: std::path::PathBuf,
}

impl Operator<'_> {
    /// The real binary, as an operator would start it.
    fn start(&self, arguments: &[&str]) -> Child {
        let [source, target] = &self.stage.chains;
        let paying = key(0).to_bytes().to_string();
        Command::new(env!("CARGO_BIN_EXE_smartsync"))
            .args(arguments)
            .args([
                "--json",
                "--source-rpc",
                &source.url(),
                "--target-rpc",
                &target.url(),
            ])
            .args([
                "--private-key",
                &paying,
                "--finality",
                "latest",
                "--deployment",
            ])
            .arg(&self.deployment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("started")
    }

    /// Kills a run after so long, unless it ends before. Returns whether it was killed.
    async fn killed(&self, arguments: &[&str], after: Duration) -> bool {
        let mut child = self.start(arguments);
        match tokio::time::timeout(after, child.wait()).await {
            Ok(ended) => {
                let ended = ended.expect("a status");
                assert!(ended.success(), "{arguments:?} failed by itself: {ended}");
                false
            }
            Err(_elapsed) => {
                child.kill().await.expect("killed");
                true
            }
        }
    }

    /// A run to its end, and what it says.
    async fn run(&self, arguments: &[&str]) -> Value {
        let output = self
            .start(arguments)
            .wait_with_output()
            .await
            .expect("a run");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

/// Mines what waits on the target every few milliseconds, so that transactions are on their way for a while.
pub async fn mine(stage: &Stage) {
    let target = stage.relayer.target();
    let mut ticks = tokio::time::interval(Duration::from_millis(40));
    loop {
        ticks.tick().await;
        let _mined: Value = target.request("evm_mine", ()).await.expect("mined");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relayer_killed_at_any_instant_loses_nothing_and_sends_nothing_in_vain() {
    let kills = env::var("SMARTSYNC_SOAK_KILLS")
        .map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let seed = env::var("SMARTSYNC_SOAK_SEED").map_or(1, |text| text.parse().expect("a seed"));
    let random = Random::new(seed);
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let operator = Operator {
        stage: &stage,
        deployment: folder.path().join("deployment.json"),
    };
    stage
        .deployment
        .store(&operator.deployment)
        .expect("stored");
    let target = connect(Side::Target, &stage.chains[1]).await;
    let first_nonce: U64 = target
        .request("eth_getTransactionCount", (key(0).address(), "latest"))
        .await
        .expect("a count");
    let _off: Value = target
        .request("evm_setAutomine", (false,))
        .await
        .expect("set");

    let report = tokio::select! {
        report = attack(&operator, &random, kills) => report,
        () = mine(&stage) => panic!("mining does not end"),
    };

    // What was sent: every transaction of the account succeeded, so none was a repetition, which the registry refuses.
    let sent = stage.sent_by(&[0], 1).await;
    let failed = sent.iter().filter(|(_, success)| !success).count();
    let sent_here = sent.len() as u64 - first_nonce.to::<u64>();
    assert_eq!(failed, 0, "of {sent_here} transactions");
    if let Ok(path) = env::var("SMARTSYNC_SOAK_REPORT") {
        let text = format!(
            "| what | number |\n| --- | --- |\n| kills while migrating {} slots | {} |\n| kills while migrating {} slots | {} |\n| kills while watching | {} |\n| contracts migrated | {} |\n| transactions sent | {sent_here} |\n| of them failed | {failed} |\n",
            SIZES[0],
            report.migrating[0],
            SIZES[1],
            report.migrating[1],
            report.watching,
            report.contracts
        );
        std::fs::write(path, text).expect("written");
    }
}

#[derive(Default)]
struct Attack {
    migrating: [u64; 2],
    watching: u64,
    contracts: u64,
}

async fn attack(operator: &Operator<'_>, random: &Random, kills: u64) -> Attack {
    let stage = operator.stage;
    let mut report = Attack::default();
    // How long an undisturbed migration takes, so that kills hit every step of one.
    let mut lasts = [Duration::from_secs(8), Duration::from_secs(3)];
    let total = |report: &Attack| report.migrating.iter().sum::<u64>() + report.watching;
    while total(&report) < kills {
        let kind = usize::from(report.contracts % 2 == 1);
        report.contracts += 1;
        let table = stage.slot_table().await;
        for from in (0..SIZES[kind]).step_by(400) {
            let pairs: Vec<(u64, u64)> = (from..SIZES[kind].min(from + 400))
                .map(|slot| (slot, slot + 1))
                .collect();
            stage.write(table, &pairs).await;
        }
        let address = table.to_string();
        let migrate = ["migrate", &address];
        // Killed at a random instant again and again, and at last left alone.
        for _ in 0..2 + random.below(3) {
            let after = lasts[kind].mul_f64(random.below(1_000) as f64 / 1_000.0);
            if operator.killed(&migrate, after).await {
                report.migrating[kind] += 1;
            }
        }
        let started = std::time::Instant::now();
        let migrated = operator.run(&migrate).await;
        lasts[kind] = started.elapsed().max(Duration::from_millis(500));
        let proxy: Address = serde_json::from_value(migrated["proxy"].clone()).expect("a proxy");

        // The same for `watch`, while the source changes.
        for round in 0..2 + random.below(3) {
            stage
                .write(table, &[(round, random.below(1_000)), (5_000 + round, 1)])
                .await;
            let watch = ["watch", &address, "--every", "1"];
            let after = Duration::from_millis(random.below(3_000));
            if operator.killed(&watch, after).await {
                report.watching += 1;
            }
        }
        operator.run(&["sync", &address]).await;
        check(stage, table, proxy).await;
    }
    report
}

/// The mirror equals its source, and is the only one of it.
async fn check(stage: &Stage, table: Address, proxy: Address) {
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);
    let target = stage.relayer.target();
    let head = target.head().await.expect("a head");
    let record = stage
        .relayer
        .registry
        .record(target, proxy, head)
        .await
        .expect("a record");
    assert_eq!(record.status, Status::Active);
    let filter = json!({
        "address": stage.relayer.registry.address,
        "fromBlock": "0x0",
        "toBlock": U64::from(head),
        "topics": [ProxyCreated::SIGNATURE_HASH, null, table.into_word()],
    });
    let created: Vec<Log> = target
        .request("eth_getLogs", (filter,))
        .await
        .expect("logs");
    assert_eq!(created.len(), 1, "mirrors of {table}");
}
