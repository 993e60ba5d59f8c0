use std::time::Instant;

use alloy_primitives::{Address, B256};
use futures::{TryFutureExt, future::BoxFuture};
use smartsync_abi::{
    IRegistry::{self, Status},
    parts::{OPENING_AGE, PART_STEP},
};
use smartsync_chain::{CALLDATA_LIMIT, RawHeader, Side, proofs};
use smartsync_finder::{Span, changed_blocks};

use crate::{
    change_set::{self, ChangeSet},
    delegates::prove_delegates,
    error::{Error, TooLarge},
    parts,
    registry::Mirror,
    relayer::Relayer,
    report::{GAS_LIMIT, SyncReport, milliseconds},
};

/// What to sync to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncOptions {
    /// Source block; `None`: the newest final one.
    pub block: Option<u64>,
}

/// Brings a mirror (named by its source or itself) up to date: in one transaction where that takes it, else through
/// earlier blocks, else in parts.
pub async fn sync(
    relayer: &Relayer,
    source_or_proxy: Address,
    options: &SyncOptions,
) -> Result<SyncReport, Error> {
    let started = Instant::now();
    let (mut mirror, header, waited) = futures::try_join!(
        relayer.mirror(source_or_proxy),
        async {
            let block = relayer.source_block(options.block).await?;
            Ok(RawHeader::fetch(&relayer.source, block).await?)
        },
        relayer.submitter.settle().map_err(Error::from),
    )?;
    if waited {
        mirror = relayer.mirror(mirror.proxy).await?;
    }
    let looked_up = milliseconds(started.elapsed());
    let (proxy, number, hash) = (mirror.proxy, header.header.number, header.header.hash);
    let explicit = options.block.is_some();
    let mut report = match sync_to(relayer, mirror, header, explicit).await {
        Ok(mut report) => {
            if !explicit && report.tx_hash.is_none() {
                report.rolled_back = rolled_back(relayer, &report, number).await?;
            }
            report
        }
        Err(error) if error.is_overtaken() => {
            // Another relayer was faster: then the mirror is where it should be.
            let moved = relayer.mirror(proxy).await?;
            match moved.record.status == Status::Active && moved.record.sourceBlock >= number {
                true => SyncReport::unmoved(&moved),
                false => return Err(error),
            }
        }
        Err(error) if error.is_suspicious(Side::Source) => {
            // A proof that does not fit its header: the source may have been reorganised between the two.
            let fresh = RawHeader::fetch(&relayer.source, number).await?;
            if fresh.header.hash == hash {
                return Err(error);
            }
            tracing::info!(block = number, "the source was reorganised, reading again");
            let mirror = relayer.mirror(proxy).await?;
            sync_to(relayer, mirror, fresh, explicit).await?
        }
        Err(error) => return Err(error),
    };
    for receipt in prove_delegates(relayer, proxy).await? {
        report.gas_used += receipt.gas_used.to::<u64>();
        report.transactions.push(receipt.tx_hash);
    }
    report.elapsed_ms.look_up += looked_up;
    report.elapsed_ms.total = milliseconds(started.elapsed());
    Ok(report)
}

/// The source's newest block, if the record of a mirror that was not moved cannot be this chain's; `block` is the one to sync to.
async fn rolled_back(
    relayer: &Relayer,
    report: &SyncReport,
    block: u64,
) -> Result<Option<u64>, Error> {
    let recorded = report.source_block;
    if block > recorded {
        return Ok(None);
    }
    let head = relayer.source.head().await?;
    let differs = match head < recorded {
        true => true,
        false if block < recorded => false,
        false => proofs::storage_root(&relayer.source, report.source, recorded)
            .await?
            .is_some_and(|root| root != report.post_storage_root),
    };
    Ok(differs.then_some(head))
}

impl Error {
    /// Whether the registry refuses because the mirror has moved on since it was read.
    fn is_overtaken(&self) -> bool {
        let name = match self.chain() {
            Some(smartsync_chain::Error::Reverted { revert, .. }) => &revert.name,
            Some(smartsync_chain::Error::TransactionFailed {
                reason: Some(revert),
                ..
            }) => &revert.name,
            _ => return false,
        };
        name == "NotNewer" || name == "PreRootMismatch"
    }
}

/// Brings a known mirror to a source block. An explicitly wanted block must be newer than the record.
pub fn sync_mirror(
    relayer: &Relayer,
    mirror: Mirror,
    block: u64,
    explicit: bool,
) -> BoxFuture<'_, Result<SyncReport, Error>> {
    Box::pin(async move {
        let looking_up = Instant::now();
        let header = RawHeader::fetch(&relayer.source, block).await?;
        let looked_up = milliseconds(looking_up.elapsed());
        let mut report = sync_to(relayer, mirror, header, explicit).await?;
        report.elapsed_ms.look_up += looked_up;
        Ok(report)
    })
}

