use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use alloy_primitives::U256;
use smartsync_chain::{Endpoints, Finality, KeySource, Limits, PrivateUrl};
use smartsync_roots::{PushOptions, notary_service_url};
use smartsync_service::Config;

use crate::{
    connection::{Connection, DeploymentFile, Fees, SourceRpc, TargetRpc},
    error::{Error, SettingError},
    key::{KeyOptions, Paying},
};

/// What options, environment and a configuration file say, the options first; checked before anything is read or sent.
#[derive(Debug)]
pub struct Settings {
    source: Option<Endpoints>,
    target: Option<Endpoints>,
    /// Nodes of the source's parent chain.
    pub parent: Option<Endpoints>,
    key: Option<KeySource>,
    /// What transactions may cost.
    pub limits: Limits,
    /// Where the notary's signatures come from.
    pub signatures: Signers,
    /// How block hashes are pushed.
    pub push: Option<PushOptions>,
    /// The deployment file.
    pub deployment: PathBuf,
    /// Which source blocks count as final.
    pub finality: Finality,
}

/// What signs headers.
#[derive(Debug, Default)]
pub struct Signers {
    /// Keys; without any, the paying key signs.
    pub keys: Vec<KeySource>,
    /// Files with signed headers.
    pub files: Vec<PathBuf>,
    /// Notary services.
    pub services: Vec<PrivateUrl>,
}

/// How the source's chain id is known.
#[derive(Debug)]
pub enum SourceChain {
    /// It was given.
    Known(u64),
    /// A node says it.
    Ask(Endpoints),
}

impl Settings {
    /// Takes from a configuration what neither an option nor an environment variable says.
    pub fn resolve(connection: &Connection, config: Option<&Config>) -> Result<Self, Error> {
        let quorum = connection.source_quorum;
        Ok(Self {
            source: connection
                .source
                .resolve(quorum, config.map(|config| &config.source))?,
            target: connection
                .target
                .resolve(config.map(|config| &config.target))?,
            parent: connection.parent(config.and_then(|config| config.parent.as_ref()))?,
            key: connection
                .key
                .source()
                .or(config.and_then(|config| config.key.as_ref()))
                .cloned(),
            limits: limits(&connection.fees, config),
            signatures: Signers::resolve(connection, config)?,
            push: config.and_then(|config| config.push.clone()),
            deployment: match (&connection.deployment.deployment, config) {
                (None, Some(config)) => config.deployment.clone(),
                _ => connection.deployment.path().to_owned(),
            },
            finality: connection
                .finality
                .or(config.map(|config| config.finality))
                .unwrap_or(Finality::Automatic),
        })
    }

    /// Nodes of the source chain.
    pub fn source(&self) -> Result<&Endpoints, Error> {
        self.source.as_ref().ok_or_else(SourceRpc::missing)
    }

    /// Nodes of the target chain.
    pub fn target(&self) -> Result<&Endpoints, Error> {
        self.target.as_ref().ok_or_else(TargetRpc::missing)
    }

    /// Nodes of either chain, where they are given.
    pub fn given_nodes(&self) -> [Option<&Endpoints>; 2] {
        [self.source.as_ref(), self.target.as_ref()]
    }

    /// The key that pays.
    pub fn key(&self) -> Result<&KeySource, Error> {
        self.key
            .as_ref()
            .ok_or_else(|| Error::Setting(KeyOptions::<Paying>::missing()))
    }

    /// The key that pays, where one is given.
    pub fn given_key(&self) -> Option<&KeySource> {
        self.key.as_ref()
    }

    /// How the source's chain id is known, `given` or by a node.
    pub fn source_chain(&self, given: Option<u64>) -> Result<SourceChain, Error> {
        Ok(match given {
            Some(id) => SourceChain::Known(id),
            None => SourceChain::Ask(self.source()?.clone()),
        })
    }
}

impl Signers {
    fn resolve(connection: &Connection, config: Option<&Config>) -> Result<Self, Error> {
        let options = &connection.signatures;
        let mut signers = Self {
            keys: options
                .notary_keys
                .iter()
                .map(|key| KeySource::Text {
                    option: "--notary-key",
                    key: key.clone(),
                })
                .collect(),
            files: options.signature_files.clone(),
            services: options
                .services()
                .into_iter()
                .enumerate()
                .map(|(index, text)| {
                    notary_service_url(text).map_err(|problem| {
                        Error::Setting(SettingError::NotANotaryService {
                            option: "--notary-endpoint",
                            position: index + 1,
                            problem,
                        })
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        if let Some(config) = config {
            or(&mut signers.keys, &config.notary.keys);
            or(&mut signers.files, &config.notary.files);
            or(&mut signers.services, &config.notary.endpoints);
        }
        Ok(signers)
    }
}

/// Takes the configured ones where none are given.
fn or<T: Clone>(given: &mut Vec<T>, configured: &[T]) {
    if given.is_empty() {
        given.extend_from_slice(configured);
    }
}

fn limits(fees: &Fees, config: Option<&Config>) -> Limits {
    let mut limits = config.map_or_else(Limits::default, |config| config.limits.clone());
    if let Some(ceiling) = fees.max_fee_per_gas {
        limits.max_fee_per_gas = Some(ceiling);
    }
    if let Some(seconds) = fees.replace_after {
        limits.replace_after = Duration::from_secs(seconds);
    }
    if let Some(balance) = fees.low_balance {
        limits.low_balance = U256::from(balance);
    }
    limits
}

impl SourceRpc {
    /// What to say when no node is given.
    pub fn missing() -> Error {
        Error::Setting(SettingError::Missing {
            option: "--source-rpc",
            variable: "SMARTSYNC_SOURCE_RPC",
        })
    }
}

impl TargetRpc {
    /// What to say when no node is given.
    pub fn missing() -> Error {
        Error::Setting(SettingError::Missing {
            option: "--target-rpc",
            variable: "SMARTSYNC_TARGET_RPC",
        })
    }
}

impl DeploymentFile {
    /// The file.
    pub fn path(&self) -> &Path {
        self.deployment
            .as_deref()
            .unwrap_or(Path::new("deployment.json"))
    }
}
