//! Turns through a PostgreSQL database.
//!
//! Each turn is a session of its own that holds the advisory locks of its mirrors: when the process dies, the server ends
//! the session and with it the lock. The row of the queue stays until the turn is finished, and says who took it, so that
//! what a killed relayer had begun waits for the others, and they know whose it was.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use alloy_primitives::{B256, keccak256};
use futures::future::{BoxFuture, FutureExt};
use smartsync_chain::Secret;
use tokio_postgres::{Client, Config, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Alone, Coordinator, MirrorId, Outcome, Predecessor, Turn,
    address::{Address, NoAddress},
    error::CoordinationError,
    schema,
};

/// How long the database may take for one thing.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long it is not asked after it did not answer, so that many mirrors do not wait for it one after the other.
const AWAY: Duration = Duration::from_secs(10);
/// Settings of each session. A peer whose machine is gone is noticed after some 25 s, and its locks are freed.
const SESSION: &str = "SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET statement_timeout = '10s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '10s'";
/// Says whose turn it is.
const TAKE: &str =
    "UPDATE smartsync.queue SET worker = $2, taken_at = clock_timestamp() WHERE lock_key = $1";
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

/// Takes turns with every relayer that uses the same database.
#[derive(Clone)]
pub struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    /// This relayer's name in queue and history.
    relayer: String,
    /// The queue where the database is out of reach.
    alone: Alone,
    /// When it is asked again after it was.
    away_until: Arc<Mutex<Option<Instant>>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The configuration holds a password.
        write!(formatter, "Postgres({})", self.relayer)
    }
}

impl Postgres {
    /// Connects, brings the tables up to date, and disconnects. `url` is as libpq takes it; `relayer` names this one
    /// among the others.
    pub async fn connect(url: &Secret, relayer: String) -> Result<Self, CoordinationError> {
        let address = Address::parse(url.expose())
            .map_err(|NoAddress(problem)| CoordinationError::Address(problem))?;
        let tls = address
            .tls()
            .map_err(|NoAddress(problem)| CoordinationError::Address(problem))?;
        let mut config = address.config;
        config
            .application_name(format!("smartsync {relayer}"))
            .connect_timeout(TIMEOUT)
            .keepalives_idle(Duration::from_secs(10));
        let postgres = Self {
            config,
            tls,
            relayer,
            alone: Alone::new(),
            away_until: Arc::default(),
        };
        again(|| async {
            let mut client = postgres.session().await?;
            within(schema::migrate(&mut client)).await
        })
        .await?;
        Ok(postgres)
    }

    /// No code that holds the lock can panic.
    fn is_away(&self) -> bool {
        let until = *self
            .away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn went_away(&self, error: &CoordinationError) {
        tracing::warn!("going on alone: {error}");
        *self
            .away_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + AWAY);
    }

