//! What two nodes, the deployed contracts and a wallet offer, tried out one by one.

use alloy::transports::http::reqwest::Url;
use alloy_primitives::{Address, Bytes, U256, address, utils::format_ether};
use futures::{StreamExt, stream};
use serde::Serialize;
use smartsync_abi::{ArbSys, ArbWasm, IRegistry, IRootSource};

use crate::{
    chain::{Block, Chain},
    clock::{self, Clock},
    deployment::Deployment,
    error::{Error, Side},
    finder::{Finders, Probe},
    header::RawHeader,
    proofs::{self, KEYS_PER_REQUEST, fetch_unverified},
    root_source::{ParentChain, RootSourceKind, SignatureSources, newest_pushed},
};

/// EIP-2935: where a chain keeps the hashes of its last blocks. It always has storage, so it also serves to try with.
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// Arbitrum's precompile about the chain.
const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// Arbitrum's precompile about programs.
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// Blocks looked back for one with transactions.
const RECENT: u64 = 64;
/// Seconds of a day.
const DAY: u64 = 86_400;

/// What to look at.
#[derive(Debug, Default)]
pub struct DoctorOptions<'a> {
    /// The source chain.
    pub source: Option<&'a Chain>,
    /// The target chain.
    pub target: Option<&'a Chain>,
    /// The contracts on the target.
    pub deployment: Option<&'a Deployment>,
    /// The account that pays on the target.
    pub wallet: Option<Address>,
    /// Services that sign for the notary.
    pub notary_services: &'a [Url],
    /// A contract on the source to try the finding of changes with; the EIP-2935 contract if there is none.
    pub contract: Option<Address>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// The way of finding changes that a sync will use: the first that works.
    pub finds_changes_by: Option<String>,
    /// Everything that was tried, in order.
    pub checks: Vec<Check>,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What it is about: `source`, `target`, `contracts`, `wallet`, `notary services`.
    pub about: &'static str,
    /// What was tried.
    pub name: String,
    /// Whether it works.
    pub works: bool,
    /// What it gives, or why it does not work.
    pub detail: String,
}

/// The checks about one thing.
struct Checks<'a> {
    about: &'static str,
    all: &'a mut Vec<Check>,
}

impl Checks<'_> {
    fn book(&mut self, name: impl Into<String>, outcome: Result<String, Error>) {
        let (works, detail) = match outcome {
            Ok(detail) => (true, detail),
            Err(error) => (false, error.to_string()),
        };
        self.note(name, works, detail);
    }

    fn note(&mut self, name: impl Into<String>, works: bool, detail: impl Into<String>) {
        self.all.push(Check {
            about: self.about,
            name: name.into(),
            works,
            detail: detail.into(),
        });
    }
}

/// Tries everything that a relayer needs. What does not work is in the report; it is never an error.
pub async fn doctor(options: &DoctorOptions<'_>) -> DoctorReport {
    let mut report = DoctorReport {
        finds_changes_by: None,
        checks: Vec::new(),
    };
    if let Some(source) = options.source {
        let mut checks = Checks {
            about: "source",
            all: &mut report.checks,
        };
        let contract = options.contract.unwrap_or(HISTORY);
        node(source, contract, &mut checks).await;
        report.finds_changes_by = finding(source, contract, &mut checks).await;
    }
    if let Some(target) = options.target {
        let mut checks = Checks {
            about: "target",
            all: &mut report.checks,
        };
        node(target, HISTORY, &mut checks).await;
        stylus(target, &mut checks).await;
        if let Some(deployment) = options.deployment {
            checks.about = "contracts";
            contracts(options, target, deployment, &mut checks).await;
        }
        if let Some(wallet) = options.wallet {
            checks.about = "wallet";
            let balance = target.balance(wallet).await;
            checks.note(
                "balance",
                balance.as_ref().is_ok_and(|balance| !balance.is_zero()),
                match balance {
                    Ok(balance) => format!("{} ETH of {wallet}", format_ether(balance)),
                    Err(error) => error.to_string(),
                },
            );
        }
    }
    if !options.notary_services.is_empty() {
        let mut checks = Checks {
            about: "notary services",
            all: &mut report.checks,
        };
        notary_services(options, &mut checks).await;
    }
    report
}

