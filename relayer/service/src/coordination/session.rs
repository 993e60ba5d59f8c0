//! A turn: a session with the database.

use std::time::{Duration, SystemTime};

use alloy_primitives::{B256, keccak256};
use futures::future::{BoxFuture, FutureExt};
use tokio_postgres::{Client, types::ToSql};

use super::{MirrorId, Outcome, Predecessor, Turn, error::CoordinationError};

/// How long the database may take for one thing.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// The same of what joins a turn, whether or not it waits, unless another relayer left it: then whose it was.
const JOIN: &str = "INSERT INTO smartsync.queue AS queue
        (lock_key, target_chain_id, registry, proxy, source_block, queued_by, worker, taken_at)
    VALUES ($1, $2, $3, $4, $5, $6, $6, clock_timestamp())
    ON CONFLICT (lock_key) DO UPDATE
        SET worker = coalesce(queue.worker, excluded.worker),
            taken_at = CASE WHEN coalesce(queue.worker, excluded.worker) = excluded.worker
                THEN excluded.taken_at ELSE queue.taken_at END
    RETURNING worker, taken_at";
/// Takes over what a relayer left.
const TAKE_OVER: &str = "UPDATE smartsync.queue SET worker = $2, taken_at = clock_timestamp()
    WHERE lock_key = ANY($1) AND worker = $3";

/// A turn: a session with the advisory locks of its mirrors. Dropping it closes the connection, and the server frees the locks.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) mirror: MirrorId,
    /// What moves together with it.
    pub(super) joined: Vec<MirrorId>,
    pub(super) source_block: u64,
    pub(super) predecessors: Vec<Predecessor>,
    pub(super) relayer: String,
    pub(super) started: SystemTime,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Session({}, {})",
            self.mirror.proxy, self.source_block
        )
    }
}

impl Session {
    fn lost(&self, error: &CoordinationError) -> bool {
        tracing::warn!(proxy = %self.mirror.proxy, "the turn is lost: {error}");
        false
    }

    /// The keys of all its mirrors.
    fn keys(&self) -> Vec<i64> {
        let mirrors = self.joined.iter().chain([&self.mirror]);
        mirrors.map(lock_key).collect()
    }

    /// Locks a mirror and says in the queue whose it is. Whether the lock was free.
    async fn try_join(&mut self, mirror: MirrorId) -> Result<bool, CoordinationError> {
        let key = lock_key(&mirror);
        let locked: bool = self
            .client
            .query_one("SELECT pg_try_advisory_lock($1)", &[&key])
            .await?
            .try_get(0)?;
        if !locked {
            return Ok(false);
        }
        let row = self
            .client
            .query_one(
                JOIN,
                &[
                    &key,
                    &number(mirror.target_chain_id)?,
                    &mirror.registry.to_string(),
                    &mirror.proxy.to_string(),
                    &number(self.source_block)?,
                    &self.relayer,
                ],
            )
            .await?;
        self.predecessors
            .extend(left(row.try_get(0)?, row.try_get(1)?, &self.relayer));
        self.joined.push(mirror);
        Ok(true)
    }

    async fn try_finish(mut self, outcome: Outcome) -> Result<(), CoordinationError> {
        let (key, keys) = (lock_key(&self.mirror), self.keys());
        let done = number(outcome.done(self.source_block))?;
        let chain = number(self.mirror.target_chain_id)?;
        let registry = self.mirror.registry.to_string();
        let proxy = self.mirror.proxy.to_string();
        let transaction = self.client.transaction().await?;
        // What joined, and another relayer had left and this one has not taken over, still says so.
        transaction
            .execute(
                "DELETE FROM smartsync.queue
                 WHERE (lock_key = $1 OR lock_key = ANY($2) AND worker = $3) AND source_block <= $4",
                &[&key, &keys, &self.relayer, &done],
            )
            .await?;
        transaction
            .execute(
                "UPDATE smartsync.queue SET worker = NULL, taken_at = NULL
                 WHERE lock_key = $1 OR lock_key = ANY($2) AND worker = $3",
                &[&key, &keys, &self.relayer],
            )
            .await?;
        match outcome {
            Outcome::Current { .. } => {}
            Outcome::Synced {
                source_block,
                changes,
                proof_bytes,
                gas_used,
                transactions,
            } => {
                let hashes: Vec<String> = transactions.iter().map(B256::to_string).collect();
                transaction
                    .execute(
                        "INSERT INTO smartsync.history (target_chain_id, registry, proxy, relayer, outcome,
                             source_block, changes, proof_bytes, gas_used, transactions, started_at)
                         VALUES ($1, $2, $3, $4, 'synced', $5, $6, $7, $8, $9, $10)",
                        &[
                            &chain,
                            &registry,
                            &proxy,
                            &self.relayer,
                            &number(source_block)?,
                            &number(changes as u64)?,
                            &number(proof_bytes as u64)?,
                            &number(gas_used)?,
                            &hashes,
                            &self.started,
                        ],
                    )
                    .await?;
            }
            Outcome::Failed { error } => {
                transaction
                    .execute(
                        "INSERT INTO smartsync.history (target_chain_id, registry, proxy, relayer, outcome,
                             source_block, error, started_at)
                         VALUES ($1, $2, $3, $4, 'failed', $5, $6, $7)",
                        &[
                            &chain,
                            &registry,
                            &proxy,
                            &self.relayer,
                            &number(self.source_block)?,
                            &error,
                            &self.started,
                        ],
                    )
                    .await?;
            }
        }
        transaction.commit().await?;
        // Freed before the answer, not only when the server notices that the connection is closed.
        self.client
            .execute("SELECT pg_advisory_unlock_all()", &[])
            .await?;
        Ok(())
    }
}

