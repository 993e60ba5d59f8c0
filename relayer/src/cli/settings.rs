use std::{sync::Arc, time::Duration};

use alloy::transports::http::reqwest::Url;
use alloy_primitives::{Address, U256};
use devchain::{Config, Kind, wasm::StylusParams};
use relayer::{
    Chain, Config as WatchConfig, Deployment, Endpoints, Error, Finality, Key, KeySource, Limits,
    Nodes as ConfiguredNodes, PayingKey, Relayer, SettingError, Side, SignatureSources, Submitter,
};

use super::arguments::{ChainKind, Connection, Devchain};

/// Wei of an ether.
const ETHER: u64 = 1_000_000_000_000_000_000;

/// The dev chain that is asked for.
pub fn devchain(options: &Devchain) -> Config {
    let usual = Config::new(match options.kind {
        ChainKind::Evm => Kind::Evm,
        ChainKind::Stylus => Kind::Stylus,
    });
    Config {
        host: options.host,
        port: options.port,
        chain_id: options.chain_id.unwrap_or(usual.chain_id),
        base_fee: options.base_fee.unwrap_or(usual.base_fee),
        balance: U256::from(options.balance) * U256::from(ETHER),
        automine: options.block_time.is_none(),
        block_time: options.block_time,
        stylus: Arc::new(StylusParams {
            debug: options.debug,
            ..*usual.stylus
        }),
        ..usual
    }
}

/// Takes from a configuration what neither an option nor an environment variable says.
pub fn fill(connection: &mut Connection, config: &WatchConfig) {
    let nodes = |url: &mut Option<String>, quorum: &mut usize, nodes: &ConfiguredNodes| {
        if url.is_none() {
            *url = Some(nodes.urls.join(","));
            *quorum = nodes.quorum.max(*quorum);
        }
    };
    nodes(
        &mut connection.source_rpc,
        &mut connection.source_quorum,
        &config.source,
    );
    nodes(
        &mut connection.target_rpc,
        &mut connection.target_quorum,
        &config.target,
    );
    if key(connection).is_none() {
        match &config.key {
            Some(PayingKey::Text(key)) => connection.private_key = Some(key.expose().to_owned()),
            Some(PayingKey::Keystore { path, password }) => {
                connection.keystore = Some(path.clone());
                connection.password_file = Some(password.clone());
            }
            None => {}
        }
    }
    if connection.notary_keys.is_empty() {
        connection.notary_keys = config
            .notary_keys
            .iter()
            .map(|key| key.expose().to_owned())
            .collect();
    }
    connection
        .deployment
        .get_or_insert_with(|| config.deployment.clone());
    connection.finality.get_or_insert(config.finality);
}

/// Where the key that pays comes from, if one is given.
pub fn key(connection: &Connection) -> Option<KeySource> {
    if let (Some(path), Some(password)) = (&connection.keystore, &connection.password_file) {
        return Some(KeySource::Keystore {
            path: path.clone(),
            password: password.clone(),
        });
    }
    if let Some(words) = &connection.mnemonic {
        return Some(KeySource::Mnemonic {
            option: "--mnemonic",
            words: words.clone(),
            index: connection.mnemonic_index,
        });
    }
    if let Some(key_id) = &connection.aws_key {
        return Some(KeySource::Aws {
            key_id: key_id.clone(),
        });
    }
    if let Some(index) = connection.ledger {
        return Some(KeySource::Ledger { index });
    }
    connection.private_key.as_ref().map(|key| KeySource::Text {
        option: "--private-key",
        key: key.clone(),
    })
}

/// Nodes of both chains, checked before anything is read or sent.
struct Nodes {
    source: Endpoints,
    target: Endpoints,
}

impl Nodes {
    fn resolve(connection: &Connection) -> Result<Self, Error> {
        Ok(Self {
            source: source_nodes(connection)?,
            target: target_nodes(connection)?,
        })
    }
}

fn source_nodes(connection: &Connection) -> Result<Endpoints, Error> {
    let (option, variable) = ("--source-rpc", "SMARTSYNC_SOURCE_RPC");
    match &connection.source_rpc {
        Some(text) => Endpoints::parse(option, text, connection.source_quorum),
        None => Err(Error::Setting(SettingError::Missing { option, variable })),
    }
}

fn target_nodes(connection: &Connection) -> Result<Endpoints, Error> {
    let (option, variable) = ("--target-rpc", "SMARTSYNC_TARGET_RPC");
    match &connection.target_rpc {
        Some(text) => Endpoints::parse(option, text, connection.target_quorum),
        None => Err(Error::Setting(SettingError::Missing { option, variable })),
    }
}

fn paying_key(connection: &Connection) -> Result<KeySource, Error> {
    key(connection).ok_or(Error::Setting(SettingError::Missing {
        option: "--private-key or --keystore",
        variable: "SMARTSYNC_PRIVATE_KEY",
    }))
}

