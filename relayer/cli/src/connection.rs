use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use smartsync_chain::{Endpoints, Finality, Secret, separate_urls};

use crate::{
    error::Error,
    key::{KeyOptions, Paying},
};

/// How to reach the chains, with which keys.
#[derive(Args, Debug)]
pub struct Connection {
    #[command(flatten)]
    pub source: SourceRpc,
    #[command(flatten)]
    pub target: TargetRpc,
    /// Nodes of the parent chain of a rollup that is the source: what its root source is brought up to date from.
    #[arg(
        long,
        env = "SMARTSYNC_PARENT_RPC",
        value_name = "URL,...",
        hide_env_values = true
    )]
    pub parent_rpc: Vec<Secret>,
    /// Sync only to blocks that so many source nodes agree on (default: 1).
    #[arg(long, env = "SMARTSYNC_SOURCE_QUORUM", value_name = "N")]
    pub source_quorum: Option<usize>,
    #[command(flatten)]
    pub key: KeyOptions<Paying>,
    #[command(flatten)]
    pub fees: Fees,
    #[command(flatten)]
    pub signatures: Signatures,
    #[command(flatten)]
    pub deployment: DeploymentFile,
    /// Source blocks that count as final: auto (the default: latest on dev chains, else finalized), finalized, safe,
    /// latest, or a number of blocks below the newest.
    #[arg(long, env = "SMARTSYNC_FINALITY")]
    pub finality: Option<Finality>,
}

/// Nodes of the source chain.
#[derive(Args, Debug)]
pub struct SourceRpc {
    /// Nodes of the source chain (http, https, ws, wss), repeated or separated by commas, the preferred first.
    #[arg(
        long,
        env = "SMARTSYNC_SOURCE_RPC",
        value_name = "URL,...",
        hide_env_values = true
    )]
    pub source_rpc: Vec<Secret>,
}

/// Nodes of the target chain.
#[derive(Args, Debug)]
pub struct TargetRpc {
    /// Nodes of the target chain.
    #[arg(
        long,
        env = "SMARTSYNC_TARGET_RPC",
        value_name = "URL,...",
        hide_env_values = true
    )]
    pub target_rpc: Vec<Secret>,
    /// Rely only on mirrors' records that so many target nodes agree on (default: 1).
    #[arg(long, env = "SMARTSYNC_TARGET_QUORUM", value_name = "N")]
    pub target_quorum: Option<usize>,
}

/// Where the contracts are.
#[derive(Args, Debug)]
pub struct DeploymentFile {
    /// Deployment file (default: deployment.json).
    #[arg(long, env = "SMARTSYNC_DEPLOYMENT", value_name = "FILE")]
    pub deployment: Option<PathBuf>,
}

/// What transactions may cost.
#[derive(Args, Debug)]
pub struct Fees {
    /// Most that a unit of gas may cost on the target, in wei, priority fee included (default: no ceiling).
    #[arg(long, env = "SMARTSYNC_MAX_FEE_PER_GAS", value_name = "WEI")]
    pub max_fee_per_gas: Option<u128>,
    /// Seconds after which a transaction that is not mined is sent again with higher fees (default: 20).
    #[arg(
        long,
        env = "SMARTSYNC_REPLACE_AFTER",
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub replace_after: Option<u64>,
    /// Warn when the paying account has less, in wei (default: never).
    #[arg(long, env = "SMARTSYNC_LOW_BALANCE", value_name = "WEI")]
    pub low_balance: Option<u128>,
}

/// Where a notary's signatures come from.
#[derive(Args, Debug)]
pub struct Signatures {
    /// Keys that sign headers for the notary (default: the paying key).
    #[arg(
        long = "notary-key",
        env = "SMARTSYNC_NOTARY_KEY",
        value_name = "HEX",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub notary_keys: Vec<Secret>,
    /// Notary services that sign headers, repeated or separated by commas; all are asked at once.
    #[arg(
        long = "notary-endpoint",
        env = "SMARTSYNC_NOTARY_ENDPOINT",
        value_name = "URL,...",
        hide_env_values = true
    )]
    pub notary_endpoints: Vec<Secret>,
    /// File with a signed header, or an array of them, as a notary service answers them.
    #[arg(
        long = "signature-file",
        env = "SMARTSYNC_SIGNATURE_FILE",
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub signature_files: Vec<PathBuf>,
}

/// All addresses in these texts.
fn addresses(texts: &[Secret]) -> Vec<&str> {
    texts
        .iter()
        .flat_map(|text| separate_urls(text.expose()))
        .collect()
}

impl Connection {
    /// The nodes of the parent chain; what is not said is as configured.
    pub fn parent(&self, configured: Option<&Endpoints>) -> Result<Option<Endpoints>, Error> {
        or_configured("--parent-rpc", &self.parent_rpc, None, configured)
    }
}

impl SourceRpc {
    /// The nodes of which `quorum` must agree, all where that is not said; `None` if there are none.
    pub fn all_of(&self, quorum: Option<usize>) -> Result<Option<Endpoints>, Error> {
        let addresses = addresses(&self.source_rpc);
        let different = addresses.iter().collect::<BTreeSet<_>>().len();
        let quorum = quorum.unwrap_or(different);
        nodes("--source-rpc", &addresses, quorum)
    }

    /// The nodes; what is not said is as configured.
    pub fn resolve(
        &self,
        quorum: Option<usize>,
        configured: Option<&Endpoints>,
    ) -> Result<Option<Endpoints>, Error> {
        or_configured("--source-rpc", &self.source_rpc, quorum, configured)
    }
}

impl TargetRpc {
    /// The nodes; what is not said is as configured.
    pub fn resolve(&self, configured: Option<&Endpoints>) -> Result<Option<Endpoints>, Error> {
        or_configured(
            "--target-rpc",
            &self.target_rpc,
            self.target_quorum,
            configured,
        )
    }
}

impl Signatures {
    /// Addresses of the notary services.
    pub fn services(&self) -> Vec<&str> {
        addresses(&self.notary_endpoints)
    }
}

fn or_configured(
    option: &'static str,
    texts: &[Secret],
    quorum: Option<usize>,
    configured: Option<&Endpoints>,
) -> Result<Option<Endpoints>, Error> {
    let addresses = match configured {
        Some(nodes) if texts.is_empty() => {
            nodes.urls.iter().map(|url| url.expose().as_str()).collect()
        }
        _ => addresses(texts),
    };
    let quorum = quorum.or(configured.map(|nodes| nodes.quorum)).unwrap_or(1);
    nodes(option, &addresses, quorum)
}

fn nodes(
    option: &'static str,
    addresses: &[&str],
    quorum: usize,
) -> Result<Option<Endpoints>, Error> {
    match addresses {
        [] => Ok(None),
        _ => Ok(Some(Endpoints::new(
            option,
            addresses.iter().copied(),
            quorum,
        )?)),
    }
}
