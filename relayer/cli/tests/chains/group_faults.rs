//! Groups through nodes that lie or lag, of a source that changes or is upgraded in every block, while a reader compares all that the mirrors answer with the source.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use smartsync_groups::{Error, Question, bring_up, call, group_state};

use crate::{
    fault_proxy::{Counts, Random},
    faults::{Faulty, kind},
    stage::Stage,
    vault::Vault,
};

/// Requests through the proxies before the faults stop; the soak test asks for more.
const REQUESTS: u64 = 250;

impl Vault {
    /// An upgrade, and every other time another rate in the block behind it.
    async fn change(&self, stage: &Stage, random: &Random, round: u64) {
        self.upgrade(stage, usize::from(round % 2 == 1)).await;
        if random.below(2) == 0 {
            self.set_rate(stage, 1 + random.below(1_000_000)).await;
        }
    }
}

/// What the reader saw.
#[derive(Default)]
struct Sight {
    equal: AtomicU64,
    refused: AtomicU64,
}

/// Reads again and again, past the faulty nodes. Panics at an answer that is not the source's.
async fn read(stage: Arc<Stage>, questions: Vec<Question>, sight: Arc<Sight>) {
    loop {
        for question in &questions {
            let answer = call(&stage.relayer, question, true).await.expect("a read");
            if answer.holds() {
                sight.equal.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            assert!(!answer.success && answer.advice.is_some(), "{answer:?}");
            sight.refused.fetch_add(1, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_through_faulty_nodes_of_a_source_upgraded_in_every_block_are_never_read_mixed() {
    let number = |name: &str, otherwise: u64| {
        env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let wanted = number("SMARTSYNC_SOAK_REQUESTS", REQUESTS);
    let seed = number("SMARTSYNC_SOAK_SEED", 1);
    let started = Instant::now();
    let stage = Arc::new(Stage::start().await);
    let vault = Vault::deploy(&stage).await;
    let questions = vault.questions();
    let reads = vault.reads();
    bring_up(&stage.relayer, vault.vault, &reads, None)
        .await
        .expect("migrated");
    let sight = Arc::new(Sight::default());
    let reader = tokio::spawn(read(stage.clone(), questions, sight.clone()));

    let random = Random::new(seed);
    let faulty = Arc::new(AtomicBool::new(false));
    let counts = Arc::new(Counts::default());
    let careful = Faulty::start(&stage, seed, 2, &faulty, &counts).await;
    let single = Faulty::start(&stage, seed + 100, 1, &faulty, &counts).await;
    faulty.store(true, Ordering::Relaxed);
    let (mut moved, mut failed) = (0, BTreeMap::<String, u64>::new());
    let mut rounds = 0;
    while counts.requests.load(Ordering::Relaxed) < wanted {
        rounds += 1;
        vault.change(&stage, &random, rounds).await;
        let by = match rounds % 2 {
            0 => &careful,
            _ => &single,
        };
        match bring_up(&by.relayer, vault.vault, &reads, None).await {
            Ok(_report) => moved += 1,
            Err(Error::Relayer(error)) => *failed.entry(kind(&error)).or_default() += 1,
            Err(error) => *failed.entry(kind(&error)).or_default() += 1,
        }
        assert!(!reader.is_finished(), "{:?}", reader.await);
    }

    // The faults stop: the same relayer brings all to one block, where all is answered.
    faulty.store(false, Ordering::Relaxed);
    vault.change(&stage, &random, rounds + 1).await;
    let last = stage.source.chain().head().await.expect("a head");
    let report = bring_up(&single.relayer, vault.vault, &reads, None)
        .await
        .expect("brought up");
    assert_eq!(report.source_block, last);
    let head = stage.relayer.target().head().await.expect("a head");
    let state = group_state(&stage.relayer, vault.vault, &report.members, &reads, head)
        .await
        .expect("a state");
    assert_eq!((state.source_block, state.apart()), (last, 0), "{state:?}");
    assert!(state.failing.is_empty(), "{state:?}");
    assert!(!reader.is_finished(), "{:?}", reader.await);
    reader.abort();
    let equal = sight.equal.load(Ordering::Relaxed);
    assert!(
        equal > 0 && moved > 0,
        "{equal} reads, {moved} moves, {failed:?}"
    );

    if let Ok(path) = env::var("SMARTSYNC_SOAK_REPORT") {
        let mut report = String::new();
        let faults = counts.faults.lock().expect("never poisoned").clone();
        let requests = counts.requests.load(Ordering::Relaxed);
        let refused = sight.refused.load(Ordering::Relaxed);
        let mut row = |what: &str, number: u64| {
            writeln!(report, "| {what} | {number} |").expect("text");
        };
        row("requests through the proxies", requests);
        row("of them with a fault", faults.values().sum());
        row("rounds, each with an upgrade", rounds);
        row("that ended well", moved);
        row("that ended with an error", failed.values().sum());
        row("reads equal to the source's at the recorded block", equal);
        row("reads refused with a typed error", refused);
        row("reads that differ", 0);
        row("seconds", started.elapsed().as_secs());
        for (error, number) in failed {
            row(&format!("rounds that ended with `{error}`"), number);
        }
        for (fault, number) in faults {
            row(&format!("fault: {fault}"), number);
        }
        fs::write(path, format!("| what | number |\n| --- | --- |\n{report}")).expect("written");
    }
}
