use std::time::Duration;

use alloy_primitives::{Address, B256, TxHash};
use serde::Serialize;
use smartsync_chain::{RawHeader, Receipt};

use crate::{change_set::ChangeSet, registry::Mirror};

/// Gas that a transaction may be estimated at; the limit is 32 million.
pub const GAS_LIMIT: u64 = 28_000_000;

/// What a sync did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncReport {
    /// The source contract.
    pub source: Address,
    /// The mirror.
    pub proxy: Address,
    /// Number of slots that changed.
    pub changes: usize,
    /// Length of the multi-proof, of all of them where it took several.
    pub proof_bytes: usize,
    /// Gas used, of all transactions.
    pub gas_used: u64,
    /// The transaction that made the mirror current; `None` when it was current already.
    pub tx_hash: Option<TxHash>,
    /// All transactions.
    pub transactions: Vec<TxHash>,
    /// Storage root before.
    pub pre_storage_root: B256,
    /// Storage root after, on both chains.
    pub post_storage_root: B256,
    /// Source block the mirror is at.
    pub source_block: u64,
    /// How the changes were found.
    pub found_by: Option<&'static str>,
    /// The source's newest block, where the mirror's record is not, or no longer, of this chain: a development chain was reverted,
    /// a node restored, or it lags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<u64>,
    /// Time by step.
    pub elapsed_ms: Elapsed,
}

/// Time by step, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Elapsed {
    /// Looking up the mirror's record, the source block and the source's account proof.
    pub look_up: f64,
    /// Finding the changed slots.
    pub find: f64,
    /// Fetching their proofs on both chains.
    pub fetch: f64,
    /// Building the multi-proof.
    pub build: f64,
    /// Simulating the transaction.
    pub simulate: f64,
    /// Signing, sending, and waiting for the receipt; with all their simulations where it took several transactions.
    pub submit: f64,
    /// Everything.
    pub total: f64,
}

/// A duration in milliseconds, to a tenth.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

impl SyncReport {
    pub(crate) fn unmoved(mirror: &Mirror) -> Self {
        Self {
            source: mirror.record.source,
            proxy: mirror.proxy,
            changes: 0,
            proof_bytes: 0,
            gas_used: 0,
            tx_hash: None,
            transactions: Vec::new(),
            pre_storage_root: mirror.record.storageRoot,
            post_storage_root: mirror.record.storageRoot,
            source_block: mirror.record.sourceBlock,
            found_by: None,
            rolled_back: None,
            elapsed_ms: Elapsed::default(),
        }
    }

    /// Takes in what came after it.
    pub(crate) fn then(mut self, later: Self) -> Self {
        self.changes += later.changes;
        self.proof_bytes += later.proof_bytes;
        self.gas_used += later.gas_used;
        self.tx_hash = later.tx_hash.or(self.tx_hash);
        self.transactions.extend(later.transactions);
        self.post_storage_root = later.post_storage_root;
        self.source_block = later.source_block;
        self.found_by = later.found_by.or(self.found_by);
        let elapsed = &mut self.elapsed_ms;
        elapsed.look_up += later.elapsed_ms.look_up;
        elapsed.find += later.elapsed_ms.find;
        elapsed.fetch += later.elapsed_ms.fetch;
        elapsed.build += later.elapsed_ms.build;
        elapsed.simulate += later.elapsed_ms.simulate;
        elapsed.submit += later.elapsed_ms.submit;
        self
    }

    /// Of what was found, and of the transactions that brought it over; `simulate` and `submit` are how long those took.
    pub fn of(
        mirror: &Mirror,
        header: &RawHeader,
        set: &ChangeSet,
        receipts: &[Receipt],
        proof_bytes: usize,
        [simulate, submit]: [Duration; 2],
    ) -> Self {
        Self {
            source: mirror.record.source,
            proxy: mirror.proxy,
            changes: set.changes.len(),
            proof_bytes,
            gas_used: receipts
                .iter()
                .map(|receipt| receipt.gas_used.to::<u64>())
                .sum(),
            tx_hash: receipts.last().map(|receipt| receipt.tx_hash),
            transactions: receipts.iter().map(|receipt| receipt.tx_hash).collect(),
            pre_storage_root: set.pre_storage_root,
            post_storage_root: set.post_storage_root(),
            source_block: header.header.number,
            found_by: (!set.way.is_empty()).then_some(set.way),
            rolled_back: None,
            elapsed_ms: Elapsed {
                look_up: milliseconds(set.look_up),
                find: milliseconds(set.find),
                fetch: milliseconds(set.fetch),
                build: milliseconds(set.build),
                simulate: milliseconds(simulate),
                submit: milliseconds(submit),
                total: 0.0,
            },
        }
    }
}
