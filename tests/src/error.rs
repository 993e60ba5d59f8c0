use std::{io, path::PathBuf};

use alloy_primitives::{Address, Bytes};

/// What can go wrong around a test. Reverts of the contracts under test are no errors here: see `CallError`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A node could not be asked, or answered something else than asked for.
    #[error("{method}: {reason}")]
    Rpc {
        method: &'static str,
        reason: String,
    },
    /// A call that the test needs to succeed reverted.
    #[error("call of {to} reverted with {data}")]
    Reverted { to: Address, data: Bytes },
    /// A node does not start.
    #[error("{program}: {source}")]
    Start { program: PathBuf, source: io::Error },
    /// A node ended, or said something else than its port.
    #[error("{program} said {line:?} instead of the port it listens on")]
    NoPort { program: PathBuf, line: String },
    /// A file of an npm package or a fixture is not there; `scripts/setup.sh` brings npm packages.
    #[error("{path}: {source} (run scripts/setup.sh)")]
    File { path: PathBuf, source: io::Error },
    /// A compiled contract has another shape than expected.
    #[error("{path}: {reason}")]
    Artifact { path: PathBuf, reason: String },
}
