//! Updates that no single transaction takes: inclusion multi-proofs or loads, then the proof of the whole.

use std::time::{Duration, Instant};

use alloy::transports::RpcError;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smartsync_abi::IRegistry::{self, Status};
use smartsync_chain::{
    AccountProof, CALLDATA_LIMIT, RawHeader, Receipt, TRANSACTION_GAS, Transaction, progress,
};
use smartsync_proof::build_inclusion;

use crate::{
    change_set::ChangeSet,
    error::{Error, TooLarge},
    registry::Mirror,
    relayer::Relayer,
    report::{GAS_LIMIT, SyncReport},
};

/// Changes in the first part tried: about what the gas of one transaction writes.
const FIRST_PART: usize = 900;
/// Slots in the first load tried.
const FIRST_LOAD: usize = 1_100;
/// An out-of-gas below so few changes has another reason.
const FEWEST: usize = 8;
/// Gas given to `complete` when its simulation cannot see the target header because it runs in that header's block. It
/// verifies two account proofs, a million or two; on a chain with data fees they come on top.
const COMPLETE_GAS: u64 = 10_000_000;

/// Writes the changes in inclusion parts and completes. Anyone may go on where another stopped.
pub(crate) async fn sync_in_parts(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    set: &ChangeSet,
) -> Result<SyncReport, Error> {
    let submitting = Instant::now();
    let mut receipts = relayer.ensure_header(header).await?;
    let mut proof_bytes = 0;
    let mut written = 0;
    let mut take = FIRST_PART;
    let mut opens = mirror.record.status == Status::Active;
    while written < set.changes.len() {
        let (count, multi_proof, transaction, gas) =
            fit(relayer, set.changes.len() - written, &mut take, |count| {
                let range = written..written + count;
                let slots: Vec<(U256, U256)> = set
                    .changes
                    .get(range.clone())
                    .unwrap_or_default()
                    .iter()
                    .map(|change| (change.slot, change.post))
                    .collect();
                let nodes = set
                    .post_nodes
                    .get(range)
                    .unwrap_or_default()
                    .iter()
                    .flatten()
                    .cloned();
                let built = build_inclusion(&slots, set.post_storage_root(), nodes)?;
                let call = IRegistry::partCall {
                    proxy: mirror.proxy,
                    sourceBlock: header.header.number,
                    accountProof: set.source.nodes.clone(),
                    multiProof: built.multi_proof.clone().into(),
                };
                let value = if opens { U256::from(1) } else { U256::ZERO };
                let transaction = Transaction {
                    value,
                    ..relayer.transaction("part", call.abi_encode().into())
                };
                Ok((built.multi_proof.len(), transaction))
            })
            .await?;
        receipts.push(relayer.submitter.send_with_gas(transaction, gas).await?);
        opens = false;
        proof_bytes += multi_proof;
        written += count;
        tracing::info!(
            written,
            of = set.changes.len(),
            bytes = multi_proof,
            "part applied"
        );
        progress("writing parts", written, set.changes.len());
    }
    receipts.push(complete(relayer, mirror, header, &set.source).await?);
    Ok(SyncReport::of(
        mirror,
        header,
        set,
        &receipts,
        proof_bytes,
        [Duration::ZERO, submitting.elapsed()],
    ))
}

/// Loads the changes unproven, as the mirror's creator, and completes.
pub(crate) async fn load_and_complete(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    set: &ChangeSet,
) -> Result<SyncReport, Error> {
    let submitting = Instant::now();
    let mut receipts = relayer.ensure_header(header).await?;
    let mut written = 0;
    let mut take = FIRST_LOAD;
    while written < set.changes.len() {
        let (count, _, transaction, gas) =
            fit(relayer, set.changes.len() - written, &mut take, |count| {
                let chunk = set
                    .changes
                    .get(written..written + count)
                    .unwrap_or_default();
                let call = IRegistry::loadCall {
                    proxy: mirror.proxy,
                    slots: chunk.iter().map(|change| change.slot).collect(),
                    values: chunk.iter().map(|change| change.post).collect(),
                };
                Ok((0, relayer.transaction("load", call.abi_encode().into())))
            })
            .await?;
        receipts.push(relayer.submitter.send_with_gas(transaction, gas).await?);
        written += count;
        tracing::info!(written, of = set.changes.len(), "loaded");
        progress("loading", written, set.changes.len());
    }
    receipts.push(complete(relayer, mirror, header, &set.source).await?);
    Ok(SyncReport::of(
        mirror,
        header,
        set,
        &receipts,
        0,
        [Duration::ZERO, submitting.elapsed()],
    ))
}

