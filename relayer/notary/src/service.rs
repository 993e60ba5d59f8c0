use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_primitives::{Address, Bytes};
use serde::Serialize;
use smartsync_chain::{Chain, Key};
use smartsync_roots::{Domain, Request, SignedHeader, current_request};

use crate::{journal::Journal, refusal::Refusal, source_nodes::SourceNodes};

/// Requests worked at together; more wait.
const AT_ONCE: usize = 16;

/// Signs final headers, and never two of one height.
pub struct Service {
    nodes: SourceNodes,
    target: Chain,
    notary: Address,
    signer: Key,
    journal: Arc<Mutex<Journal>>,
    /// How far below the newest final block headers are signed.
    window: u64,
    working: tokio::sync::Semaphore,
    counters: Counters,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Service({}, {})",
            self.notary,
            self.signer.address()
        )
    }
}

/// What the service would sign and has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latest {
    /// Newest source block that it would sign.
    pub final_block: u64,
    /// Highest source block that it signed; null before the first.
    pub signed_block: Option<u64>,
    /// The signer.
    pub signer: Address,
    /// Whether the notary's present set has it.
    pub is_signer: bool,
    /// The notary's epoch.
    pub epoch: u64,
    /// Chain id of the source chain.
    pub source_chain_id: u64,
    /// EIP-712 domain of the notary.
    pub domain: Domain,
}

/// Since the start.
#[derive(Debug, Default)]
struct Counters {
    signed: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

/// No code that holds one of these locks can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service {
    /// A service over an open journal.
    pub fn new(
        nodes: SourceNodes,
        target: Chain,
        notary: Address,
        signer: Key,
        journal: Journal,
        window: u64,
    ) -> Self {
        Self {
            nodes,
            target,
            notary,
            signer,
            journal: Arc::new(Mutex::new(journal)),
            window,
            working: tokio::sync::Semaphore::new(AT_ONCE),
            counters: Counters::default(),
        }
    }

    /// Signs the header of a block: first the nodes agree, then the journal is on the disk, then the key signs.
    pub async fn sign(&self, block: u64) -> Result<SignedHeader, Refusal> {
        let result = self.sign_uncounted(block).await;
        match &result {
            Ok(_signed) => {
                self.counters.signed.fetch_add(1, Ordering::Relaxed);
            }
            Err(refusal) => {
                tracing::warn!(block, reason = refusal.name(), "refused: {refusal}");
                *lock(&self.counters.refused)
                    .entry(refusal.name())
                    .or_default() += 1;
            }
        }
        result
    }

    async fn sign_uncounted(&self, block: u64) -> Result<SignedHeader, Refusal> {
        // The semaphore is never closed; without a permit the request is only not counted among those at work.
        let _permit = self.working.acquire().await;
        let final_block = self.nodes.final_block().await?;
        if block.saturating_add(self.window) < final_block {
            return Err(Refusal::TooOld {
                block,
                final_block,
                window: self.window,
            });
        }
        let header = self.nodes.header(block).await?;
        let request = self.request().await?.of(&header);
        let journal = Arc::clone(&self.journal);
        let fields = header.header;
        // One at a time: two headers of one height cannot both be found absent. The disk is waited for.
        tokio::task::spawn_blocking(move || {
            let mut journal = lock(&journal);
            journal.check(&fields)?;
            journal.record(&fields)?;
            Ok::<(), Refusal>(())
        })
        .await
        .map_err(Refusal::Stopped)??;
        let signature = request.message().sign(&self.signer).await?;
        tracing::info!(block, hash = %header.header.hash, epoch = request.epoch, "signed");
        Ok(SignedHeader {
            domain: request.domain,
            source_chain_id: request.source_chain_id,
            block_number: block,
            block_hash: header.header.hash,
            header: header.rlp,
            epoch: request.epoch,
            signer: self.signer.address(),
            signature: Bytes::from(signature.as_bytes()),
        })
    }

    /// What the notary wants signed at present.
    pub async fn request(&self) -> Result<Request, Refusal> {
        current_request(self.notary, self.nodes.chain_id(), &self.target)
            .await
            .map_err(|error| Refusal::NotaryUnavailable(Box::new(error)))
    }

    /// What it would sign and has signed.
    pub async fn latest(&self) -> Result<Latest, Refusal> {
        let (final_block, request) = futures::try_join!(self.nodes.final_block(), self.request())?;
        Ok(Latest {
            final_block,
            signed_block: lock(&self.journal).highest(),
            signer: self.signer.address(),
            is_signer: request.signers.contains(&self.signer.address()),
            epoch: request.epoch,
            source_chain_id: request.source_chain_id,
            domain: request.domain,
        })
    }

    /// Fails when it cannot sign at present.
    pub async fn health(&self) -> Result<(), Refusal> {
        lock(&self.journal).require_intact()?;
        futures::try_join!(self.nodes.final_block(), self.request()).map(drop)
    }

    /// Prometheus text.
    pub async fn metrics(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
            for (labels, value) in samples {
                text.push_str(&format!("{name}{labels} {value}\n"));
            }
        };
        let none = String::new;
        add(
            "smartsync_notary_signatures_total",
            "counter",
            "Signatures given since the start.",
            &[(none(), self.counters.signed.load(Ordering::Relaxed))],
        );
        let refused: Vec<(String, u64)> = lock(&self.counters.refused)
            .iter()
            .map(|(reason, count)| (format!("{{reason=\"{reason}\"}}"), *count))
            .collect();
        add(
            "smartsync_notary_refusals_total",
            "counter",
            "Requests refused since the start, by reason.",
            &refused,
        );
        let (journal_blocks, signed_block, failed) = {
            let journal = lock(&self.journal);
            (
                journal.len(),
                journal.highest(),
                journal.require_intact().is_err(),
            )
        };
        add(
            "smartsync_notary_journal_blocks",
            "gauge",
            "Source blocks in the journal.",
            &[(none(), journal_blocks as u64)],
        );
        add(
            "smartsync_notary_journal_failed",
            "gauge",
            "1 when a write to the journal failed and nothing is signed before a restart.",
            &[(none(), u64::from(failed))],
        );
        if let Some(block) = signed_block {
            add(
                "smartsync_notary_signed_block",
                "gauge",
                "Highest source block signed.",
                &[(none(), block)],
            );
        }
        if let Ok(block) = self.nodes.final_block().await {
            add(
                "smartsync_notary_final_block",
                "gauge",
                "Newest source block that would be signed.",
                &[(none(), block)],
            );
        }
        text
    }
}
