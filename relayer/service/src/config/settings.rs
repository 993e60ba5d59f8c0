use std::{net::SocketAddr, path::PathBuf, time::Duration};

use alloy_primitives::U256;
use smartsync_chain::{Endpoints, Finality, KeySource, Limits, PrivateUrl, Secret};
use smartsync_roots::PushOptions;

use crate::{
    service::ServiceOptions,
    watch::{KeepAlive, Retry, WatchOptions, Watched, WatchedFeed},
};

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Nodes of the source chain.
    pub source: Endpoints,
    /// Nodes of the target chain.
    pub target: Endpoints,
    /// Nodes of the source's parent chain, where the source is a rollup.
    pub parent: Option<Endpoints>,
    /// The deployment file.
    pub deployment: PathBuf,
    /// The key that pays.
    pub key: Option<KeySource>,
    /// What transactions may cost.
    pub limits: Limits,
    /// What signs headers for a notary.
    pub notary: NotarySigners,
    /// The database through which relayers that share mirrors take turns.
    pub database: Option<Secret>,
    /// How block hashes are pushed to the root source's buffer; `None`: not at all.
    pub push: Option<PushOptions>,
    /// Which source blocks count as final.
    pub finality: Finality,
    /// What is watched, and when.
    pub mirrors: Vec<Watched>,
    /// Which feeds are kept, and when they are updated.
    pub feeds: Vec<WatchedFeed>,
    /// Most wei spent within 24 hours.
    pub spending_limit: Option<U256>,
    /// Longest time between two rounds.
    pub poll: Duration,
    /// Shortest time between two rounds.
    pub pace: Duration,
    /// Pauses after failures.
    pub retry: Retry,
    /// When the programs' activations are renewed.
    pub keep_alive: KeepAlive,
    /// Where the web page, the metrics and the health checks are served.
    pub listen: Option<SocketAddr>,
    /// A mirror that fails longer makes the service not ready.
    pub unready_after: Duration,
    /// A loop that does nothing for longer makes the service unhealthy.
    pub stalled_after: Duration,
    /// Whether the web server builds witnesses for whoever asks.
    pub witnesses: bool,
    /// How the log is written.
    pub log_format: Option<LogFormat>,
}

/// What signs headers for a notary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotarySigners {
    /// Keys; without any, the paying key.
    pub keys: Vec<KeySource>,
    /// Notary services.
    pub endpoints: Vec<PrivateUrl>,
    /// Files with signed headers.
    pub files: Vec<PathBuf>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("text or json"),
        }
    }
}

impl Config {
    /// What the watch needs of it.
    pub fn watch_options(&self) -> WatchOptions {
        WatchOptions {
            mirrors: self.mirrors.clone(),
            feeds: self.feeds.clone(),
            spending_limit: self.spending_limit,
            poll: self.poll,
            pace: self.pace,
            retry: self.retry,
            keep_alive: self.keep_alive,
        }
    }

    /// What the service around it needs; the prover of witnesses is not in it.
    pub fn service_options(&self) -> ServiceOptions {
        ServiceOptions {
            listen: self.listen,
            witnesses: None,
            unready_after: self.unready_after,
            stalled_after: self.stalled_after,
        }
    }
}
