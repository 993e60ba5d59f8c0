use std::{path::Path, time::Instant};

use alloy::signers::local::PrivateKeySigner;
use alloy_sol_types::SolConstructor;
use devchain::{Config, DevChain, Kind, dev_accounts};
use relayer::{
    DeployOptions, MigrateOptions, Relayer, SourceChainFacts, SyncOptions, deploy, diff, migrate,
    milliseconds, sync,
};
use smartsync_chain::{Chain, Side, Submitter};

use crate::{
    comparison::Comparison,
    contracts::{MIRROR_READER, MirrorReader, create},
    error::Error,
    facts::{migrated, synced},
    source,
    stage::{DemoReport, Stage},
    upgrade,
};

/// Runs the demonstration; `show` is given each step when it is done.
pub async fn run(
    mut show: impl FnMut(&crate::DemoStep) -> std::io::Result<()>,
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

    let (names, pair) = source::play(stage, &source).await?;

    let deployed = deploy(
        &target,
        None,
        &DeployOptions::new(source.chain().chain_id(), SourceChainFacts::cautious(0)),
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
    source::change(&source, names, pair).await?;
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
    )?;
    upgrade::play(stage, &relayer, &source).await
}

fn dev_key() -> Result<PrivateKeySigner, Error> {
    let key = dev_accounts()
        .first()
        .and_then(|account| PrivateKeySigner::from_bytes(&account.private_key).ok());
    key.ok_or(Error::NoKey)
}
