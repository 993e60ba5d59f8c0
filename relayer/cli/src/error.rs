use std::path::PathBuf;

use smartsync_service::{CoordinationError, LoadError};

/// Why a command fails. Each message is one line, but for that of a configuration file, which has one for each mistake.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is missing or contradicts another.
    #[error("{0}")]
    Setting(SettingError),
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file is not the JSON that it should be.
    #[error("{path}: {problem}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        problem: serde_json::Error,
    },
    /// There is no configuration.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// A chain, a key or a transaction.
    #[error(transparent)]
    Chain(#[from] smartsync_chain::Error),
    /// A root source.
    #[error(transparent)]
    Roots(#[from] smartsync_roots::Error),
    /// A mirror.
    #[error(transparent)]
    Relayer(#[from] relayer::Error),
    /// Mirrors that belong together, and reads.
    #[error(transparent)]
    Groups(#[from] smartsync_groups::Error),
    /// The source is not where the mirror's record is.
    #[error(
        "warning: the source was rolled back, or its node lags: its newest block is {head}, and block {recorded}, at which the \
         mirror {proxy} is, is not there or another. Syncs go on by themselves once the source is past block {recorded}; on a \
         development chain, `smartsync deploy --anew` and `smartsync migrate` begin anew"
    )]
    RolledBack {
        /// The mirror.
        proxy: alloy_primitives::Address,
        /// Its block.
        recorded: u64,
        /// The source's newest block.
        head: u64,
    },
    /// A read came to nothing.
    #[error("the read failed: {0}")]
    ReadFailed(String),
    /// A mirror or a proof and the source answer differently.
    #[error("the answer is not the source's")]
    Differs,
    /// The service around the relayer.
    #[error(transparent)]
    Service(#[from] smartsync_service::Error),
    /// The database of the relayers that share mirrors cannot be used.
    #[error(transparent)]
    Coordination(#[from] CoordinationError),
    /// The notary's service.
    #[error(transparent)]
    NotaryService(#[from] smartsync_notary_service::NotaryServiceError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] smartsync_demo::Error),
    /// The dev chain cannot run.
    #[error("dev chain: {0}")]
    DevChain(#[from] devchain::Error),
    /// stdout is closed or full.
    #[error("writing the result: {0}")]
    Output(#[from] std::io::Error),
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A needed option is missing.
    #[error("{option} is needed (or the environment variable {variable})")]
    Missing {
        /// The option.
        option: &'static str,
        /// The environment variable.
        variable: &'static str,
    },
    /// No key is given.
    #[error(
        "a key {what} is needed: {}, or the environment variable {variable}", options.join(", ")
    )]
    NoKey {
        /// Which one, as a relative clause.
        what: &'static str,
        /// The options that give it.
        options: [&'static str; 4],
        /// The environment variable that holds it.
        variable: &'static str,
    },
    /// An address of a notary's service is not one.
    #[error("{option}: address {position} is not a URL of a notary service: {problem}")]
    NotANotaryService {
        /// The option.
        option: &'static str,
        /// Which one of those given, from 1.
        position: usize,
        /// What is wrong with it.
        problem: smartsync_chain::UrlProblem,
    },
    /// A number is not one.
    #[error("--activation-value: {0}")]
    ActivationValue(relayer::state_file::EntryError),
    /// Facts about a chain are neither known nor given.
    #[error(
        "chain {0} is none of the well-known ones: --first-block says which of its blocks is the first under the rules of \
         Cancun or later (on a chain that began with them: 0)"
    )]
    UnknownSourceChain(u64),
    /// A number for an estimate cannot be.
    #[error("{0}")]
    Estimate(smartsync_estimate::EstimateError),
    /// There is no such way of finding changes.
    #[error("--by: `{0}` is no way of finding changes")]
    NoFinder(String),
}