/// Whether the notary's services answer, and for whom they sign.
async fn notary_services(options: &DoctorOptions<'_>, checks: &mut Checks<'_>) {
    let services = SignatureSources {
        endpoints: options.notary_services.to_vec(),
        ..SignatureSources::default()
    };
    let notary = options.deployment.and_then(|deployment| {
        let notary = deployment.notary.as_ref()?;
        Some((deployment.target_chain_id, notary.address))
    });
    for (origin, answer) in services.ask_latest().await {
        let latest = match answer {
            Ok(latest) => latest,
            Err(fault) => {
                checks.note(origin.to_string(), false, fault.to_string());
                continue;
            }
        };
        let signs_for = (latest.domain.chain_id, latest.domain.verifying_contract);
        let signer = latest.signer;
        let (works, detail) = match (notary, latest.is_signer) {
            (Some(notary), _) if notary != signs_for => (
                false,
                format!(
                    "it signs for the notary {} on chain {}, not for {} on {}",
                    signs_for.1, signs_for.0, notary.1, notary.0
                ),
            ),
            (_, false) => (
                false,
                format!("its signer {signer} is none of the notary's at present"),
            ),
            (_, true) => (
                true,
                format!(
                    "signer {signer}, would sign up to source block {}",
                    latest.final_block
                ),
            ),
        };
        checks.note(origin.to_string(), works, detail);
    }
}

/// What either node must offer.
async fn node(chain: &Chain, contract: Address, checks: &mut Checks<'_>) {
    checks.note("chain id", true, chain.chain_id().to_string());
    checks.book("client", chain.request("web3_clientVersion", ()).await);
    let mut head = 0;
    for tag in ["latest", "safe", "finalized"] {
        let block: Result<Block, Error> = chain.tagged_block(tag).await;
        let newest = block.as_ref().ok().filter(|_| tag == "latest");
        let clock = newest.map(|block| {
            head = block.number.to();
            Clock::compare(clock::local_time(), block.timestamp.to())
        });
        checks.book(tag, block.map(|block| format!("block {}", block.number)));
        if let Some(clock) = clock {
            checks.note("clock", clock == Clock::Agrees, clock.to_string());
        }
    }
    let header = RawHeader::fetch(chain, head).await;
    checks.book(
        "block headers",
        header.map(|header| format!("hash to the block's hash, {} bytes", header.rlp.len())),
    );
    checks.book("eth_getProof", proof_window(chain, contract, head).await);
    checks.book("keys a proof", most_keys(chain, contract, head).await);
}

/// How far back the node proves state.
async fn proof_window(chain: &Chain, contract: Address, head: u64) -> Result<String, Error> {
    let proves = async |block| {
        let root = proofs::storage_root(chain, contract, block).await?;
        Ok::<bool, Error>(root.is_some())
    };
    // Unlike a block that is too old, a method that is missing is worth its error.
    fetch_unverified(chain, contract, &[], head).await?;
    if proves(0).await? {
        return Ok("all blocks, back to the first".to_owned());
    }
    // The newest that is known not to be proven, and the oldest that is.
    let (mut without, mut with) = (0, head);
    while with - without > 1 {
        // Near the head first: windows are short.
        let step = ((head - with) * 2).max(1).min((with - without) / 2).max(1);
        match proves(with - step).await? {
            true => with -= step,
            false => without = with - step,
        }
    }
    Ok(format!("{} blocks, back to block {with}", head - with + 1))
}

/// How many slots one request proves; more than a relayer asks for are not tried.
async fn most_keys(chain: &Chain, contract: Address, head: u64) -> Result<String, Error> {
    let mut keys = KEYS_PER_REQUEST;
    loop {
        let slots: Vec<U256> = (0..keys as u64).map(U256::from).collect();
        match fetch_unverified(chain, contract, &slots, head).await {
            Ok(_proven) if keys == KEYS_PER_REQUEST => return Ok(format!("{keys} at least")),
            Ok(_proven) => return Ok(format!("{keys}, fewer than {KEYS_PER_REQUEST}")),
            Err(error) if keys == 1 => return Err(error),
            Err(_too_many) => keys /= 2,
        }
    }
}

/// Tries each way of finding changes; the name of the first that works.
async fn finding(source: &Chain, contract: Address, checks: &mut Checks<'_>) -> Option<String> {
    let probe = match recent_block(source).await {
        Ok(block) => Probe {
            source: source.clone(),
            contract,
            block: block.number.to(),
            transactions: block.transactions,
        },
        Err(error) => {
            checks.book("finding changes", Err(error));
            return None;
        }
    };
    let mut first = None;
    for way in Finders::default().all() {
        let tried = way.probe(&probe).await;
        if tried.is_ok() && first.is_none() {
            first = Some(way.name().to_owned());
        }
        let name = format!("finding changes by {}", way.name());
        checks.book(
            name,
            tried.map(|()| format!("tried on block {}", probe.block)),
        );
    }
    first
}

/// The newest block with transactions among the recent ones, else the newest.
async fn recent_block(source: &Chain) -> Result<Block, Error> {
    let head = source.latest_block().await?;
    if !head.transactions.is_empty() {
        return Ok(head);
    }
    let newest: u64 = head.number.to();
    let mut earlier = stream::iter((newest.saturating_sub(RECENT)..newest).rev())
        .map(|number| source.block(number))
        .buffered(8);
    while let Some(block) = earlier.next().await {
        let block = block?;
        if !block.transactions.is_empty() {
            return Ok(block);
        }
    }
    Ok(head)
}

