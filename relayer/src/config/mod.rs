//! The configuration file of `smartsync watch`: TOML, read and checked as a whole before anything is done, so that every
//! mistake is told at once, with its line and key. It holds no secret, only where secrets are.

mod problem;
mod reader;
mod secret;
mod units;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use alloy_primitives::{Address, U256};

use crate::{
    error::Error,
    relayer::Finality,
    watch::{Policy, Retry, ServiceOptions, WatchOptions, Watched},
};

pub use problem::{ConfigError, ConfigProblem};
use reader::{Document, Section};
use secret::Place;

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Nodes of the source chain.
    pub source: Nodes,
    /// Nodes of the target chain.
    pub target: Nodes,
    /// The deployment file.
    pub deployment: PathBuf,
    /// The key that pays.
    pub key: Option<PayingKey>,
    /// Keys that sign headers for the notary.
    pub notary_keys: Vec<Secret>,
    /// Which source blocks count as final.
    pub finality: Finality,
    /// What is watched, and when.
    pub mirrors: Vec<Watched>,
    /// Most wei spent within 24 hours.
    pub spending_limit: Option<U256>,
    /// Longest time between two rounds.
    pub poll: Duration,
    /// Shortest time between two rounds.
    pub pace: Duration,
    /// Pauses after failures.
    pub retry: Retry,
    /// Where the web page, the metrics and the health checks are served.
    pub listen: Option<SocketAddr>,
    /// A mirror that fails longer makes the service not ready.
    pub unready_after: Duration,
    /// A loop that does nothing for longer makes the service unhealthy.
    pub stalled_after: Duration,
    /// How the log is written.
    pub log_format: Option<LogFormat>,
}

/// Nodes of one chain.
#[derive(Clone, PartialEq, Eq)]
pub struct Nodes {
    /// Their URLs, the preferred one first.
    pub urls: Vec<String>,
    /// How many of them must agree, at least 1.
    pub quorum: usize,
}

impl std::fmt::Debug for Nodes {
    /// URLs may hold secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} nodes", self.urls.len())
    }
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a secret")
    }
}

/// Where the paying key is.
#[derive(Clone, PartialEq, Eq)]
pub enum PayingKey {
    /// Hexadecimal, read from the environment or a file.
    Text(Secret),
    /// A keystore file and the file with its password.
    Keystore {
        /// The keystore.
        path: PathBuf,
        /// The password's file.
        password: PathBuf,
    },
}

impl std::fmt::Debug for PayingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => formatter.write_str("a key"),
            Self::Keystore { path, .. } => write!(formatter, "{}", path.display()),
        }
    }
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
    /// Reads and checks a configuration file. Paths in it are relative to its folder. Environment variables and files
    /// that it names must exist.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::parse(path, &text, folder, &|name| {
            std::env::var(name).ok()
        })?)
    }

    fn parse(
        path: &Path,
        text: &str,
        folder: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let document = Document::parse(path, text)?;
        let place = Place { folder, variable };
        let mut root = document.root();
        let config = read(&mut root, place);
        document.finish(root, config)
    }

    /// What the watch needs of it.
    pub fn watch_options(&self) -> WatchOptions {
        WatchOptions {
            mirrors: self.mirrors.clone(),
            spending_limit: self.spending_limit,
            poll: self.poll,
            pace: self.pace,
            retry: self.retry,
        }
    }

    /// What the service around it needs.
    pub fn service_options(&self) -> ServiceOptions {
        ServiceOptions {
            listen: self.listen,
            unready_after: self.unready_after,
            stalled_after: self.stalled_after,
        }
    }
}

