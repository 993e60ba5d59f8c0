//! The dev chain as a process of its own, for tools to work on.

use std::{
    env,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Private key of the first dev account.
pub const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// A dev chain, killed when dropped.
#[derive(Debug)]
pub struct Chain {
    child: Child,
    url: String,
}

impl Chain {
    /// Starts a Stylus chain on a free port: the program that the environment names as SMARTSYNC, else the one that the
    /// repository's own workspace has built.
    ///
    /// # Errors
    /// If it cannot be started, or says no URL.
    pub fn start() -> io::Result<Self> {
        let program = env::var_os("SMARTSYNC").map_or_else(
            || repository().join("target/debug/smartsync"),
            PathBuf::from,
        );
        let mut child = Command::new(&program)
            .args(["devchain", "--kind", "stylus", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", program.display()))
            })?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        let chain = Self { child, url };
        if chain.url.starts_with("http://") {
            Ok(chain)
        } else {
            Err(io::Error::other(format!(
                "{}: expected a URL, got {:?}",
                program.display(),
                chain.url
            )))
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Stylus contract that the tools work on.
pub fn counter() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counter")
}
