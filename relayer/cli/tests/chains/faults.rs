use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256};
use relayer::{MigrateOptions, Relayer, migrate, sync};
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{Chain, Endpoints, Limits, Side, Submitter, fetch_unverified};

use crate::{
    fault_proxy::{Counts, FaultProxy, Random},
    stage::{Stage, address, key},
};

/// Requests through the proxies before the faults stop; the soak test asks for more.
const REQUESTS: u64 = 400;

/// A relayer whose four endpoints, two for each chain, are faulty proxies.
pub struct Faulty {
    pub relayer: Relayer,
    _proxies: Vec<FaultProxy>,
}

impl Faulty {
    pub async fn start(
        stage: &Stage,
        seed: u64,
        quorum: usize,
        faulty: &Arc<AtomicBool>,
        counts: &Arc<Counts>,
    ) -> Self {
        let mut proxies = Vec::new();
        let mut chains = Vec::new();
        for (side, chain) in [Side::Source, Side::Target].into_iter().zip(&stage.chains) {
            let mut urls = Vec::new();
            for number in 0..2 {
                let seed = seed + 10 * chains.len() as u64 + number;
                let proxy =
                    FaultProxy::start(chain.url(), seed, faulty.clone(), counts.clone()).await;
                urls.push(address(&proxy.url));
                proxies.push(proxy);
            }
            let endpoints = Endpoints {
                urls,
                quorum,
                timeout: Duration::from_secs(20),
                ..Endpoints::default()
            };
            chains.push(Chain::connect(side, &endpoints).await.expect("connected"));
        }
        let target = chains.pop().expect("a target");
        let source = chains.pop().expect("a source");
        let limits = Limits {
            replace_after: Duration::from_secs(2),
            give_up_after: Duration::from_secs(30),
            ..Limits::default()
        };
        let submitter = Submitter::new(target, key(0)).with_limits(limits);
        Self {
            relayer: stage.relayer_over(source, submitter),
            _proxies: proxies,
        }
    }
}

/// What a mirror is, read past the proxies: the protocol's own promise is that an active one equals its source at the
/// recorded block.
async fn honest_block(stage: &Stage, table: Address, proxy: Address) -> u64 {
    let target = stage.relayer.target();
    let head = target.head().await.expect("a head");
    let record = stage
        .relayer
        .registry
        .record(target, proxy, head)
        .await
        .expect("a record");
    if record.status == Status::Active {
        let on_source = storage_root(stage.source.chain(), table, record.sourceBlock).await;
        let on_target = storage_root(target, proxy, head).await;
        assert_eq!(
            on_target, on_source,
            "at source block {}",
            record.sourceBlock
        );
    }
    record.sourceBlock
}

async fn storage_root(chain: &Chain, address: Address, block: u64) -> B256 {
    fetch_unverified(chain, address, &[], block)
        .await
        .expect("a proof")
        .storage_root
}

/// The name of an error's kind.
pub fn kind(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let end = text
        .find(|letter: char| !letter.is_alphanumeric())
        .unwrap_or(text.len());
    text[..end].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_through_faulty_nodes_end_right_or_with_an_error_and_the_mirror_is_equal_in_the_end()
{
    let wanted = env::var("SMARTSYNC_SOAK_REQUESTS")
        .map_or(REQUESTS, |text| text.parse().expect("a number of requests"));
    let seed = env::var("SMARTSYNC_SOAK_SEED").map_or(1, |text| text.parse().expect("a seed"));
    let started = Instant::now();
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    let random = Random::new(seed);
    stage.write(table, &[(1, 1), (2, 2), (3, 3)]).await;
    let proxy = migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated")
        .proxy;

    let faulty = Arc::new(AtomicBool::new(false));
    let counts = Arc::new(Counts::default());
    // One relies on two nodes that agree, one on a single node with another to fall back on.
    let careful = Faulty::start(&stage, seed, 2, &faulty, &counts).await;
    let single = Faulty::start(&stage, seed + 100, 1, &faulty, &counts).await;
    faulty.store(true, Ordering::Relaxed);

    let (mut synced, mut idle, mut failed) = (0, 0, BTreeMap::<String, u64>::new());
    let mut rounds = 0;
    while counts.requests.load(Ordering::Relaxed) < wanted {
        rounds += 1;
        let pairs: Vec<(u64, u64)> = (0..1 + random.below(6))
            .map(|_| (random.below(40), random.below(3) * random.below(1_000)))
            .collect();
        stage.write(table, &pairs).await;
        let by = match rounds % 2 {
            0 => &careful,
            _ => &single,
        };
        let result = sync(&by.relayer, table, &Default::default()).await;
        let at = honest_block(&stage, table, proxy).await;
        match result {
            Ok(report) if report.tx_hash.is_some() => {
                synced += 1;
                assert!(at >= report.source_block, "{report:?}, but at {at}");
            }
            Ok(report) => {
                idle += 1;
                // What a single node says of the record is as true as the node.
                if rounds % 2 == 0 {
                    assert_eq!(at, report.source_block, "{report:?}");
                }
            }
            Err(error) => *failed.entry(kind(&error)).or_default() += 1,
        }
    }
    assert!(synced > 0, "nothing was synced: {failed:?}");

    // The faults stop: the same relayers bring the mirror up to date.
    faulty.store(false, Ordering::Relaxed);
    stage.write(table, &[(1, 7)]).await;
    let last = stage.source.chain().head().await.expect("a head");
    let report = sync(&single.relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!(report.source_block, last);
    assert_eq!(honest_block(&stage, table, proxy).await, last);
    let [on_source, on_target] = stage.roots(table, proxy).await;
    assert_eq!(on_source, on_target);

    if let Ok(path) = env::var("SMARTSYNC_SOAK_REPORT") {
        let mut report = String::new();
        let faults = counts.faults.lock().expect("never poisoned").clone();
        let total: u64 = faults.values().sum();
        let requests = counts.requests.load(Ordering::Relaxed);
        let refused: u64 = failed.values().sum();
        writeln!(report, "| what | number |\n| --- | --- |\n| requests through the proxies | {requests} |\n| of them with a fault | {total} |\n| syncs tried | {rounds} |\n| that moved the mirror | {synced} |\n| with nothing to do | {idle} |\n| that ended with an error | {refused} |\n| seconds | {} |\n", started.elapsed().as_secs()).expect("text");
        writeln!(report, "| fault | number |\n| --- | --- |").expect("text");
        for (fault, number) in faults {
            writeln!(report, "| {fault} | {number} |").expect("text");
        }
        writeln!(report, "\n| error | number |\n| --- | --- |").expect("text");
        for (error, number) in failed {
            writeln!(report, "| `{error}` | {number} |").expect("text");
        }
        std::fs::write(Path::new(&path), report).expect("written");
    }
}