/// Reads everything; what is wrong is noted in the sections, and then `None` or a stand-in comes back.
fn read(root: &mut Section<'_>, place: Place<'_>) -> Option<Config> {
    let deployment = root
        .text("deployment")
        .map_or(place.folder.join("deployment.json"), |path| {
            place.folder.join(path)
        });
    let finality = root
        .parsed("finality", FINALITY, finality)
        .or(root.integer("finality", 0..).map(Finality::Depth));
    let source = nodes(root, "source", place);
    let target = nodes(root, "target", place);
    let key = root.section("key").and_then(|mut key| {
        let read = secret::paying_key(&mut key, place);
        root.take(key);
        read
    });
    let notary_keys = root.section("notary").map_or(Vec::new(), |mut notary| {
        let keys = secret::texts(&mut notary, "keys", place, "private keys");
        root.take(notary);
        keys
    });
    let mut defaults = Policy {
        interval: Duration::ZERO,
        ..Policy::default()
    };
    if let Some(mut section) = root.section("policy") {
        defaults = policy(&mut section, &defaults);
        root.take(section);
    }
    let mirrors = mirrors(root, &defaults);
    let service = ServiceOptions::default();
    let mut config = Config {
        // Stand-ins, so that the rest is read, too; they do not leave this function.
        source: Nodes {
            urls: Vec::new(),
            quorum: 1,
        },
        target: Nodes {
            urls: Vec::new(),
            quorum: 1,
        },
        deployment,
        key,
        notary_keys,
        finality: finality.unwrap_or(Finality::Finalized),
        mirrors,
        spending_limit: None,
        poll: Duration::from_secs(12),
        pace: Duration::from_secs(1),
        retry: Retry::default(),
        listen: None,
        unready_after: service.unready_after,
        stalled_after: service.stalled_after,
        log_format: None,
    };
    if let Some(mut watch) = root.section("watch") {
        config.spending_limit = watch.parsed("spending_limit", units::AMOUNT, units::amount);
        set(&mut config.poll, positive(&mut watch, "poll"));
        set(
            &mut config.pace,
            watch.parsed("pace", units::DURATION, units::duration),
        );
        set(&mut config.retry.first, positive(&mut watch, "retry_first"));
        set(
            &mut config.retry.longest,
            positive(&mut watch, "retry_longest"),
        );
        root.take(watch);
    }
    if let Some(mut service) = root.section("service") {
        config.listen = service.parsed(
            "listen",
            "an address and port, such as \"127.0.0.1:9464\"",
            |text| text.parse().ok(),
        );
        config.log_format = service.parsed("log_format", "\"text\" or \"json\"", |text| {
            text.parse().ok()
        });
        set(
            &mut config.unready_after,
            positive(&mut service, "unready_after"),
        );
        set(
            &mut config.stalled_after,
            positive(&mut service, "stalled_after"),
        );
        root.take(service);
    }
    config.source = source?;
    config.target = target?;
    Some(config)
}

const FINALITY: &str =
    "\"finalized\", \"safe\", \"latest\", or a number of blocks below the newest";

fn finality(text: &str) -> Option<Finality> {
    match text {
        "finalized" => Some(Finality::Finalized),
        "safe" => Some(Finality::Safe),
        "latest" => Some(Finality::Latest),
        _ => None,
    }
}

fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}

/// A duration other than zero.
fn positive(section: &mut Section<'_>, key: &'static str) -> Option<Duration> {
    section.parsed(key, units::POSITIVE_DURATION, |text| {
        units::duration(text).filter(|duration| !duration.is_zero())
    })
}

fn nodes(root: &mut Section<'_>, side: &'static str, place: Place<'_>) -> Option<Nodes> {
    let mut section = root.required_section(side)?;
    let urls = secret::urls(&mut section, place);
    let quorum = section
        .integer("quorum", 1..)
        .map_or(1, |quorum| usize::try_from(quorum).unwrap_or(usize::MAX));
    if !urls.is_empty() && quorum > urls.len() {
        let expected = format!("at most the number of nodes, {}", urls.len());
        section.refuse("quorum", &expected);
    }
    root.take(section);
    (!urls.is_empty()).then_some(Nodes { urls, quorum })
}

fn policy(section: &mut Section<'_>, defaults: &Policy) -> Policy {
    Policy {
        interval: section
            .parsed("interval", units::DURATION, units::duration)
            .unwrap_or(defaults.interval),
        min_changes: section
            .integer("min_changes", 1..)
            .unwrap_or(defaults.min_changes),
        max_age: section
            .parsed("max_age", units::DURATION, units::duration)
            .or(defaults.max_age),
        gas_price_ceiling: section
            .parsed("gas_price_ceiling", units::AMOUNT, units::amount)
            .or(defaults.gas_price_ceiling),
        spending_limit: section
            .parsed("spending_limit", units::AMOUNT, units::amount)
            .or(defaults.spending_limit),
    }
}

fn mirrors(root: &mut Section<'_>, defaults: &Policy) -> Vec<Watched> {
    let mut mirrors: Vec<Watched> = Vec::new();
    for mut section in root.required_sections("mirror") {
        let address: Option<Address> = section.required(
            "address",
            "a contract's address, 0x and 40 digits",
            |text| text.parse().ok().filter(|_| text.starts_with("0x")),
        );
        let name = section.text("name");
        if name.is_some_and(|name| {
            name.trim().is_empty() || mirrors.iter().any(|other| other.name == name)
        }) {
            section.refuse("name", "a name that no other mirror has");
        }
        let policy = policy(&mut section, defaults);
        if let Some(address) = address {
            if mirrors.iter().any(|other| other.address == address) {
                section.refuse("address", "an address that no other mirror has");
            }
            let name = name.map_or_else(|| address.to_string(), ToOwned::to_owned);
            mirrors.push(Watched {
                name,
                address,
                policy,
            });
        }
        root.take(section);
    }
    mirrors
}

#[cfg(test)]
mod tests;