/// The largest number of the remaining changes, up to `take`, that one transaction takes, with that transaction and its
/// gas. `take` is left at what fitted, for the next one.
async fn fit(
    relayer: &Relayer,
    remaining: usize,
    take: &mut usize,
    build: impl Fn(usize) -> Result<(usize, Transaction), Error>,
) -> Result<(usize, usize, Transaction, u64), Error> {
    loop {
        let count = (*take).min(remaining).max(1);
        let (proof_bytes, transaction) = build(count)?;
        let bytes = transaction.data.len();
        if bytes > CALLDATA_LIMIT {
            if count == 1 {
                return Err(Error::TooLarge(TooLarge::Unsplittable {
                    changes: 1,
                    bytes,
                    gas: 0,
                }));
            }
            // In proportion, and a little less; always fewer.
            *take = (count * CALLDATA_LIMIT / bytes * 19 / 20).clamp(1, count - 1);
            continue;
        }
        match relayer.submitter.estimate(&transaction).await {
            Ok(gas) if gas <= GAS_LIMIT => return Ok((count, proof_bytes, transaction, gas)),
            Ok(_too_much) if count > FEWEST => *take = count * 4 / 5,
            Ok(gas) => {
                return Err(Error::TooLarge(TooLarge::Unsplittable {
                    changes: count,
                    bytes,
                    gas,
                }));
            }
            Err(error) if is_out_of_gas(&error) && count > FEWEST => *take = count * 4 / 5,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether a simulation failed for lack of gas: nodes say so in words, or revert without data.
pub fn is_out_of_gas(error: &smartsync_chain::Error) -> bool {
    match error {
        smartsync_chain::Error::Reverted { revert, .. } => revert.data.is_empty(),
        smartsync_chain::Error::Rpc {
            source: RpcError::ErrorResp(payload),
            ..
        } => {
            let message = payload.message.to_lowercase();
            message.contains("gas") && !message.contains("gas price") && !message.contains("fee")
        }
        _ => false,
    }
}

/// Proves that the mirror's whole storage equals the source's, under the newest target header. Both roots are compared
/// before anything is sent.
pub(crate) async fn complete(
    relayer: &Relayer,
    mirror: &Mirror,
    header: &RawHeader,
    source: &AccountProof,
) -> Result<Receipt, Error> {
    let target = relayer.target();
    let head = target.head().await?;
    let record = relayer.registry.record(target, mirror.proxy, head).await?;
    // A simulation may run in the newest block, which does not know its own hash; the block before it will do unless
    // the last write is newer.
    let block = head.saturating_sub(1).max(record.lastWrite).min(head);
    let target_header = RawHeader::fetch(target, block).await?;
    let proxy = AccountProof::fetch(target, mirror.proxy, &[], &target_header).await?;
    if proxy.account.storage_root != source.account.storage_root {
        return Err(Error::Incomplete {
            proxy: mirror.proxy,
            source_root: source.account.storage_root,
            proxy_root: proxy.account.storage_root,
        });
    }
    let call = IRegistry::completeCall {
        proxy: mirror.proxy,
        sourceBlock: header.header.number,
        sourceAccountProof: source.nodes.clone(),
        targetHeader: target_header.rlp.clone(),
        targetAccountProof: proxy.nodes,
    };
    let transaction = relayer.transaction("complete", call.abi_encode().into());
    let gas = match relayer.submitter.estimate(&transaction).await {
        Ok(gas) => gas,
        Err(error) if error.is_revert("UnknownTargetHeader") && block == head => {
            COMPLETE_GAS.min(TRANSACTION_GAS)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(relayer.submitter.send_with_gas(transaction, gas).await?)
}
