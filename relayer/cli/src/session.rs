//! Settings made into connections.

use alloy_primitives::Address;
use relayer::{Deployment, Relayer};
use smartsync_chain::{Chain, Key, KeySource, Limits, Side, Submitter};
use smartsync_roots::{PushOptions, Pusher, SignatureSources};

use crate::{
    error::Error,
    settings::{Settings, SourceChain},
};

/// A submitter to the target. Keys are read before any node is asked.
pub async fn submitter(settings: &Settings) -> Result<Submitter, Error> {
    let target = settings.target()?;
    let key = settings.key()?.open().await?;
    submitter_of(settings, &key, Chain::connect(Side::Target, target).await?).await
}

async fn submitter_of(settings: &Settings, key: &Key, target: Chain) -> Result<Submitter, Error> {
    let submitter =
        Submitter::with_signer(target, key.transactions()).with_limits(settings.limits.clone());
    if !settings.limits.low_balance.is_zero() {
        submitter.balance().await?;
    }
    Ok(submitter)
}

/// What `deploy` needs: a submitter to the target, and the source's chain id.
pub async fn deployer(
    settings: &Settings,
    source: &SourceChain,
) -> Result<(Submitter, u64), Error> {
    let submitter = submitter(settings).await?;
    let source_chain_id = match source {
        SourceChain::Known(id) => *id,
        SourceChain::Ask(nodes) => Chain::connect(Side::Source, nodes).await?.chain_id(),
    };
    Ok((submitter, source_chain_id))
}

/// A relayer that can send.
pub async fn relayer(settings: &Settings) -> Result<Relayer, Error> {
    let (source, target) = (settings.source()?, settings.target()?);
    let paying = settings.key()?.open().await?;
    let mut keys = opened(&settings.signatures.keys).await?;
    let deployment = Deployment::load(&settings.deployment)?;
    if keys.is_empty() {
        keys.push(paying.clone());
    }
    let signatures = SignatureSources {
        keys,
        files: settings.signatures.files.clone(),
        endpoints: settings.signatures.services.clone(),
        timeout: None,
    };
    let target = Chain::connect(Side::Target, target).await?;
    let submitter = submitter_of(settings, &paying, target).await?;
    let source = Chain::connect(Side::Source, source).await?;
    let pusher = settings
        .push
        .clone()
        .map(|options| pusher(settings, &paying, &source, options));
    if let Some(pusher) = pusher
        .as_ref()
        .filter(|_| !settings.limits.low_balance.is_zero())
    {
        pusher.submitter.balance().await?;
    }
    let mut relayer = build(settings, source, submitter, signatures, &deployment).await?;
    relayer.pusher = pusher;
    Ok(relayer)
}

/// A relayer that reads, and what pushes block hashes for it.
pub async fn pusher_and_reader(
    settings: &Settings,
    options: PushOptions,
) -> Result<(Pusher, Relayer), Error> {
    let paying = settings.key()?.open().await?;
    let relayer = reader(settings).await?;
    let pusher = pusher(settings, &paying, &relayer.source, options);
    Ok((pusher, relayer))
}

/// Pays on the source chain, where the ceiling for a unit of target gas does not hold.
fn pusher(settings: &Settings, paying: &Key, source: &Chain, options: PushOptions) -> Pusher {
    let limits = Limits {
        max_fee_per_gas: None,
        ..settings.limits.clone()
    };
    let submitter =
        Submitter::with_signer(source.clone(), paying.transactions()).with_limits(limits);
    Pusher { options, submitter }
}

/// A relayer that only reads.
pub async fn reader(settings: &Settings) -> Result<Relayer, Error> {
    let (source, target) = (settings.source()?, settings.target()?);
    let deployment = Deployment::load(&settings.deployment)?;
    let target = Chain::connect(Side::Target, target).await?;
    let source = Chain::connect(Side::Source, source).await?;
    build(
        settings,
        source,
        Submitter::without_key(target),
        SignatureSources::default(),
        &deployment,
    )
    .await
}

async fn build(
    settings: &Settings,
    source: Chain,
    submitter: Submitter,
    signatures: SignatureSources,
    deployment: &Deployment,
) -> Result<Relayer, Error> {
    let mut relayer = Relayer::new(
        source,
        submitter,
        signatures,
        deployment,
        &settings.deployment,
    )?;
    relayer.finality = settings.finality;
    if let Some(parent) = &settings.parent {
        let parent = Chain::connect(Side::Parent, parent).await?;
        relayer.root_source.set_parent(parent);
    }
    Ok(relayer)
}

async fn opened(sources: &[KeySource]) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    for source in sources {
        keys.push(source.open().await?);
    }
    Ok(keys)
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
    pub async fn resolve(settings: &Settings) -> Result<Self, Error> {
        let wallet = match settings.given_key() {
            Some(key) => Some(key.open().await?.address()),
            None => None,
        };
        let deployment = match settings.deployment.exists() {
            true => Some(Deployment::load(&settings.deployment)?),
            false => None,
        };
        let [source, target] = settings.given_nodes();
        if source.is_none() && target.is_none() {
            settings.source()?;
        }
        let source = match source {
            Some(nodes) => Some(Chain::connect(Side::Source, nodes).await?),
            None => None,
        };
        let target = match target {
            Some(nodes) => Some(Chain::connect(Side::Target, nodes).await?),
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
