use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use alloy::{
    rpc::json_rpc::{RpcRecv, RpcSend},
    transports::{RpcError, TransportErrorKind},
};

use super::{endpoint::Endpoint, endpoints::Endpoints, fault::Fault, pause::back_off};
use crate::error::one_line;

/// The nodes of a chain: asks one after the other, in rounds, until one answers.
///
/// alloy's `RetryBackoffLayer` repeats only rate-limited requests and to the same node; its `FallbackLayer` takes a node's
/// refusal for an answer and asks several nodes at once, which costs those who pay by request. Hence this.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) quorum: usize,
    pub(super) rounds: u32,
    /// Which one is asked first.
    first: AtomicUsize,
    /// The newest block that a node spoke of last.
    head: AtomicU64,
    /// What all of them must be on, once it is known.
    chain_id: Arc<OnceLock<u64>>,
    /// Methods that none of them offers.
    lacking: Mutex<BTreeSet<&'static str>>,
}

impl Pool {
    pub(super) fn new(endpoints: &Endpoints) -> Self {
        let chain_id = Arc::<OnceLock<u64>>::default();
        Self {
            endpoints: endpoints
                .urls
                .iter()
                .map(|url| Endpoint::new(url, endpoints.timeout, chain_id.clone()))
                .collect(),
            quorum: endpoints.quorum,
            rounds: endpoints.rounds.max(1),
            first: AtomicUsize::new(0),
            head: AtomicU64::new(0),
            chain_id,
            lacking: Mutex::default(),
        }
    }

    /// One of the endpoints alone, of the same chain.
    pub(super) fn only(&self, endpoint: &Endpoint) -> Self {
        Self {
            endpoints: vec![endpoint.again(self.chain_id.clone())],
            quorum: 1,
            rounds: self.rounds,
            first: AtomicUsize::new(0),
            head: AtomicU64::new(0),
            chain_id: self.chain_id.clone(),
            lacking: Mutex::default(),
        }
    }

    /// Whether none of them is known to offer a method.
    pub(super) fn lacks(&self, method: &str) -> bool {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.contains(method)
    }

    /// None of them offers a method.
    pub(super) fn learn_lack(&self, method: &'static str) {
        let mut lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.insert(method);
    }

    /// From now on only nodes of this chain are asked.
    pub(super) fn expect_chain_id(&self, id: u64) -> u64 {
        *self.chain_id.get_or_init(|| id)
    }

    /// A node spoke of this block.
    pub(super) fn saw(&self, block: u64) {
        self.head.store(block, Ordering::Relaxed);
    }

    /// Whether a block was spoken of, so that a node that does not have it lags.
    pub(super) fn knows_of(&self, block: u64) -> bool {
        block <= self.head.load(Ordering::Relaxed)
    }

    /// Asks the next one first from now on: the present one gave an answer that cannot be.
    pub(super) fn distrust(&self) {
        self.first.fetch_add(1, Ordering::Relaxed);
    }

    /// All endpoints, the first one first.
    fn in_order(&self) -> impl Iterator<Item = &Endpoint> {
        let count = self.endpoints.len().max(1);
        let first = self.first.load(Ordering::Relaxed) % count;
        self.endpoints
            .iter()
            .cycle()
            .skip(first)
            .take(self.endpoints.len())
    }

    /// One request to whichever node answers.
    pub(super) async fn request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &str,
        params: P,
    ) -> Result<R, RpcError<TransportErrorKind>> {
        self.ask(self.in_order().collect(), method, params).await
    }

    /// One request to one of these nodes, the first that answers.
    pub(super) async fn ask<P: RpcSend, R: RpcRecv>(
        &self,
        endpoints: Vec<&Endpoint>,
        method: &str,
        params: P,
    ) -> Result<R, RpcError<TransportErrorKind>> {
        let mut round = 0;
        loop {
            round += 1;
            let mut refused = None;
            let mut misshapen = None;
            let mut failed = None;
            // A node that rests is asked only when all of them do, and this round is the last.
            let awake: Vec<&Endpoint> = endpoints
                .iter()
                .filter(|endpoint| endpoint.rests_until().is_none())
                .copied()
                .collect();
            let asked = match awake.is_empty() && round == self.rounds {
                true => &endpoints,
                false => &awake,
            };
            for endpoint in asked {
                let error = match endpoint.request(method, params.clone()).await {
                    Ok(answer) => {
                        endpoint.well();
                        return Ok(answer);
                    }
                    Err(error) => error,
                };
                let fault = Fault::of(&error);
                tracing::debug!(
                    endpoint = endpoint.name(),
                    method,
                    ?fault,
                    error = one_line(&error),
                    "failed"
                );
                match fault {
                    Fault::Answer => return Err(error),
                    Fault::Refusal => refused = Some(error),
                    Fault::Misshapen => misshapen = Some(error),
                    Fault::Behind => failed = Some(error),
                    Fault::Busy(_) | Fault::Broken => {
                        endpoint.failed(fault);
                        failed = Some(error);
                    }
                }
            }
            // Those that refuse will go on refusing; those that fail, or rest, may answer yet; what is no answer is most
            // often all that there is.
            let rounds = match failed {
                None if awake.len() < endpoints.len() => self.rounds,
                None if misshapen.is_none() => 1,
                None => self.rounds.min(ROUNDS_OF_MISSHAPEN_ANSWERS),
                Some(_) => self.rounds,
            };
            if round >= rounds {
                return Err(refused
                    .or(misshapen)
                    .or(failed)
                    .unwrap_or_else(|| TransportErrorKind::custom_str("no node is left to ask")));
            }
            tokio::time::sleep(self.pause(&endpoints, round)).await;
        }
    }

    /// Until the first of the nodes has rested, but no longer than the back-off of this round asks for, or a rate limit.
    fn pause(&self, endpoints: &[&Endpoint], round: u32) -> Duration {
        let now = Instant::now();
        let rested = endpoints
            .iter()
            .map(|endpoint| {
                endpoint
                    .rests_until()
                    .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
            })
            .min()
            .unwrap_or_default();
        rested.max(back_off(round)).min(LONGEST_REST)
    }
}

/// How often nodes are asked that give an answer of another form.
const ROUNDS_OF_MISSHAPEN_ANSWERS: u32 = 2;

/// A node that asks to be left alone for longer than this is asked all the same.
const LONGEST_REST: Duration = Duration::from_secs(60);
