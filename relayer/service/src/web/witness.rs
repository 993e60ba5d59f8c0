use std::{sync::Arc, time::Duration};

use alloy_primitives::{Address, Bytes};
use relayer::Relayer;
use serde::Deserialize;
use smartsync_execution::Read;
use smartsync_groups::{newest_known, prove_call};
use tokio::sync::Semaphore;

/// Witnesses built at once; further requests are told to come back.
const AT_ONCE: usize = 4;
/// How long one may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What builds witnesses for whoever asks.
#[derive(Debug)]
pub(crate) struct Witnesses {
    relayer: Relayer,
    prover: Address,
    permits: Semaphore,
}

impl Witnesses {
    /// Witnesses for the calls of this prover.
    pub(crate) fn new(relayer: Relayer, prover: Address) -> Arc<Self> {
        Arc::new(Self {
            relayer,
            prover,
            permits: Semaphore::new(AT_ONCE),
        })
    }
}

/// A call of a contract on the source chain.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Asked {
    /// Who asks.
    #[serde(default)]
    from: Address,
    /// What is asked.
    to: Address,
    /// Calldata.
    data: Bytes,
    /// The source block; the newest that the root source knows, where none is given.
    block: Option<u64>,
}

/// Why there is no witness.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Too many are being built.
    Busy,
    /// It takes too long.
    TooLong,
    /// It cannot be built.
    Impossible(String),
}

impl Witnesses {
    /// The proven call as JSON, unless too many are being built or it takes too long.
    pub(super) async fn answer(&self, asked: Asked) -> Result<String, Refusal> {
        let _permit = self.permits.try_acquire().map_err(|_none| Refusal::Busy)?;
        match tokio::time::timeout(TIME_LIMIT, self.build(asked)).await {
            Ok(built) => built.map_err(Refusal::Impossible),
            Err(_elapsed) => Err(Refusal::TooLong),
        }
    }

    /// The proven call as JSON, or why there is none.
    async fn build(&self, asked: Asked) -> Result<String, String> {
        let block = match asked.block {
            Some(block) => block,
            None => newest_known(&self.relayer)
                .await
                .map_err(|error| error.to_string())?,
        };
        let read = Read {
            from: asked.from,
            to: asked.to,
            data: asked.data,
        };
        let proven = prove_call(&self.relayer, self.prover, &read, block)
            .await
            .map_err(|error| error.to_string())?;
        serde_json::to_string(&proven).map_err(|error| error.to_string())
    }
}