impl Turn for Session {
    fn mirror(&self) -> MirrorId {
        self.mirror
    }

    fn source_block(&self) -> u64 {
        self.source_block
    }

    fn join<'a>(&'a mut self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, bool> {
        async move {
            for mirror in mirrors {
                if self.is_at(mirror) {
                    continue;
                }
                match within(self.try_join(*mirror)).await {
                    Ok(true) => {}
                    Ok(false) => return false,
                    Err(error) => return self.lost(&error),
                }
            }
            true
        }
        .boxed()
    }

    fn is_at(&self, mirror: &MirrorId) -> bool {
        self.mirror == *mirror || self.joined.contains(mirror)
    }

    fn predecessor(&self) -> Option<&Predecessor> {
        self.predecessors.first()
    }

    fn take_over(&mut self) -> BoxFuture<'_, bool> {
        async move {
            let Some(from) = self.predecessors.first().map(|left| left.relayer.clone()) else {
                return true;
            };
            let keys = self.keys();
            let parameters: [&(dyn ToSql + Sync); 3] = [&keys, &self.relayer, &from];
            let taken = within(async { Ok(self.client.execute(TAKE_OVER, &parameters).await?) });
            match taken.await {
                Ok(_rows) => {
                    self.predecessors.retain(|left| left.relayer != from);
                    true
                }
                Err(error) => self.lost(&error),
            }
        }
        .boxed()
    }

    fn is_held(&mut self) -> BoxFuture<'_, bool> {
        async move {
            // The lock lives as long as the session.
            match within(async { Ok(self.client.simple_query("SELECT 1").await?) }).await {
                Ok(_answer) => true,
                Err(error) => self.lost(&error),
            }
        }
        .boxed()
    }

    fn finish(self: Box<Self>, outcome: Outcome) -> BoxFuture<'static, ()> {
        async move {
            let proxy = self.mirror.proxy;
            if let Err(error) = within(self.try_finish(outcome)).await {
                tracing::warn!(%proxy, "the history lacks a sync: {error}");
            }
        }
        .boxed()
    }
}

/// Who left a turn, unless it is this relayer.
pub(super) fn left(
    worker: Option<String>,
    taken_at: Option<SystemTime>,
    relayer: &str,
) -> Option<Predecessor> {
    worker
        .zip(taken_at)
        .filter(|(worker, _)| worker != relayer)
        .map(|(relayer, taken_at)| Predecessor { relayer, taken_at })
}

/// What the database takes no longer for than [`TIMEOUT`].
pub(super) async fn within<T>(
    work: impl Future<Output = Result<T, CoordinationError>>,
) -> Result<T, CoordinationError> {
    match tokio::time::timeout(TIMEOUT, work).await {
        Ok(result) => result,
        Err(_elapsed) => Err(CoordinationError::Slow {
            seconds: TIMEOUT.as_secs(),
        }),
    }
}

/// The mirror's advisory lock: a hash, so that nothing else in the database is likely to use it.
pub(super) fn lock_key(mirror: &MirrorId) -> i64 {
    let mut preimage = b"smartsync mirror".to_vec();
    preimage.extend_from_slice(&mirror.target_chain_id.to_be_bytes());
    preimage.extend_from_slice(mirror.registry.as_slice());
    preimage.extend_from_slice(mirror.proxy.as_slice());
    let hash = keccak256(preimage);
    i64::from_be_bytes(*hash.first_chunk::<8>().unwrap_or(&[0; 8]))
}

/// A number as the database has them.
pub(super) fn number(value: u64) -> Result<i64, CoordinationError> {
    i64::try_from(value).map_err(|_out_of_range| CoordinationError::TooLarge(value))
}
