//! Turns through a PostgreSQL database.
//!
//! Each turn is a session of its own that holds the advisory locks of its mirrors: when the process dies, the server ends
//! the session and with it the lock. The row of the queue stays until the turn is finished, and says who took it, so that
//! what a killed relayer had begun waits for the others, and they know whose it was.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use futures::future::{BoxFuture, FutureExt};
use smartsync_chain::Secret;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Alone, Coordinator, MirrorId, Turn,
    address::{Address, NoAddress},
    error::CoordinationError,
    schema,
    session::{Session, TIMEOUT, left, lock_key, number, within},
};

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
