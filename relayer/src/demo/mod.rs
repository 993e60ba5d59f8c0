//! The demonstration: two contracts of a source chain mirrored on a Stylus chain, both chains inside this process.

mod contracts;

use std::{path::Path, time::Instant};

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolConstructor, SolValue};
use devchain::{Config, DevChain, Kind, dev_accounts};
use serde::Serialize;

use crate::{
    chain::Chain,
    deploy::{DeployOptions, deploy},
    diff::diff,
    error::{AnswerProblem, Error, SettingError, Side},
    migrate::{MigrateOptions, MigrateReport, migrate},
    relayer::Relayer,
    submitter::{Submitter, Transaction},
    sync::{SyncOptions, SyncReport, milliseconds, sync},
};
use contracts::{
    EXCHANGE_PAIR, ExchangePair, Fixture, MIRROR_READER, MirrorReader, NAME_REGISTRY, NameRegistry,
};

const ALICE: Address = address!("00000000000000000000000000000000000a11ce");
const BOB: Address = address!("0000000000000000000000000000000000000b0b");
const CAROL: Address = address!("00000000000000000000000000000000000ca401");
/// One unit of the pair's assets.
const UNIT: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// The quote that is compared on both chains.
const QUOTED: U256 = U256::from_limbs([100_000_000_000_000_000, 0, 0, 0]);

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoStep {
    /// What was done.
    pub title: String,
    /// What came of it, as name and value.
    pub facts: Vec<(String, String)>,
}

/// The whole demonstration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoReport {
    /// All steps.
    pub steps: Vec<DemoStep>,
    /// Time of the whole in milliseconds.
    pub total_ms: f64,
}

/// Collects steps and shows each as it is done.
struct Stage<'a> {
    steps: Vec<DemoStep>,
    show: &'a mut dyn FnMut(&DemoStep) -> Result<(), Error>,
}

impl Stage<'_> {
    fn done(&mut self, title: &str, facts: Vec<(&str, String)>) -> Result<(), Error> {
        let facts = facts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let step = DemoStep {
            title: title.to_owned(),
            facts,
        };
        (self.show)(&step)?;
        self.steps.push(step);
        Ok(())
    }
}

/// Runs the demonstration; `show` is given each step when it is done.
pub async fn run(
    mut show: impl FnMut(&DemoStep) -> Result<(), Error>,
) -> Result<DemoReport, Error> {
    let started = Instant::now();
    let source_chain = DevChain::spawn(Config::new(Kind::Evm)).await?;
    let target_chain = DevChain::spawn(Config::new(Kind::Stylus)).await?;
    let mut stage = Stage {
        steps: Vec::new(),
        show: &mut show,
    };
    let played = play(&mut stage, &source_chain.url(), &target_chain.url()).await;
    let steps = stage.steps;
    source_chain.stop().await;
    target_chain.stop().await;
    played?;
    Ok(DemoReport {
        steps,
        total_ms: milliseconds(started.elapsed()),
    })
}

async fn play(stage: &mut Stage<'_>, source_url: &str, target_url: &str) -> Result<(), Error> {
    let key = dev_key()?;
    let source = Submitter::new(Chain::connect(Side::Source, source_url).await?, key.clone());
    let target = Submitter::new(Chain::connect(Side::Target, target_url).await?, key.clone());
    stage.done(
        "two dev chains",
        vec![
            (
                "source",
                format!(
                    "{source_url}, an EVM chain, id {}",
                    source.chain().chain_id()
                ),
            ),
            (
                "target",
                format!(
                    "{target_url}, an Arbitrum chain with Stylus, id {}",
                    target.chain().chain_id()
                ),
            ),
        ],
    )?;

    let (names, pair) = play_source(stage, &source).await?;

    let deployed = deploy(
        &target,
        None,
        &DeployOptions::new(source.chain().chain_id()),
    )
    .await?
    .deployment;
    let facts = deployed
        .programs()
        .into_iter()
        .map(|(name, program)| {
            (
                name,
                format!(
                    "{}  {} bytes, {} gas",
                    program.address, program.code_bytes, program.gas_used
                ),
            )
        })
        .collect();
    stage.done("SmartSync on the target", facts)?;

    let relayer = Relayer::new(
        source.chain().clone(),
        target,
        vec![key],
        &deployed,
        Path::new("the demo's deployment"),
    )?;
    let target = &relayer.submitter;
    let names_mirror = migrate(&relayer, names, &MigrateOptions::default()).await?;
    stage.done("the name registry mirrored", migrated(&names_mirror))?;
    let pair_mirror = migrate(&relayer, pair, &MigrateOptions::default()).await?;
    stage.done("the exchange pair mirrored", migrated(&pair_mirror))?;

    let arguments = MirrorReader::constructorCall {
        registry_: relayer.registry.address,
    }
    .abi_encode();
    let reader = create(target, &MIRROR_READER, &arguments).await?;
    stage.done(
        "a Solidity contract on the target that reads both mirrors",
        vec![("reader", reader.to_string())],
    )?;
    let comparison = Comparison {
        relayer: &relayer,
        reader,
        names,
        names_mirror: names_mirror.proxy,
        pair,
        pair_mirror: pair_mirror.proxy,
    };
    stage.done(
        "read on the target",
        comparison.read(&["alice", "bob"], "carol").await?,
    )?;

    let before = source.chain().head().await?;
    change(&source, names, pair).await?;
    let after = source.chain().head().await?;
    let difference = diff(&relayer, names, None).await?;
    stage.done(
        "changes on the source: carol added, alice changed, bob deleted, a trade, a withdrawal",
        vec![
            ("source blocks", format!("{} to {after}", before + 1)),
            (
                "names",
                format!("{} slots differ from the mirror", difference.changes.len()),
            ),
        ],
    )?;
    stage.done(
        "the name registry synced",
        synced(&sync(&relayer, names, &SyncOptions::default()).await?),
    )?;
    stage.done(
        "the exchange pair synced",
        synced(&sync(&relayer, pair, &SyncOptions::default()).await?),
    )?;
    stage.done(
        "read on the target again",
        comparison.read(&["alice", "carol"], "bob").await?,
    )
}

