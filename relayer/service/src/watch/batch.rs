use std::time::Duration;

use alloy_primitives::{Bytes, U256};
use relayer::{GAS_LIMIT, Relayer, Share, sync_many};
use smartsync_abi::IRegistry;
use smartsync_chain::{CALLDATA_LIMIT, RawHeader, Transaction};

use super::watcher::Found;
use crate::error::Error;

/// A sync that one transaction takes, with the gas that it needs alone.
#[derive(Debug)]
pub(super) struct Ready {
    pub found: Found,
    pub multi_proof: Bytes,
    /// Calldata in bytes.
    pub bytes: usize,
    /// Gas, the header's submission included where it is needed.
    pub gas: u64,
    /// Time that its simulation took.
    pub simulate: Duration,
}

/// Several syncs at one source block, as few as fit one transaction each.
pub(super) fn pack(ready: Vec<Ready>) -> Vec<Vec<Ready>> {
    let mut batches: Vec<Vec<Ready>> = Vec::new();
    let (mut bytes, mut gas) = (0_usize, 0_u64);
    for sync in ready {
        let fits = bytes.saturating_add(sync.bytes) <= CALLDATA_LIMIT
            && gas.saturating_add(sync.gas) <= GAS_LIMIT;
        match batches.last_mut() {
            Some(batch) if fits => {
                bytes += sync.bytes;
                gas += sync.gas;
                batch.push(sync);
            }
            _ => {
                (bytes, gas) = (sync.bytes, sync.gas);
                batches.push(vec![sync]);
            }
        }
    }
    batches
}

/// Most that a unit of gas may cost for all of a batch, wei.
pub(super) fn ceiling(batch: &[Ready]) -> Option<U256> {
    batch.iter().filter_map(|sync| sync.found.due.ceiling).min()
}

/// The transaction for a batch: `sync` for one mirror, `syncMany` for several, whose account proofs share their nodes.
pub(super) async fn transaction(
    relayer: &Relayer,
    header: &RawHeader,
    batch: &[Ready],
) -> Result<Transaction, Error> {
    if let [only] = batch {
        let call = sync_call(header, &only.found, only.multi_proof.clone());
        return Ok(relayer.with_header("sync", header, &call).await?);
    }
    let shares: Vec<Share<'_>> = batch
        .iter()
        .map(|sync| Share {
            proxy: sync.found.due.mirror.proxy,
            from_block: sync.found.due.mirror.record.sourceBlock,
            nodes: &sync.found.set.source.nodes,
            multi_proof: sync.multi_proof.clone(),
        })
        .collect();
    // Mirrors that somebody else moved must not hold up the others.
    let call = sync_many(header.header.number, false, &shares);
    Ok(relayer.with_header("syncMany", header, &call).await?)
}

/// The sync of one mirror.
pub(super) fn sync_call(
    header: &RawHeader,
    found: &Found,
    multi_proof: Bytes,
) -> IRegistry::syncCall {
    IRegistry::syncCall {
        proxy: found.due.mirror.proxy,
        sourceBlock: header.header.number,
        accountProof: found.set.source.nodes.clone(),
        multiProof: multi_proof,
    }
}
