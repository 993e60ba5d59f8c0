//! What several nodes must agree on before it is relied on.

use std::{future::Future, time::Duration};

use alloy_primitives::{B256, Bytes, U64};
use futures::{Stream, StreamExt, stream::FuturesUnordered};
use serde_json::Value;

use super::{Block, Chain, endpoint::Endpoint, pause::back_off, tally::Tally};
use crate::error::{Error, Side, one_line, plain};

/// How long a node that is not needed for the quorum any more may still say something else, or bring a newer head.
const GRACE: Duration = Duration::from_millis(250);
/// How often an answer that cannot be is asked for again.
const TRIES: u32 = 4;

/// The next answer; where there are enough already, only if it comes soon.
async fn next_answer<T>(asked: &mut (impl Stream<Item = T> + Unpin), enough: bool) -> Option<T> {
    match enough {
        false => asked.next().await,
        true => tokio::time::timeout(GRACE, asked.next())
            .await
            .unwrap_or_default(),
    }
}

impl Chain {
    /// The chain id that as many nodes as the quorum give, and no other node contradicts.
    pub(super) async fn common_chain_id(&self) -> Result<u64, Error> {
        let failed = |source| Error::Rpc {
            side: self.side,
            method: "eth_chainId".to_owned(),
            source,
        };
        let mut asked: FuturesUnordered<_> = self
            .pool
            .endpoints
            .iter()
            .map(|endpoint| async move {
                let id: Result<U64, _> = self.pool.ask(vec![endpoint], "eth_chainId", ()).await;
                (endpoint.name(), id)
            })
            .collect();
        let mut ids: Vec<(String, u64)> = Vec::new();
        let mut failure = None;
        // Those that are not needed may still tell that they are of another chain.
        while let Some((name, answer)) =
            next_answer(&mut asked, ids.len() >= self.pool.quorum).await
        {
            match answer {
                Ok(id) => ids.push((name, id.to())),
                Err(error) => failure = Some(failed(error)),
            }
        }
        let id = match ids.first() {
            Some((_, id)) if ids.len() >= self.pool.quorum => *id,
            _ => return Err(failure.unwrap_or_else(|| self.disagreement("chain id", Vec::new()))),
        };
        if ids.iter().any(|(_, other)| *other != id) {
            let answers = ids.iter().map(|(name, id)| format!("{name}: {id}"));
            return Err(self.disagreement("chain id", answers.collect()));
        }
        Ok(self.pool.expect_chain_id(id))
    }

    /// The newest block of a tag that as many nodes as the quorum have.
    pub(super) async fn common_block(&self, tag: &'static str) -> Result<Block, Error> {
        let mut asked: FuturesUnordered<_> = self
            .pool
            .endpoints
            .iter()
            .map(|endpoint| async move {
                let block: Result<Option<Block>, _> = self
                    .pool
                    .ask(vec![endpoint], "eth_getBlockByNumber", (tag, false))
                    .await;
                (endpoint.name(), block)
            })
            .collect();
        let mut blocks: Vec<Block> = Vec::new();
        let mut without = Vec::new();
        while let Some((name, answer)) =
            next_answer(&mut asked, blocks.len() >= self.pool.quorum).await
        {
            match answer {
                Ok(Some(block)) => blocks.push(block),
                Ok(None) => without.push(format!("{name}: none")),
                Err(error) => without.push(format!("{name}: {}", one_line(&error))),
            }
        }
        blocks.sort_unstable_by_key(|block| std::cmp::Reverse(block.number));
        match blocks.into_iter().nth(self.pool.quorum.saturating_sub(1)) {
            Some(block) => Ok(block),
            None => Err(self.disagreement(&format!("the {tag} block"), without)),
        }
    }