    async fn session(&self) -> Result<Client, CoordinationError> {
        within(async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            // It ends with the client.
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!("the connection to the database broke: {error}");
                }
            });
            client.batch_execute(SESSION).await?;
            Ok(client)
        })
        .await
    }

    async fn try_offer(&self, mirror: MirrorId, block: u64) -> Result<(), CoordinationError> {
        let client = self.session().await?;
        let parameters = (
            lock_key(&mirror),
            number(mirror.target_chain_id)?,
            number(block)?,
        );
        within(async {
            client
                .execute(
                    "INSERT INTO smartsync.queue
                         (lock_key, target_chain_id, registry, proxy, source_block, queued_by)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (lock_key) DO UPDATE
                         SET source_block = greatest(queue.source_block, excluded.source_block)",
                    &[
                        &parameters.0,
                        &parameters.1,
                        &mirror.registry.to_string(),
                        &mirror.proxy.to_string(),
                        &parameters.2,
                        &self.relayer,
                    ],
                )
                .await?;
            Ok(())
        })
        .await
    }

    /// Takes the longest waiting mirror whose lock is free. The rows are looked at one by one: a query that locks what it
    /// looks at would lock more than it returns.
    async fn try_next(
        &self,
        mirrors: &[MirrorId],
    ) -> Result<Option<Box<dyn Turn>>, CoordinationError> {
        let mut client = self.session().await?;
        let mut keys: Vec<i64> = mirrors.iter().map(lock_key).collect();
        loop {
            let taken = within(async {
                let transaction = client.transaction().await?;
                // Rows that others are looking at right now are theirs.
                let row = transaction
                    .query_opt(
                        "SELECT lock_key, source_block, worker, taken_at FROM smartsync.queue
                         WHERE lock_key = ANY($1)
                         ORDER BY queued_at, lock_key LIMIT 1 FOR UPDATE SKIP LOCKED",
                        &[&keys],
                    )
                    .await?;
                let Some(row) = row else {
                    return Ok(None);
                };
                let (key, block): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
                let (worker, taken_at): (Option<String>, Option<SystemTime>) =
                    (row.try_get(2)?, row.try_get(3)?);
                let locked: bool = transaction
                    .query_one("SELECT pg_try_advisory_lock($1)", &[&key])
                    .await?
                    .try_get(0)?;
                let left = left(worker, taken_at, &self.relayer);
                if locked && left.is_none() {
                    transaction.execute(TAKE, &[&key, &self.relayer]).await?;
                }
                transaction.commit().await?;
                Ok(Some((key, block, locked, left)))
            })
            .await?;
            let Some((key, block, locked, predecessor)) = taken else {
                return Ok(None);
            };
            let mirror = mirrors
                .iter()
                .find(|mirror| lock_key(mirror) == key)
                .copied();
            if let (true, Some(mirror)) = (locked, mirror) {
                return Ok(Some(Box::new(Session {
                    client,
                    mirror,
                    joined: Vec::new(),
                    source_block: u64::try_from(block).unwrap_or_default(),
                    predecessors: predecessor.into_iter().collect(),
                    relayer: self.relayer.clone(),
                    started: SystemTime::now(),
                })));
            }
            keys.retain(|other| *other != key);
        }
    }
}

impl Coordinator for Postgres {
    fn offer(&self, mirror: MirrorId, source_block: u64) -> BoxFuture<'_, ()> {
        async move {
            if !self.is_away() {
                match again(|| self.try_offer(mirror, source_block)).await {
                    Ok(()) => return,
                    Err(error) => self.went_away(&error),
                }
            }
            self.alone.queue(mirror, source_block);
        }
        .boxed()
    }

    fn next<'a>(&'a self, mirrors: &'a [MirrorId]) -> BoxFuture<'a, Option<Box<dyn Turn>>> {
        async move {
            if let Some(turn) = self.alone.take(mirrors) {
                return Some(turn);
            }
            if self.is_away() {
                return None;
            }
            match again(|| self.try_next(mirrors)).await {
                Ok(turn) => turn,
                Err(error) => {
                    // What was offered before it went away is offered again in the next round.
                    self.went_away(&error);
                    None
                }
            }
        }
        .boxed()
    }
}

/// Who left a turn, unless it is this relayer.
fn left(
    worker: Option<String>,
    taken_at: Option<SystemTime>,
    relayer: &str,
) -> Option<Predecessor> {
    worker
        .zip(taken_at)
        .filter(|(worker, _)| worker != relayer)
        .map(|(relayer, taken_at)| Predecessor { relayer, taken_at })
}

/// A turn: a session with the advisory locks of its mirrors. Dropping it closes the connection, and the server frees the locks.
struct Session {
    client: Client,
    mirror: MirrorId,
    /// What moves together with it.
    joined: Vec<MirrorId>,
    source_block: u64,
    predecessors: Vec<Predecessor>,
    relayer: String,
    started: SystemTime,
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

/// Tries once more where the database answered no more: that a session was cut says nothing about the next one.
async fn again<T, F>(work: impl Fn() -> F) -> Result<T, CoordinationError>
where
    F: Future<Output = Result<T, CoordinationError>>,
{
    match work().await {
        Err(CoordinationError::Database(error)) => {
            tracing::debug!(%error, "trying the database again");
            work().await
        }
        result => result,
    }
}

async fn within<T>(
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
fn lock_key(mirror: &MirrorId) -> i64 {
    let mut preimage = b"smartsync mirror".to_vec();
    preimage.extend_from_slice(&mirror.target_chain_id.to_be_bytes());
    preimage.extend_from_slice(mirror.registry.as_slice());
    preimage.extend_from_slice(mirror.proxy.as_slice());
    let hash = keccak256(preimage);
    i64::from_be_bytes(*hash.first_chunk::<8>().unwrap_or(&[0; 8]))
}

fn number(value: u64) -> Result<i64, CoordinationError> {
    i64::try_from(value).map_err(|_out_of_range| CoordinationError::TooLarge(value))
}