/// What only a target needs: the proof of its own blocks, and programs.
async fn stylus(target: &Chain, checks: &mut Checks<'_>) {
    let version = target.view(ARB_WASM, &ArbWasm::stylusVersionCall {}).await;
    checks.book(
        "Stylus",
        version.map(|version| format!("version {version}")),
    );
    let own_hash = async {
        let block = target.head().await?.saturating_sub(1);
        let call = ArbSys::arbBlockHashCall {
            arbBlockNum: U256::from(block),
        };
        let told = target.view(ARB_SYS, &call).await?;
        Ok::<_, Error>((block, told, target.block(block).await?.hash))
    };
    match own_hash.await {
        Ok((block, told, hash)) if told == hash => {
            checks.note(
                "arbBlockHash",
                true,
                format!("that of block {block} is right"),
            );
        }
        Ok((block, told, hash)) => checks.note(
            "arbBlockHash",
            false,
            format!("that of block {block} is {told}, the node says {hash}"),
        ),
        Err(error) => checks.book("arbBlockHash", Err(error)),
    }
    let history: Result<Bytes, Error> = target.request("eth_getCode", (HISTORY, "latest")).await;
    match history {
        Ok(code) if code.is_empty() => checks.note(
            "block hashes beyond 256 (EIP-2935)",
            false,
            format!("no contract at {HISTORY}"),
        ),
        found => checks.book(
            "block hashes beyond 256 (EIP-2935)",
            found.map(|_code| format!("contract at {HISTORY}")),
        ),
    }
}

/// How far the block-hash buffer is filled, and how far behind the source that is.
async fn buffer(
    options: &DoctorOptions<'_>,
    target: &Chain,
    parent_chain: Address,
    checks: &mut Checks<'_>,
) {
    let found = async {
        let parent_chain = ParentChain {
            address: parent_chain,
        };
        let address = parent_chain.buffer(target).await?;
        let newest = newest_pushed(target, address).await?;
        let head = match options.source {
            Some(source) => Some(source.head().await?),
            None => None,
        };
        Ok::<_, Error>((address, newest, head))
    };
    let (works, detail) = match found.await {
        Ok((address, Some(0), _)) => (false, format!("nothing was pushed to {address} yet")),
        Ok((address, Some(newest), Some(head))) => {
            let behind = head.saturating_sub(newest);
            let newest = format!("the newest block pushed to {address} is {newest}");
            (
                true,
                format!("{newest}, {behind} behind the source's newest"),
            )
        }
        Ok((address, Some(newest), None)) => (
            true,
            format!("the newest block pushed to {address} is {newest}"),
        ),
        Ok((address, None, _)) => (
            true,
            format!("{address} does not say what was pushed to it last"),
        ),
        Err(error) => (false, error.to_string()),
    };
    checks.note("block-hash buffer", works, detail);
}

async fn contracts(
    options: &DoctorOptions<'_>,
    target: &Chain,
    deployment: &Deployment,
    checks: &mut Checks<'_>,
) {
    let chains = [
        (Side::Target, Some(target), deployment.target_chain_id),
        (Side::Source, options.source, deployment.source_chain_id),
    ];
    for (side, chain, expected) in chains {
        if let Some(chain) = chain {
            let got = chain.chain_id();
            let name = format!("deployed for this {side} chain");
            checks.note(
                name,
                got == expected,
                format!("{expected}, the node's is {got}"),
            );
        }
    }
    for (name, program) in deployment.programs() {
        let call = ArbWasm::programTimeLeftCall {
            program: program.address,
        };
        let left = target.view(ARB_WASM, &call).await;
        checks.book(
            format!("{name} at {}", program.address),
            left.map(|seconds| format!("active for {} more days", seconds / DAY)),
        );
    }
    if let Some((_, root_source)) = deployment.root_source() {
        let latest = target
            .view(root_source.address, &IRootSource::latestBlockCall {})
            .await;
        checks.book(
            "root source",
            latest.map(|block| format!("knows up to source block {block}")),
        );
    }
    if let Some((RootSourceKind::ParentChain, root_source)) = deployment.root_source() {
        buffer(options, target, root_source.address, checks).await;
    }
    if let Some(registry) = &deployment.registry {
        let call = IRegistry::proxyOfCall {
            source: options.contract.unwrap_or_default(),
        };
        let answer = target.view(registry.address, &call).await;
        checks.book(
            "registry",
            answer.map(|proxy| match (options.contract, proxy) {
                (Some(contract), Address::ZERO) => format!("answers; no mirror of {contract}"),
                (Some(contract), proxy) => format!("answers; {proxy} mirrors {contract}"),
                (None, _) => "answers".to_owned(),
            }),
        );
    }
}