/// A submitter to the target. Keys that can be read are, before any node is asked.
async fn submitter(
    connection: &Connection,
    source: KeySource,
    target: &Endpoints,
) -> Result<(Submitter, Key), Error> {
    let limits = Limits {
        max_fee_per_gas: connection.max_fee_per_gas,
        replace_after: Duration::from_secs(connection.replace_after),
        low_balance: U256::from(connection.low_balance),
        ..Limits::default()
    };
    let (chain, key) = match source {
        KeySource::Aws { .. } | KeySource::Ledger { .. } => {
            let chain = Chain::connect(Side::Target, target).await?;
            let key = source.open(Some(chain.chain_id())).await?;
            (chain, key)
        }
        source => {
            let key = source.open(None).await?;
            (Chain::connect(Side::Target, target).await?, key)
        }
    };
    let submitter = Submitter::with_signer(chain, key.transactions()).with_limits(limits);
    if connection.low_balance > 0 {
        submitter.balance().await?;
    }
    Ok((submitter, key))
}

/// What `deploy` needs: a submitter to the target, and the source's chain id.
pub async fn deployer(
    connection: &Connection,
    source_chain_id: Option<u64>,
) -> Result<(Submitter, u64), Error> {
    let key = paying_key(connection)?;
    let target = target_nodes(connection)?;
    let source = match source_chain_id {
        Some(_) => None,
        None => Some(source_nodes(connection)?),
    };
    let (submitter, _key) = submitter(connection, key, &target).await?;
    let source_chain_id = match (source_chain_id, source) {
        (Some(id), _) => id,
        (None, source) => Chain::connect(Side::Source, &source.unwrap_or_default())
            .await?
            .chain_id(),
    };
    Ok((submitter, source_chain_id))
}

/// Address of a notary's service.
fn notary_service(text: &str) -> Result<Url, Error> {
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::Setting(SettingError::Other(format!(
            "--notary-endpoint: `{text}` is not a URL of a notary service (http or https)"
        )))),
    }
}

/// A relayer that can send.
pub async fn relayer(connection: &Connection) -> Result<Relayer, Error> {
    let nodes = Nodes::resolve(connection)?;
    let paying = paying_key(connection)?;
    let mut notary_keys = connection
        .notary_keys
        .iter()
        .map(|key| {
            KeySource::Text {
                option: "--notary-key",
                key: key.clone(),
            }
            .load()
        })
        .collect::<Result<Vec<_>, _>>()?;
    let notary_services = connection
        .notary_endpoints
        .iter()
        .map(|text| notary_service(text))
        .collect::<Result<Vec<_>, _>>()?;
    let deployment = Deployment::load(connection.deployment())?;
    let (submitter, key) = submitter(connection, paying, &nodes.target).await?;
    if notary_keys.is_empty() {
        notary_keys.extend(key.local().cloned());
    }
    let signatures = SignatureSources {
        keys: notary_keys,
        files: connection.signature_files.clone(),
        endpoints: notary_services,
        timeout: None,
    };
    build(connection, &nodes, submitter, signatures, &deployment).await
}

/// A relayer that only reads.
pub async fn reader(connection: &Connection) -> Result<Relayer, Error> {
    let nodes = Nodes::resolve(connection)?;
    let deployment = Deployment::load(connection.deployment())?;
    let target = Chain::connect(Side::Target, &nodes.target).await?;
    build(
        connection,
        &nodes,
        Submitter::without_key(target),
        SignatureSources::default(),
        &deployment,
    )
    .await
}

async fn build(
    connection: &Connection,
    nodes: &Nodes,
    submitter: Submitter,
    signatures: SignatureSources,
    deployment: &Deployment,
) -> Result<Relayer, Error> {
    let source = Chain::connect(Side::Source, &nodes.source).await?;
    let mut relayer = Relayer::new(
        source,
        submitter,
        signatures,
        deployment,
        connection.deployment(),
    )?;
    relayer.finality = connection.finality.unwrap_or(Finality::Automatic);
    Ok(relayer)
}

/// What `doctor` looks at: all that is given.
pub struct Patient {
    pub source: Option<Chain>,
    pub target: Option<Chain>,
    pub deployment: Option<Deployment>,
    pub wallet: Option<Address>,
}

impl Patient {
    /// Connects to the nodes that are given, of which there must be one. A deployment file need not be there.
    pub async fn resolve(connection: &Connection) -> Result<Self, Error> {
        let source = match (&connection.source_rpc, &connection.target_rpc) {
            (None, Some(_)) => None,
            _ => Some(Chain::connect(Side::Source, source_nodes(connection)?).await?),
        };
        let target = match connection.target_rpc {
            None => None,
            Some(_) => Some(Chain::connect(Side::Target, target_nodes(connection)?).await?),
        };
        let deployment = match connection.deployment().exists() {
            true => Some(Deployment::load(connection.deployment())?),
            false => None,
        };
        let wallet = match key(connection) {
            Some(key) => {
                let chain_id = target.as_ref().map(Chain::chain_id);
                Some(key.open(chain_id).await?.address())
            }
            None => None,
        };
        Ok(Self {
            source,
            target,
            deployment,
            wallet,
        })
    }
}
