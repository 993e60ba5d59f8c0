use alloy_primitives::{Address, B256};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use smartsync_abi::{IRegistry::Status, IRootSource};
use smartsync_chain::proofs;

use crate::{error::Error, registry::status_name, relayer::Relayer};

/// The state of both chains and all mirrors.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// The source chain.
    pub source_chain_id: u64,
    /// Its newest block.
    pub source_head: u64,
    /// The target chain.
    pub target_chain_id: u64,
    /// Its newest block.
    pub target_head: u64,
    /// The SmartSync contract.
    pub registry: Address,
    /// The root source.
    pub root_source: Address,
    /// Newest source block that the root source knows; 0 for none.
    pub latest_known_block: u64,
    /// All mirrors, oldest first.
    pub mirrors: Vec<MirrorStatus>,
}

/// The state of one mirror.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MirrorStatus {
    /// The source contract.
    pub source: Address,
    /// The mirror.
    pub proxy: Address,
    /// created, active or open.
    pub status: &'static str,
    /// Source block of the last proven state; 0 before the first.
    pub source_block: u64,
    /// Timestamp of that block, seconds.
    pub source_timestamp: u64,
    /// Recorded storage root.
    pub storage_root: B256,
    /// Source blocks since.
    pub blocks_behind: u64,
    /// Whether the source's storage is the recorded one still; `None` when its node cannot tell.
    pub up_to_date: Option<bool>,
    /// Whether it is the mirror of record of its source.
    pub primary: bool,
}

const MIRRORS_AT_ONCE: usize = 8;

/// Reads the state of both chains and all mirrors.
pub async fn status(relayer: &Relayer) -> Result<StatusReport, Error> {
    let target = relayer.target();
    let (source_head, target_head, latest_known_block) = futures::try_join!(
        relayer.source.head(),
        target.head(),
        target.view(
            relayer.root_source.address(),
            &IRootSource::latestBlockCall {}
        ),
    )?;
    let created = relayer.registry.created(target, None).await?;
    let mirrors = stream::iter(created)
        .map(|created| mirror_status(relayer, created.proxy, source_head, target_head))
        .buffered(MIRRORS_AT_ONCE)
        .try_collect()
        .await?;
    Ok(StatusReport {
        source_chain_id: relayer.source.chain_id(),
        source_head,
        target_chain_id: target.chain_id(),
        target_head,
        registry: relayer.registry.address,
        root_source: relayer.root_source.address(),
        latest_known_block,
        mirrors,
    })
}

async fn mirror_status(
    relayer: &Relayer,
    proxy: Address,
    source_head: u64,
    target_head: u64,
) -> Result<MirrorStatus, Error> {
    let target = relayer.target();
    let record = relayer.registry.record(target, proxy, target_head).await?;
    let primary = smartsync_abi::IRegistry::proxyOfCall {
        source: record.source,
    };
    let (current, primary) = futures::try_join!(
        proofs::storage_root(&relayer.source, record.source, source_head),
        target.view_at(relayer.registry.address, &primary, target_head),
    )?;
    let active = record.status == Status::Active;
    Ok(MirrorStatus {
        source: record.source,
        proxy,
        status: status_name(record.status),
        source_block: record.sourceBlock,
        source_timestamp: record.sourceTimestamp,
        storage_root: record.storageRoot,
        blocks_behind: source_head.saturating_sub(record.sourceBlock),
        up_to_date: current.map(|current| active && current == record.storageRoot),
        primary: primary == proxy,
    })
}
