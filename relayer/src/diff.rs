use alloy_primitives::{Address, B256, U256};
use serde::Serialize;
use smartsync_chain::RawHeader;

use crate::{change_set, error::Error, relayer::Relayer};

/// What separates a mirror from its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiffReport {
    /// The source contract.
    pub source: Address,
    /// The mirror.
    pub proxy: Address,
    /// Source block the mirror is at; 0 when it was never verified.
    pub recorded_block: u64,
    /// Source block compared with.
    pub source_block: u64,
    /// Storage root of the mirror.
    pub pre_storage_root: B256,
    /// Storage root of the source at the block.
    pub post_storage_root: B256,
    /// The slots that differ, ascending by slot.
    pub changes: Vec<Change>,
    /// Length of the multi-proof that a sync would send, where one transaction can.
    pub proof_bytes: Option<usize>,
    /// How the changes were found.
    pub found_by: Option<&'static str>,
}

/// A slot that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The slot.
    pub slot: U256,
    /// Its value in the mirror.
    pub pre: U256,
    /// Its value in the source.
    pub post: U256,
}

/// Finds what changed in a source since its mirror's record, without sending anything.
pub async fn diff(
    relayer: &Relayer,
    source_or_proxy: Address,
    block: Option<u64>,
) -> Result<DiffReport, Error> {
    let (mirror, source_block) =
        futures::try_join!(relayer.mirror(source_or_proxy), relayer.source_block(block))?;
    let header = RawHeader::fetch(&relayer.source, source_block).await?;
    let set = change_set::find(relayer, &mirror, &header).await?;
    let mut changes: Vec<Change> = set
        .changes
        .iter()
        .map(|change| Change {
            slot: change.slot,
            pre: change.pre,
            post: change.post,
        })
        .collect();
    changes.sort_unstable_by_key(|change| change.slot);
    Ok(DiffReport {
        source: mirror.record.source,
        proxy: mirror.proxy,
        recorded_block: mirror.record.sourceBlock,
        source_block,
        pre_storage_root: set.pre_storage_root,
        post_storage_root: set.post_storage_root(),
        changes,
        proof_bytes: set.transition.as_ref().map(|built| built.multi_proof.len()),
        found_by: (!set.way.is_empty()).then_some(set.way),
    })
}
