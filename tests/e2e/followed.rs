//! Groups over contracts of packages: planned, migrated, followed by `watch`, and read all the while.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use alloy::{providers::Provider, rpc::types::BlockId, transports::RpcError};
use alloy_primitives::{Address, B256, Bytes};
use devchain::{Config, DevChain, Kind};
use serde_json::{Value, json};
use smartsync_abi::{IProxy::IProxyErrors, IReader::IReaderErrors, IRegistry};
use smartsync_tests::{Chain, packages::Scene, request};
use tokio::process::Child;

use crate::relayed::Relayed;

/// How long a group may take to follow.
const PATIENCE: Duration = Duration::from_secs(90);

/// A source with contracts, a target, and the relayer between them.
pub struct Followed {
    pub relayed: Relayed,
    pub scene: Scene,
    _source: DevChain,
}

/// A group that is mirrored.
pub struct Group {
    pub source: Address,
    pub proxy: Address,
    pub reads: Vec<Bytes>,
}

/// What a look at a group finds: at which source block its mirror is, and which reads are refused, by name.
pub struct Seen {
    pub block: u64,
    pub refused: Vec<String>,
}

/// Whether it returned, and the bytes.
type Answer = (bool, Bytes);

impl Followed {
    /// Starts both chains and deploys.
    pub async fn start() -> Self {
        let source = DevChain::spawn(Config::new(Kind::Evm)).await.unwrap();
        let relayed = Relayed::from(&source.url()).await;
        Self {
            scene: Scene::new(&relayed.source),
            relayed,
            _source: source,
        }
    }

    /// Plans and migrates what the reads take. What was planned is what it costs, within 5 % in gas and bytes, each read is the source's, and a second
    /// migration does nothing.
    pub async fn migrate(&self, source: Address, reads: &[Bytes]) -> Group {
        let asked = source.to_string();
        let texts: Vec<String> = reads.iter().map(ToString::to_string).collect();
        let calls: Vec<&str> = texts.iter().flat_map(|read| ["--call", read]).collect();
        let plan = [&["plan", &asked, "--blocks", "0"], &calls[..]].concat();
        let plan = self.relayed.run(&plan).await;
        let migrate = [&["migrate", &asked], &calls[..]].concat();
        let migrated = self.relayed.run(&migrate).await;
        let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{plan}"));
        let near = |planned: u64, cost: u64| planned.abs_diff(cost) * 20 <= cost;
        let (planned, cost) = (number(&plan["copy"]["gas"]), number(&migrated["gasUsed"]));
        assert!(
            near(planned, cost),
            "{planned} gas planned, {cost} used: {plan}, {migrated}"
        );
        let planned = number(&plan["copy"]["bytes"]);
        let sent = self.bytes(&migrated).await;
        assert!(near(planned, sent), "{planned} bytes planned, {sent} sent");
        let again = self.relayed.run(&migrate).await;
        assert_eq!(again["steps"], json!([]), "a second run does nothing");
        for read in &texts {
            let read = ["call", &asked, read, "--compare"];
            let answer = self.relayed.run(&read).await;
            assert_eq!(answer["comparison"]["equal"], true, "{answer}");
        }
        Group {
            source,
            proxy: self.proxy(source).await.expect("a mirror"),
            reads: reads.to_vec(),
        }
    }

    /// The mirror of a contract, if there is one.
    pub async fn proxy(&self, source: Address) -> Option<Address> {
        let of = IRegistry::proxyOfCall { source };
        let proxy = self.relayed.target.view(self.registry(), of).await.unwrap();
        (!proxy.is_zero()).then_some(proxy)
    }

    async fn bytes(&self, migrated: &Value) -> u64 {
        let mut bytes = 0;
        for step in migrated["steps"].as_array().expect("steps") {
            let hash: B256 = serde_json::from_value(step["txHash"].clone()).unwrap();
            let target = &self.relayed.target;
            let sent = target.rpc("eth_getTransactionByHash", json!([hash])).await;
            let input: Bytes = serde_json::from_value(sent.unwrap()["input"].clone()).unwrap();
            bytes += input.len() as u64;
        }
        bytes
    }

    fn registry(&self) -> Address {
        serde_json::from_value(self.relayed.deployment["registry"].clone()).unwrap()
    }

    /// Starts to follow.
    pub fn watch(&self, groups: &[&Group]) -> Child {
        let sources: Vec<String> = groups.iter().map(|each| each.source.to_string()).collect();
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let arguments = [&["watch"], &sources[..], &["--every", "1"]].concat();
        let mut watch = self.relayed.command(&arguments);
        watch.stdout(Stdio::null()).stderr(Stdio::null());
        watch.spawn().unwrap()
    }

    /// Reads until all groups answer everything at the newest block or later. Whatever is answered on the way is the source's at the block that the mirror is
    /// recorded at. Returns how many times all of a group was read.
    pub async fn follows(&self, groups: &[&Group], watch: &mut Child) -> usize {
        let wanted = self.relayed.source.block_number().await.unwrap();
        let (began, mut reads) = (Instant::now(), 0);
        for group in groups {
            loop {
                assert!(watch.try_wait().unwrap().is_none(), "the watch ended");
                let refused = match self.look(group).await {
                    Some(seen) if seen.refused.is_empty() && seen.block >= wanted => break,
                    Some(seen) => seen.refused,
                    None => Vec::new(),
                };
                reads += 1;
                assert!(
                    began.elapsed() < PATIENCE,
                    "{} lags: {refused:?}",
                    group.source
                );
                tokio::task::yield_now().await;
            }
        }
        reads + groups.len()
    }

    /// Compares all that a group is asked with the source at the block that the mirror is recorded at. Panics at a difference. Nothing if the mirror moved
    /// meanwhile.
    pub async fn look(&self, group: &Group) -> Option<Seen> {
        let (source, target) = (&self.relayed.source, &self.relayed.target);
        let record = async || {
            let proxy = group.proxy;
            let record = target.view(self.registry(), IRegistry::recordCall { proxy });
            record.await.unwrap().sourceBlock
        };
        let block = record().await;
        let mut answers = Vec::new();
        for read in &group.reads {
            answers.push(ask(target, group.proxy, read, BlockId::latest()).await);
        }
        if record().await != block {
            return None;
        }
        let mut refused = Vec::new();
        for (read, answer) in group.reads.iter().zip(answers) {
            let expected = ask(source, group.source, read, BlockId::number(block)).await;
            if answer == expected {
                continue;
            }
            let name = typed(&answer).unwrap_or_else(|| {
                panic!("{read} at {block}: {expected:?} at home, {answer:?} here")
            });
            refused.push(name);
        }
        Some(Seen { block, refused })
    }
}

/// The name of the typed error of ours that an answer is.
fn typed((success, data): &Answer) -> Option<String> {
    let selector = data.get(..4)?.try_into().ok()?;
    let name = IReaderErrors::name_by_selector(selector)
        .or_else(|| IProxyErrors::name_by_selector(selector))?;
    (!success).then(|| name.to_owned())
}

async fn ask(chain: &Chain, to: Address, data: &Bytes, block: BlockId) -> Answer {
    let call = request(to, data.clone());
    match chain.provider().call(call).block(block).await {
        Ok(answer) => (true, answer),
        Err(RpcError::ErrorResp(error)) => (false, error.as_revert_data().unwrap_or_default()),
        Err(error) => panic!("{error}"),
    }
}
