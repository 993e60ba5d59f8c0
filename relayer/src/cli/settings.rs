use alloy::signers::local::PrivateKeySigner;
use relayer::{Chain, Deployment, Error, KeySource, Relayer, SettingError, Side, Submitter};

use super::arguments::Connection;

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

/// The source chain.
pub async fn source(connection: &Connection) -> Result<Chain, Error> {
    chain(
        Side::Source,
        connection.source_rpc.as_deref(),
        "--source-rpc",
        "SMARTSYNC_SOURCE_RPC",
    )
    .await
}

/// The target chain.
pub async fn target(connection: &Connection) -> Result<Chain, Error> {
    chain(
        Side::Target,
        connection.target_rpc.as_deref(),
        "--target-rpc",
        "SMARTSYNC_TARGET_RPC",
    )
    .await
}

async fn chain(
    side: Side,
    url: Option<&str>,
    option: &'static str,
    variable: &'static str,
) -> Result<Chain, Error> {
    let url = url.ok_or(Error::Setting(SettingError::Missing { option, variable }))?;
    Chain::connect(side, url).await
}

/// A submitter to the target chain, which needs a key.
pub async fn submitter(connection: &Connection) -> Result<Submitter, Error> {
    let key = key(connection)?.ok_or(Error::Setting(SettingError::Missing {
        option: "--private-key or --keystore",
        variable: "SMARTSYNC_PRIVATE_KEY",
    }))?;
    Ok(Submitter::new(target(connection).await?, key))
}

/// A relayer that can send.
pub async fn relayer(connection: &Connection) -> Result<Relayer, Error> {
    let paying = key(connection)?;
    let submitter = submitter(connection).await?;
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
    if notary_keys.is_empty() {
        notary_keys.extend(paying);
    }
    build(connection, submitter, notary_keys).await
}

/// A relayer that only reads.
pub async fn reader(connection: &Connection) -> Result<Relayer, Error> {
    let submitter = Submitter::without_key(target(connection).await?);
    build(connection, submitter, Vec::new()).await
}

async fn build(
    connection: &Connection,
    submitter: Submitter,
    notary_keys: Vec<PrivateKeySigner>,
) -> Result<Relayer, Error> {
    let deployment = Deployment::load(&connection.deployment)?;
    let source = source(connection).await?;
    let mut relayer = Relayer::new(
        source,
        submitter,
        notary_keys,
        &deployment,
        &connection.deployment,
    )?;
    relayer.finality = connection.finality;
    Ok(relayer)
}