fn sync_to(
    relayer: &Relayer,
    mirror: Mirror,
    header: RawHeader,
    explicit: bool,
) -> BoxFuture<'_, Result<SyncReport, Error>> {
    Box::pin(async move {
        let block = header.header.number;
        let recorded = mirror.record.sourceBlock;
        if block <= recorded {
            return match explicit || mirror.record.status == Status::Open {
                true => Err(Error::NotNewer {
                    requested: block,
                    recorded,
                }),
                false => Ok(SyncReport::unmoved(&mirror)),
            };
        }
        if let Some(part_block) = held_at(relayer, &mirror, &header).await? {
            // The update in parts is finished at its block first.
            let first = sync_mirror(relayer, mirror.clone(), part_block, false).await?;
            let moved = relayer.mirror(mirror.proxy).await?;
            return Ok(first.then(sync_mirror(relayer, moved, block, false).await?));
        }
        let set = change_set::find(relayer, &mirror, &header).await?;
        let Some(built) = &set.transition else {
            return parts::sync_in_parts(relayer, &mirror, &header, &set).await;
        };
        let simulating = Instant::now();
        let call = IRegistry::syncCall {
            proxy: mirror.proxy,
            sourceBlock: block,
            accountProof: set.source.nodes.clone(),
            multiProof: built.multi_proof.clone().into(),
        };
        let transaction = relayer.with_header("sync", &header, &call).await?;
        let bytes = transaction.data.len();
        let gas = match bytes > CALLDATA_LIMIT {
            true => Err(u64::MAX),
            false => match relayer.submitter.estimate(&transaction).await {
                Ok(gas) if gas <= GAS_LIMIT => Ok(gas),
                Ok(gas) => Err(gas),
                Err(error) if parts::is_out_of_gas(&error) && set.changes.len() > 1 => {
                    tracing::debug!(%error, "the sync does not fit a transaction");
                    Err(u64::MAX)
                }
                Err(error) => return Err(error.into()),
            },
        };
        match gas {
            Ok(gas) => {
                let simulate = simulating.elapsed();
                let submitting = Instant::now();
                let receipt = relayer.submitter.send_with_gas(transaction, gas).await?;
                let proof_bytes = built.multi_proof.len();
                Ok(SyncReport::of(
                    &mirror,
                    &header,
                    &set,
                    &[receipt],
                    proof_bytes,
                    [simulate, submitting.elapsed()],
                ))
            }
            Err(gas) => {
                tracing::info!(
                    changes = set.changes.len(),
                    bytes,
                    "more than a transaction takes"
                );
                if set.changes.len() > 1 {
                    return sync_in_steps(relayer, &mirror, &header, &set).await;
                }
                Err(Error::TooLarge(TooLarge::Unsplittable {
                    changes: set.changes.len(),
                    bytes,
                    gas,
                }))
            }
        }
    })
}

/// Through an earlier block where there is one to go through, else in parts.
async fn sync_in_steps(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    set: &ChangeSet,
) -> Result<SyncReport, Error> {
    let to_earlier = async {
        match earlier_block(relayer, mirror, header, set.post_storage_root()).await? {
            Some(earlier) => sync_mirror(relayer, mirror.clone(), earlier, false)
                .await
                .map(Some),
            None => Ok(None),
        }
    };
    match to_earlier.await {
        Ok(Some(first)) => {
            let moved = relayer.mirror(mirror.proxy).await?;
            Ok(first.then(sync_mirror(relayer, moved, header.header.number, false).await?))
        }
        Ok(None) => parts::sync_in_parts(relayer, mirror, header, set).await,
        Err(error) if error.is_refusal() && opens_at_once(mirror, header) => {
            tracing::info!(%error, "the states between are not served: in parts");
            parts::sync_in_parts(relayer, mirror, header, set).await
        }
        Err(error) => Err(error),
    }
}

/// Whether a part of this block, whichever it is, opens the mirror.
fn opens_at_once(mirror: &Mirror, header: &RawHeader) -> bool {
    header.header.timestamp >= mirror.record.sourceTimestamp.saturating_add(OPENING_AGE)
}

/// The block at which an update in parts is under way, while the registry takes no parts of this newer one.
async fn held_at(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
) -> Result<Option<u64>, Error> {
    let (block, part_block) = (header.header.number, mirror.record.partBlock);
    if mirror.record.status != Status::Open || part_block == 0 || part_block >= block {
        return Ok(None);
    }
    let begun = RawHeader::fetch(&relayer.source, part_block).await?;
    let held = header.header.timestamp < begun.header.timestamp.saturating_add(PART_STEP);
    Ok(held.then_some(part_block))
}

/// A source block to sync to first: in the middle of those that changed the source since the record, or, when one block alone changed
/// it, the one before that and then that one itself, whose first part opens the mirror. `None` when the block may be brought in parts.
async fn earlier_block(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    post_storage_root: B256,
) -> Result<Option<u64>, Error> {
    let (block, recorded) = (header.header.number, mirror.record.sourceBlock);
    if mirror.record.status != Status::Active {
        return Ok(None);
    }
    let span = Span {
        from: Some(mirror.record.sourceBlock),
        from_root: Some(mirror.record.storageRoot),
        to: block,
        to_root: Some(post_storage_root),
    };
    let blocks = changed_blocks(&relayer.source, mirror.record.source, span).await?;
    Ok(match blocks.as_slice() {
        [_] if opens_at_once(mirror, header) => None,
        [only] if *only > recorded + 1 => Some(only - 1),
        [only] => (*only < block).then_some(*only),
        // The last block of the older half.
        blocks => (blocks.len() / 2)
            .checked_sub(1)
            .and_then(|last| blocks.get(last))
            .copied(),
    })
}
