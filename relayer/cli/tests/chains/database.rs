//! A PostgreSQL server, which `scripts/postgres.sh` starts.

use std::{path::Path, process::Command};

use smartsync_service::Postgres;
use tokio_postgres::NoTls;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");

/// A database server of its own, stopped at the end.
pub struct Database {
    folder: String,
    pub url: String,
    running: bool,
}

impl Database {
    pub fn start() -> Self {
        let output = Command::new("bash")
            .args([SCRIPT, "start"])
            .output()
            .expect("bash");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = said.lines();
        match (lines.next(), lines.next()) {
            (Some(folder), Some(url)) => Self {
                folder: folder.to_owned(),
                url: url.to_owned(),
                running: true,
            },
            _ => panic!(
                "no PostgreSQL server: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    pub fn stop(&mut self) {
        if std::mem::take(&mut self.running) {
            let status = Command::new("bash")
                .args([SCRIPT, "stop", &self.folder])
                .status()
                .expect("bash");
            assert!(status.success());
            assert!(!Path::new(&self.folder).exists());
        }
    }

    pub async fn coordinator(&self, name: &str) -> Postgres {
        Postgres::connect(&self.url.as_str().into(), name.to_owned())
            .await
            .expect("a coordinator")
    }

    /// A session for looking, and for what only a test does.
    pub async fn session(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
            .await
            .expect("connected");
        tokio::spawn(connection);
        client
    }

    /// Ends the sessions of all relayers, as a network that drops their connections does. How many there were.
    pub async fn cut_sessions(&self) -> i64 {
        self.count(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name LIKE 'smartsync %'",
        )
        .await
    }

    /// Stops the server at once and starts it again, on the same data and port.
    pub fn restart(&self) {
        let status = Command::new("bash")
            .args([SCRIPT, "restart", &self.folder])
            .status()
            .expect("bash");
        assert!(status.success());
    }

    pub async fn count(&self, query: &str) -> i64 {
        let row = self.session().await.query_one(query, &[]).await;
        row.expect("a row").get(0)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}
