//! The relayer is killed at any instant of migrating and watching groups, while their sources change, are upgraded and point elsewhere in every block; and readers
//! read all the while. Whatever they are answered is the source's at the block that the mirror is recorded at. `scripts/soak-groups.sh` runs it for long.

use std::{
    collections::BTreeMap,
    env, fs,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use smartsync_tests::{
    Chain, args,
    packages::{self, Contract, Scene},
};
use tokio::process::Child;

use crate::followed::{Followed, Group, Seen};

const UNIT: u128 = 1_000_000_000_000_000_000;
/// Kills and reads in CI; the script asks for more.
const KILLS: u64 = 4;
const READS: u64 = 100;
/// Slots that a vault of every other round has beside its own, so that it is copied in parts.
const MANY_SLOTS: u64 = 500;
/// The source changes that often while the relayer runs.
const PACE: Duration = Duration::from_millis(120);
const UPGRADEABLE: &str = "@openzeppelin/contracts-upgradeable";

/// A vault, and what it depends on.
struct Vault {
    scene: Scene,
    vault: Contract,
    token: Contract,
    logics: [Contract; 2],
    feed: Contract,
    moves: u64,
}

/// What the readers saw, together.
#[derive(Default)]
struct Sight {
    groups: Mutex<Vec<Arc<Group>>>,
    reads: AtomicU64,
    moved: AtomicU64,
    refused: Mutex<BTreeMap<String, u64>>,
}

#[derive(Default)]
struct Tally {
    groups: u64,
    migrating: u64,
    watching: u64,
    ended: u64,
    errors: BTreeMap<String, u64>,
    moves: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_whose_relayer_is_killed_at_any_instant_are_never_read_mixed() {
    let number = |name: &str, otherwise: u64| {
        env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let kills = number("SMARTSYNC_SOAK_KILLS", KILLS);
    let reads = number("SMARTSYNC_SOAK_READS", READS);
    let mut random = StdRng::seed_from_u64(number("SMARTSYNC_SOAK_SEED", 1));
    let followed = Arc::new(Followed::start().await);
    let target = followed.relayed.target.clone();
    let automine = async |on: bool| {
        target.rpc("evm_setAutomine", json!([on])).await.unwrap();
    };
    let sight = Arc::new(Sight::default());
    automine(false).await;
    let miner = tokio::spawn(mine(target.clone()));
    let reader = tokio::spawn(read(followed.clone(), sight.clone()));
    let mut tally = Tally::default();
    while tally.migrating + tally.watching < kills || sight.reads.load(Ordering::Relaxed) < reads {
        round(&followed, &sight, &mut random, &mut tally).await;
        assert!(!reader.is_finished(), "{:?}", reader.await);
        assert!(!miner.is_finished(), "{:?}", miner.await);
    }
    reader.abort();
    miner.abort();
    if let Ok(path) = env::var("SMARTSYNC_SOAK_REPORT") {
        fs::write(path, report(&tally, &sight)).unwrap();
    }
}

/// Mines what waits on the target every few milliseconds, so that transactions are on their way for a while.
async fn mine(target: Chain) {
    let mut ticks = tokio::time::interval(Duration::from_millis(40));
    loop {
        ticks.tick().await;
        target.rpc("evm_mine", json!([])).await.unwrap();
    }
}

/// Reads every group that has a mirror again and again. Panics at a difference.
async fn read(followed: Arc<Followed>, sight: Arc<Sight>) {
    loop {
        let groups = sight.groups.lock().unwrap().clone();
        for group in groups.iter().rev().take(3) {
            let Some(Seen { refused, .. }) = followed.look(group).await else {
                sight.moved.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let reads = group.reads.len() as u64;
            sight.reads.fetch_add(reads, Ordering::Relaxed);
            for name in refused {
                *sight.refused.lock().unwrap().entry(name).or_default() += 1;
            }
        }
        tokio::task::yield_now().await;
    }
}

/// One group: migrated and watched, killed again and again, and at last left alone.
async fn round(followed: &Followed, sight: &Sight, random: &mut StdRng, tally: &mut Tally) {
    tally.groups += 1;
    let mut vault = Vault::deploy(&followed.relayed.source, tally.groups.is_multiple_of(2)).await;
    let address = vault.vault.address;
    let asked = address.to_string();
    let reads = vault.reads();
    let texts: Vec<String> = reads.iter().map(ToString::to_string).collect();
    let calls: Vec<&str> = texts.iter().flat_map(|read| ["--call", read]).collect();
    let migrate = [&["migrate", &asked], &calls[..]].concat();
    let mut proxy = None;
    for _ in 0..random.random_range(2..4) {
        let after = Duration::from_millis(random.random_range(100..1_200));
        tally.migrating += vault
            .disturbed(followed, &migrate, after, random, tally)
            .await;
        if proxy.is_none() {
            proxy = followed.group(address, &reads).await;
            let mut groups = sight.groups.lock().unwrap();
            groups.extend(proxy.clone());
        }
    }
    // The source rests, and the relayer is left alone.
    followed.relayed.run(&migrate).await;
    if proxy.is_none() {
        let group = followed.group(address, &reads).await.expect("a mirror");
        sight.groups.lock().unwrap().push(group.clone());
        proxy = Some(group);
    }
    let watch = ["watch", &asked, "--every", "1"];
    for _ in 0..random.random_range(2..4) {
        let after = Duration::from_millis(random.random_range(500..4_000));
        tally.watching += vault
            .disturbed(followed, &watch, after, random, tally)
            .await;
    }
    followed.relayed.run(&["sync", &asked]).await;
    let group = proxy.expect("a group");
    let Some(Seen { block, refused }) = followed.look(&group).await else {
        panic!("nobody moves it now")
    };
    assert_eq!(block, followed.relayed.source.block_number().await.unwrap());
    assert!(refused.is_empty(), "{refused:?}");
}

impl Vault {
    async fn deploy(chain: &Chain, many: bool) -> Self {
        let mut scene = Scene::new(chain);
        packages::vaults(&mut scene).await;
        let of = |name: &str| {
            let found = scene.contracts.iter().find(|each| each.name == name);
            found.cloned().expect("a contract of the scene")
        };
        let (vault, token) = (of("RatedVault"), of("UupsToken behind ERC1967Proxy"));
        let logics = [
            scene.compiled(UPGRADEABLE, "UupsTokenTwice", args![]).await,
            scene.compiled(UPGRADEABLE, "UupsToken", args![]).await,
        ];
        if many {
            for slot in 0..MANY_SLOTS {
                let at = keccak256(U256::from(slot).to_be_bytes::<32>());
                let set = json!([token.address, at, B256::with_last_byte(7)]);
                chain.rpc("anvil_setStorageAt", set).await.unwrap();
            }
            chain.mine().await.unwrap();
        }
        Self {
            feed: of("MockV3Aggregator"),
            vault,
            token,
            logics,
            moves: 0,
            scene,
        }
    }

    fn reads(&self) -> Vec<Bytes> {
        let vault = &self.vault;
        vec![
            vault.encode("convertToAssets", args![UNIT]),
            vault.encode("totalAssets", args![]),
            vault.encode("maxWithdraw", args![Chain::account(1)]),
        ]
    }

    /// Runs the relayer for so long while the source goes on, and kills it. Returns 1 if it was killed, 0 if it ended before: well, or with an error that says why.
    async fn disturbed(
        &mut self,
        followed: &Followed,
        arguments: &[&str],
        after: Duration,
        random: &mut StdRng,
        tally: &mut Tally,
    ) -> u64 {
        let mut command = followed.relayed.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child: Child = command.spawn().unwrap();
        let deadline = Instant::now() + after;
        let mut pace = tokio::time::interval(PACE);
        loop {
            tokio::select! {
                _ended = child.wait() => break,
                _tick = pace.tick() => {
                    if Instant::now() >= deadline {
                        child.kill().await.unwrap();
                        return 1;
                    }
                    self.change(random).await;
                    tally.moves += 1;
                }
            }
        }
        let output = child.wait_with_output().await.unwrap();
        tally.ended += 1;
        if !output.status.success() {
            let log = String::from_utf8_lossy(&output.stderr);
            let line = log.lines().last().unwrap_or_default();
            let error = line.strip_prefix("error: ");
            let error = error.unwrap_or_else(|| panic!("no error, but: {log}"));
            *tally.errors.entry(error_name(error)).or_default() += 1;
        }
        0
    }

    /// The next change of the source, a block each: the rate, a balance, an upgrade, another feed.
    async fn change(&mut self, random: &mut StdRng) {
        let chain = self.scene.chain.clone();
        self.moves += 1;
        match random.random_range(0..4) {
            0 => {
                let answer = args![random.random_range(50_000_000..200_000_000)];
                self.feed.send(&chain, "updateAnswer", answer).await;
            }
            1 => {
                let mint = args![self.vault.address, random.random_range(1..UNIT)];
                self.token.send(&chain, "mint", mint).await;
            }
            2 => {
                let logic = &self.logics[usize::try_from(self.moves % 2).unwrap()];
                self.token
                    .send(&chain, "upgradeTo", args![logic.address])
                    .await;
            }
            _ => {
                let answer = random.random_range(50_000_000..200_000_000);
                self.feed = packages::rate(&self.scene, answer).await;
                let point = args![self.feed.address];
                self.vault.send(&chain, "setRate", point).await;
            }
        }
    }
}

/// An error without the addresses and numbers in it.
fn error_name(error: &str) -> String {
    let words = error.split_whitespace();
    let plain = words.filter(|word| !word.chars().any(|letter| letter.is_ascii_digit()));
    plain.collect::<Vec<_>>().join(" ")
}

fn report(tally: &Tally, sight: &Sight) -> String {
    let mut rows = vec![
        ("groups migrated".to_owned(), tally.groups),
        ("kills of `migrate`".into(), tally.migrating),
        ("kills of `watch`".into(), tally.watching),
        (
            "runs that ended before they were to be killed".into(),
            tally.ended,
        ),
        (
            "changes of the source meanwhile, a block or more each".into(),
            tally.moves,
        ),
        (
            "reads compared with the source at the recorded block".into(),
            sight.reads.load(Ordering::Relaxed),
        ),
        ("of them different".into(), 0),
        (
            "looks that a sync came between, not counted".into(),
            sight.moved.load(Ordering::Relaxed),
        ),
    ];
    let refused = sight.refused.lock().unwrap();
    rows.extend(
        refused
            .iter()
            .map(|(name, count)| (format!("reads refused with `{name}`"), *count)),
    );
    rows.extend(
        tally
            .errors
            .iter()
            .map(|(error, count)| (format!("runs that ended with \"{error}\""), *count)),
    );
    let rows: Vec<String> = rows
        .iter()
        .map(|(what, number)| format!("| {what} | {number} |\n"))
        .collect();
    format!("| what | number |\n| --- | --- |\n{}", rows.concat())
}

impl Followed {
    /// A group by its mirror, if there is one.
    async fn group(&self, source: Address, reads: &[Bytes]) -> Option<Arc<Group>> {
        let proxy = self.proxy(source).await?;
        Some(Arc::new(Group {
            source,
            proxy,
            reads: reads.to_vec(),
        }))
    }
}