/// Deploys and fills both source contracts.
async fn play_source(
    stage: &mut Stage<'_>,
    source: &Submitter,
) -> Result<(Address, Address), Error> {
    let names = create(source, &NAME_REGISTRY, &[]).await?;
    for (name, resolved) in [("alice", ALICE), ("bob", BOB)] {
        send(
            source,
            names,
            NameRegistry::registerCall {
                name: name.to_owned(),
                resolved,
            },
        )
        .await?;
        let value = format!(
            "{name} of the name registry, with a text record that takes several slots of storage"
        );
        send(source, names, set_text(name, &value)).await?;
    }
    let arguments = ExchangePair::constructorCall {
        name_: "A for B".to_owned(),
    }
    .abi_encode();
    let pair = create(source, &EXCHANGE_PAIR, &arguments).await?;
    for asset in [0, 1] {
        send(
            source,
            pair,
            ExchangePair::depositCall {
                asset,
                amount: UNIT * U256::from(1_000),
            },
        )
        .await?;
    }
    let liquidity = ExchangePair::addLiquidityCall {
        amount0: UNIT * U256::from(100),
        maximum1: UNIT * U256::from(250),
    };
    send(source, pair, liquidity).await?;
    stage.done(
        "two contracts on the source",
        vec![
            ("name registry", format!("{names}  alice, bob")),
            ("exchange pair", format!("{pair}  100 A against 250 B")),
            ("source block", source.chain().head().await?.to_string()),
        ],
    )?;
    Ok((names, pair))
}

/// Adds, changes and deletes.
async fn change(source: &Submitter, names: Address, pair: Address) -> Result<(), Error> {
    send(
        source,
        names,
        NameRegistry::registerCall {
            name: "carol".to_owned(),
            resolved: CAROL,
        },
    )
    .await?;
    send(source, names, set_text("carol", "new")).await?;
    send(source, names, set_text("alice", "short")).await?;
    send(
        source,
        names,
        NameRegistry::setAddressCall {
            name: "alice".to_owned(),
            resolved: CAROL,
        },
    )
    .await?;
    send(
        source,
        names,
        NameRegistry::removeCall {
            name: "bob".to_owned(),
        },
    )
    .await?;
    let trade = ExchangePair::swapCall {
        assetIn: 0,
        amountIn: UNIT * U256::from(7),
        minimumOut: U256::ZERO,
    };
    send(source, pair, trade).await?;
    send(source, pair, ExchangePair::withdrawCall {}).await
}

fn set_text(name: &str, value: &str) -> NameRegistry::setTextCall {
    NameRegistry::setTextCall {
        name: name.to_owned(),
        key: "description".to_owned(),
        value: value.to_owned(),
    }
}

fn migrated(report: &MigrateReport) -> Vec<(&'static str, String)> {
    vec![
        ("proxy", report.proxy.to_string()),
        ("source block", report.source_block.to_string()),
        ("storage root", report.storage_root.to_string()),
        (
            "slots",
            format!(
                "{} in a multi-proof of {} bytes",
                report.changes, report.proof_bytes
            ),
        ),
        (
            "gas",
            format!(
                "{} in {} transactions",
                report.gas_used,
                report.transactions.len()
            ),
        ),
        ("time", format!("{:.1} ms", report.elapsed_ms.total)),
    ]
}

