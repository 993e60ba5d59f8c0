//! Measures a contract with a million slots, on two dev chains in processes of their own, and prints Markdown:
//! `scripts/speed.sh`. The first argument is the `smartsync` binary.
//!
//! The slots are put into both chains by fiat, since sending them takes an hour; the registry then verifies the mirror
//! as it would any other: by the proof that its whole storage equals the source's.

mod stage;

use std::{
    error::Error,
    ops::Range,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use relayer::{MigrateOptions, migrate, sync};
use serde_json::{Map, Value, json};
use smartsync_abi::IRegistry;
use smartsync_chain::{AccountProof, RawHeader, Transaction};
use smartsync_finder::Finders;
use stage::{Stage, key, minimum_and_median, slot, value};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
};

const CHUNK: u64 = 100_000;
const CHANGED: u64 = 100;
const RUNS: u64 = 9;
/// How often a process is asked for its memory.
const LOOK: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().ok_or("the smartsync binary is missing")?;
    let slots: u64 = arguments
        .next()
        .map_or(Ok(1_000_000), |slots| slots.parse())?;
    let (_source_chain, source_url) = chain(&binary, "evm").await?;
    let (_target_chain, target_url) = chain(&binary, "stylus").await?;
    let (mut stage, deployed) = Stage::over(&source_url, &target_url).await?;
    // A mirror that was interrupted while it was loaded: its creator goes on with it.
    let table = stage.create_table().await?;
    let proxy = open_mirror(&stage, table).await?;
    for from in (0..slots).step_by(CHUNK as usize) {
        let entries = Value::Object(entries(from..slots.min(from + CHUNK)));
        for (chain, address) in [
            (stage.source.chain(), table),
            (stage.relayer.target(), proxy),
        ] {
            let _block: Value = chain
                .request("smartsync_setStorage", json!([address, entries]))
                .await?;
        }
    }
    let options = MigrateOptions {
        load: true,
        ..MigrateOptions::default()
    };
    stage.relayer.finders = Finders::only("full listing").ok_or("no listing")?;
    let began = Instant::now();
    let migrated = migrate(&stage.relayer, table, &options).await?;
    assert_eq!(migrated.proxy, proxy, "another mirror");
    println!(
        "- both listings compared and the mirror proven complete: {:.1} s",
        began.elapsed().as_secs_f64()
    );

    stage.write(table, 0..CHANGED, 1).await?;
    let folder = tempfile::tempdir()?;
    let deployment = folder.path().join("deployment.json");
    deployed.store(&deployment)?;
    let diff = [
        "diff",
        &table.to_string(),
        "--by",
        "full-listing",
        "--json",
        "--source-rpc",
        &source_url,
        "--target-rpc",
        &target_url,
    ];
    let began = Instant::now();
    let (report, peak_mib) = measured(&binary, &diff, &deployment).await?;
    let seconds = began.elapsed().as_secs_f64();
    let changes = report["changes"].as_array().map_or(0, Vec::len);
    assert_eq!(changes as u64, CHANGED, "other changes");
    println!(
        "- `smartsync diff --by full-listing` of {CHANGED} changed slots, as a process of its own: {seconds:.1} s (target: 60 s), \
         at most {peak_mib} MiB of memory (target: 1,024 MiB; `VmHWM`, read every {} ms)",
        LOOK.as_millis()
    );

    stage.relayer.finders = Finders::default();
    let mut times = Vec::new();
    for run in 0..=RUNS {
        let from = 1_000 * (run + 1);
        stage.write(table, from..from + CHANGED, run + 2).await?;
        let report = sync(&stage.relayer, table, &Default::default()).await?;
        if run > 0 {
            assert_eq!(report.changes as u64, CHANGED, "other changes");
            times.push(report.elapsed_ms.total);
        }
    }
    let [minimum, median] = minimum_and_median(times);
    println!(
        "- a sync of {CHANGED} changed slots: minimum {minimum:.0} ms, median {median:.0} ms of {RUNS} (target: 1,000 ms)"
    );
    Ok(())
}

/// A dev chain as a process of its own, which ends with this one, and its URL.
async fn chain(binary: &str, kind: &str) -> Result<(Child, String), Box<dyn Error>> {
    let mut child = Command::new(binary)
        .args(["devchain", "--kind", kind, "--port", "0"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = child.stdout.take().ok_or("no stdout")?;
    let line = BufReader::new(stdout).lines().next_line().await?;
    Ok((child, line.ok_or("the dev chain says no URL")?))
}

/// Runs a command that prints JSON, and tells the most memory that it had, in MiB.
async fn measured(
    binary: &str,
    arguments: &[&str],
    deployment: &Path,
) -> Result<(Value, u64), Box<dyn Error>> {
    let mut child = Command::new(binary)
        .args(arguments)
        .arg("--deployment")
        .arg(deployment)
        .env("SMARTSYNC_PRIVATE_KEY", key(0)?.to_bytes().to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let status = format!("/proc/{}/status", child.id().ok_or("it has ended")?);
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    let reading = tokio::spawn(async move {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).await.map(|_length| said)
    });
    let mut peak_kib = 0;
    let ended = loop {
        tokio::select! {
            ended = child.wait() => break ended?,
            () = tokio::time::sleep(LOOK) => {
                // A process that has just ended has no memory any more.
                let text = std::fs::read_to_string(&status).unwrap_or_default();
                let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = high.and_then(|line| line.split_whitespace().next());
                peak_kib = peak_kib.max(kib.map_or(Ok(0), str::parse::<u64>)?);
            }
        }
    };
    if !ended.success() {
        return Err(format!("{arguments:?}: {ended}").into());
    }
    Ok((serde_json::from_slice(&reading.await??)?, peak_kib / 1_024))
}

/// A mirror that is created, and loaded with one slot.
async fn open_mirror(stage: &Stage, table: Address) -> Result<Address, Box<dyn Error>> {
    // A mirror of another contract with the same code teaches the registry the code and the header.
    let relayer = &stage.relayer;
    let twin = stage.create_table().await?;
    stage.write(twin, 0..1, 0).await?;
    let twin = migrate(relayer, twin, &MigrateOptions::default()).await?;
    let header = RawHeader::fetch(&relayer.source, twin.source_block).await?;
    let account = AccountProof::fetch(&relayer.source, table, &[], &header).await?;
    let create = IRegistry::createCall {
        source: table,
        sourceBlock: twin.source_block,
        accountProof: account.nodes,
    };
    let transaction = Transaction {
        call: IRegistry::createCall::SIGNATURE,
        to: Some(relayer.registry.address),
        value: U256::ONE,
        data: create.abi_encode().into(),
    };
    relayer.submitter.send(transaction).await?;
    let created = relayer
        .registry
        .created(relayer.target(), Some(table))
        .await?;
    let proxy = created.first().ok_or("nothing was created")?.proxy;
    let load = IRegistry::loadCall {
        proxy,
        slots: vec![slot(0)],
        values: vec![value(0, 0)],
    };
    let transaction = Transaction {
        call: IRegistry::loadCall::SIGNATURE,
        to: Some(relayer.registry.address),
        value: U256::ZERO,
        data: load.abi_encode().into(),
    };
    relayer.submitter.send(transaction).await?;
    Ok(proxy)
}

fn entries(places: Range<u64>) -> Map<String, Value> {
    places
        .map(|place| (format!("{:#x}", slot(place)), json!(value(place, 0))))
        .collect()
}