    /// Fails unless as many nodes as the quorum have this block at this number. A block hash commits to the state root,
    /// and the header was hashed here.
    pub(crate) async fn confirm(&self, number: u64, hash: B256) -> Result<(), Error> {
        if self.pool.quorum <= 1 {
            return Ok(());
        }
        let asked = self.pool.endpoints.iter().map(|endpoint| async move {
            let answer = match self.hash_at(endpoint, number).await {
                Ok(Some(hash)) => Ok(hash),
                Ok(None) => Err("not there".to_owned()),
                Err(error) => Err(one_line(&error)),
            };
            (endpoint.name(), answer)
        });
        let what = format!("block {number} being {hash}");
        self.agree(&what, asked, |answer| *answer == hash)
            .await
            .map(drop)
    }

    /// A call's return data that as many nodes as the quorum give.
    pub(super) async fn common_call(
        &self,
        what: &str,
        params: (Value, Value),
    ) -> Result<Bytes, Error> {
        let asked = self.pool.endpoints.iter().map(|endpoint| {
            let params = params.clone();
            async move {
                let answer: Result<Bytes, _> =
                    self.pool.ask(vec![endpoint], "eth_call", params).await;
                let answer = match answer {
                    Ok(answer) => Ok(Ok(answer)),
                    Err(error) => match self.call_error(error, "eth_call", "") {
                        Error::Reverted { revert, .. } => Ok(Err(revert)),
                        error => Err(error.to_string()),
                    },
                };
                (endpoint.name(), answer)
            }
        });
        match self.agree(what, asked, |_any| true).await? {
            Ok(answer) => Ok(answer),
            Err(revert) => Err(Error::Reverted { call: "", revert }),
        }
    }

    /// The first answer that as many nodes as the quorum give.
    async fn agree<T>(
        &self,
        what: &str,
        asked: impl Iterator<Item = impl Future<Output = (String, Result<T, String>)>>,
        acceptable: impl Fn(&T) -> bool,
    ) -> Result<T, Error>
    where
        T: PartialEq + Clone + std::fmt::Debug,
    {
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut given = Tally::new(self.pool.quorum);
        let mut said = Vec::new();
        while let Some((name, answer)) = asked.next().await {
            let answer = match answer {
                Ok(answer) => answer,
                Err(problem) => {
                    said.push(format!("{name}: {problem}"));
                    continue;
                }
            };
            said.push(plain(&format!("{name}: {answer:?}")));
            if let Some(answer) = given.count(answer).filter(&acceptable) {
                return Ok(answer);
            }
        }
        Err(self.disagreement(what, said))
    }

    /// The hash that one node has for a block number. A node that lags gets time.
    async fn hash_at(
        &self,
        endpoint: &Endpoint,
        number: u64,
    ) -> Result<Option<B256>, alloy::transports::TransportError> {
        for round in 1..=self.pool.rounds {
            let block: Option<Block> = self
                .pool
                .ask(
                    vec![endpoint],
                    "eth_getBlockByNumber",
                    (U64::from(number), false),
                )
                .await?;
            if let Some(block) = block {
                return Ok(Some(block.hash));
            }
            if round < self.pool.rounds {
                tokio::time::sleep(back_off(round)).await;
            }
        }
        Ok(None)
    }

    fn disagreement(&self, what: &str, answers: Vec<String>) -> Error {
        Error::Disagreement {
            side: self.side,
            what: what.to_owned(),
            quorum: self.pool.quorum,
            answers,
        }
    }

    /// Reads something that is checked as it is read; where the check fails, asks again, another node first.
    pub(crate) async fn verified<T, F>(&self, read: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut tried = 0;
        loop {
            tried += 1;
            match read().await {
                Err(error) if error.is_suspicious(self.side) && tried < TRIES => {
                    tracing::debug!(%error, "asking again");
                    self.pool.distrust();
                    tokio::time::sleep(back_off(tried)).await;
                }
                result => return result,
            }
        }
    }
}

impl Error {
    /// Whether a node of this side gave an answer that cannot be.
    pub fn is_suspicious(&self, of: Side) -> bool {
        match self {
            Self::BadAnswer { side, .. }
            | Self::HeaderMismatch { side, .. }
            | Self::Header { side, .. }
            | Self::AccountProof { side, .. } => *side == of,
            _ => false,
        }
    }
}