fn synced(report: &SyncReport) -> Vec<(&'static str, String)> {
    vec![
        ("source block", report.source_block.to_string()),
        ("pre root", report.pre_storage_root.to_string()),
        ("post root", report.post_storage_root.to_string()),
        (
            "changes",
            format!(
                "{} in a multi-proof of {} bytes",
                report.changes, report.proof_bytes
            ),
        ),
        ("gas", report.gas_used.to_string()),
        (
            "time",
            format!(
                "{:.1} ms: find {:.1}, fetch {:.1}, build {:.1}, submit {:.1}",
                report.elapsed_ms.total,
                report.elapsed_ms.find,
                report.elapsed_ms.fetch,
                report.elapsed_ms.build,
                report.elapsed_ms.submit
            ),
        ),
    ]
}

/// Reads through the consumer on the target and compares with the source.
struct Comparison<'a> {
    relayer: &'a Relayer,
    reader: Address,
    names: Address,
    names_mirror: Address,
    pair: Address,
    pair_mirror: Address,
}

impl Comparison<'_> {
    async fn read(
        &self,
        present: &[&str],
        absent: &str,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let (source, target) = (&self.relayer.source, self.relayer.target());
        let mut facts = Vec::new();
        for name in present {
            let (name, key) = ((*name).to_owned(), "description".to_owned());
            let call = MirrorReader::resolveCall {
                names: self.names_mirror,
                name: name.clone(),
                key: key.clone(),
            };
            let mirrored = target.view(self.reader, &call).await?;
            let (owner, resolved, text) = futures::try_join!(
                source.view(
                    self.names,
                    &NameRegistry::ownerOfCall { name: name.clone() }
                ),
                source.view(
                    self.names,
                    &NameRegistry::addressOfCall { name: name.clone() }
                ),
                source.view(
                    self.names,
                    &NameRegistry::textCall {
                        name: name.clone(),
                        key
                    }
                ),
            )?;
            same(
                &name,
                &(mirrored.owner, mirrored.resolved, &mirrored.value),
                &(owner, resolved, &text),
            )?;
            facts.push(("name", format!("{name} -> {resolved} \"{text}\"")));
        }
        let call = NameRegistry::existsCall {
            name: absent.to_owned(),
        };
        let read = MirrorReader::readStaticCall {
            mirror: self.names_mirror,
            data: call.abi_encode().into(),
        };
        let exists = target.view(self.reader, &read).await?;
        same(
            absent,
            &(exists.success, exists.result),
            &(true, Bytes::from(false.abi_encode())),
        )?;
        facts.push(("name", format!("{absent} does not exist")));

        let quote = ExchangePair::quoteCall {
            assetIn: 0,
            amountIn: QUOTED,
        };
        let fresh = MirrorReader::freshQuoteCall {
            pair: self.pair_mirror,
            assetIn: 0,
            amountIn: QUOTED,
            maxAgeSeconds: 3_600,
            maxBlocksBehind: 0,
        };
        let (expected, got) = futures::try_join!(
            source.view(self.pair, &quote),
            target.view(self.reader, &fresh)
        )?;
        same("the quote", &got, &expected)?;
        facts.push(("quote", format!("0.1 A gives {expected} / 10^18 B, fresh")));
        for (contract, mirror) in [
            (self.names, self.names_mirror),
            (self.pair, self.pair_mirror),
        ] {
            let (block, target_block) = futures::try_join!(source.head(), target.head())?;
            let roots = futures::try_join!(
                crate::proofs::storage_root(source, contract, block),
                crate::proofs::storage_root(target, mirror, target_block)
            )?;
            same("the storage root", &roots.1, &roots.0)?;
        }
        facts.push((
            "checked",
            "all of it, and both storage roots, are the source's".to_owned(),
        ));
        Ok(facts)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Result<(), Error> {
    match got == expected {
        true => Ok(()),
        false => Err(Error::DemoMismatch {
            what: what.to_owned(),
            got: format!("{got:?}"),
            expected: format!("{expected:?}"),
        }),
    }
}

fn dev_key() -> Result<PrivateKeySigner, Error> {
    let key = dev_accounts()
        .first()
        .and_then(|account| PrivateKeySigner::from_bytes(&account.private_key).ok());
    key.ok_or(Error::Setting(SettingError::NotAKey {
        option: "the dev account",
    }))
}

async fn create(
    submitter: &Submitter,
    fixture: &Fixture,
    arguments: &[u8],
) -> Result<Address, Error> {
    let data = fixture.init_code(arguments)?;
    let receipt = submitter
        .send(Transaction {
            call: "deployment",
            to: None,
            value: U256::ZERO,
            data,
        })
        .await?;
    receipt.contract_address.ok_or_else(|| {
        submitter.chain().bad_answer(
            "eth_getTransactionReceipt",
            AnswerProblem::NothingCreated(receipt.tx_hash),
        )
    })
}

async fn send<C: SolCall>(submitter: &Submitter, to: Address, call: C) -> Result<(), Error> {
    let transaction = Transaction {
        call: C::SIGNATURE,
        to: Some(to),
        value: U256::ZERO,
        data: call.abi_encode().into(),
    };
    submitter.send(transaction).await.map(drop)
}
