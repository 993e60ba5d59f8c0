use std::sync::Arc;

use alloy::{primitives::U256, signers::local::PrivateKeySigner, transports::http::reqwest::Url};
use devchain::{Config, Kind, wasm::StylusParams};
use relayer::{
    Chain, Deployment, Error, KeySource, Relayer, SettingError, Side, SignatureSources, Submitter,
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

/// The key that pays, if one is given.
pub fn key(connection: &Connection) -> Result<Option<PrivateKeySigner>, Error> {
    let source = match (
        &connection.keystore,
        &connection.password_file,
        &connection.private_key,
    ) {
        (Some(path), Some(password), _) => KeySource::Keystore {
            path: path.clone(),
            password: password.clone(),
        },
        (_, _, Some(key)) => KeySource::Text {
            option: "--private-key",
            key: key.clone(),
        },
        _ => return Ok(None),
    };
    source.load().map(Some)
}

/// Addresses of both nodes, checked before anything is read or sent.
struct Nodes<'a> {
    source: &'a str,
    target: &'a str,
}

impl<'a> Nodes<'a> {
    fn resolve(connection: &'a Connection) -> Result<Self, Error> {
        Ok(Self {
            source: source_url(connection)?,
            target: target_url(connection)?,
        })
    }
}

fn source_url(connection: &Connection) -> Result<&str, Error> {
    url(
        connection.source_rpc.as_deref(),
        "--source-rpc",
        "SMARTSYNC_SOURCE_RPC",
    )
}

fn target_url(connection: &Connection) -> Result<&str, Error> {
    url(
        connection.target_rpc.as_deref(),
        "--target-rpc",
        "SMARTSYNC_TARGET_RPC",
    )
}

pub fn url<'a>(
    text: Option<&'a str>,
    option: &'static str,
    variable: &'static str,
) -> Result<&'a str, Error> {
    let text = text.ok_or(Error::Setting(SettingError::Missing { option, variable }))?;
    let known = ["http://", "https://", "ws://", "wss://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    match known && text.parse::<Url>().is_ok() {
        true => Ok(text),
        false => Err(Error::Setting(SettingError::NotAUrl {
            option,
            text: text.to_owned(),
        })),
    }
}

fn paying_key(connection: &Connection) -> Result<PrivateKeySigner, Error> {
    key(connection)?.ok_or(Error::Setting(SettingError::Missing {
        option: "--private-key or --keystore",
        variable: "SMARTSYNC_PRIVATE_KEY",
    }))
}

/// What `deploy` needs: a submitter to the target, and the source's chain id.
pub async fn deployer(
    connection: &Connection,
    source_chain_id: Option<u64>,
) -> Result<(Submitter, u64), Error> {
    let key = paying_key(connection)?;
    let target = target_url(connection)?;
    let source_chain_id = match source_chain_id {
        Some(id) => id,
        None => Chain::connect(Side::Source, source_url(connection)?)
            .await?
            .chain_id(),
    };
    Ok((
        Submitter::new(Chain::connect(Side::Target, target).await?, key),
        source_chain_id,
    ))
}

/// Address of a notary's service.
fn endpoint(text: &str) -> Result<Url, Error> {
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
    let endpoints = connection
        .notary_endpoints
        .iter()
        .map(|text| endpoint(text))
        .collect::<Result<Vec<_>, _>>()?;
    if notary_keys.is_empty() {
        notary_keys.push(paying.clone());
    }
    let signatures = SignatureSources {
        keys: notary_keys,
        files: connection.signature_files.clone(),
        endpoints,
        timeout: None,
    };
    let deployment = Deployment::load(&connection.deployment)?;
    let target = Chain::connect(Side::Target, nodes.target).await?;
    build(
        connection,
        &nodes,
        Submitter::new(target, paying),
        signatures,
        &deployment,
    )
    .await
}

/// A relayer that only reads.
pub async fn reader(connection: &Connection) -> Result<Relayer, Error> {
    let nodes = Nodes::resolve(connection)?;
    let deployment = Deployment::load(&connection.deployment)?;
    let target = Chain::connect(Side::Target, nodes.target).await?;
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
    nodes: &Nodes<'_>,
    submitter: Submitter,
    signatures: SignatureSources,
    deployment: &Deployment,
) -> Result<Relayer, Error> {
    let source = Chain::connect(Side::Source, nodes.source).await?;
    let mut relayer = Relayer::new(
        source,
        submitter,
        signatures,
        deployment,
        &connection.deployment,
    )?;
    relayer.finality = connection.finality;
    Ok(relayer)
}
