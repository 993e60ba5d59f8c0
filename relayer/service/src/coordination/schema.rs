//! The tables, and how a database gets them.

use tokio_postgres::Client;

use super::error::CoordinationError;

/// In order; a migration that was released is never changed.
const MIGRATIONS: [&str; 2] = [
    include_str!("migrations/0001_queue_and_history.sql"),
    include_str!("migrations/0002_who_works.sql"),
];

/// Advisory lock of whoever migrates: the text "smrtsync".
const MIGRATING: i64 = i64::from_be_bytes(*b"smrtsync");

/// Brings the tables to what this program wants. Several may try at once; a database of a newer program is refused.
pub async fn migrate(client: &mut Client) -> Result<(), CoordinationError> {
    let transaction = client.transaction().await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING])
        .await?;
    transaction
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS smartsync;
             CREATE TABLE IF NOT EXISTS smartsync.migrations (
                 version integer PRIMARY KEY,
                 applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
             );",
        )
        .await?;
    let found: i32 = transaction
        .query_one(
            "SELECT coalesce(max(version), 0) FROM smartsync.migrations",
            &[],
        )
        .await?
        .try_get(0)?;
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if found > known {
        return Err(CoordinationError::NewerSchema { found, known });
    }
    for (version, migration) in (1_i32..).zip(MIGRATIONS) {
        if version > found {
            transaction.batch_execute(migration).await?;
            transaction
                .execute(
                    "INSERT INTO smartsync.migrations (version) VALUES ($1)",
                    &[&version],
                )
                .await?;
        }
    }
    Ok(transaction.commit().await?)
}
