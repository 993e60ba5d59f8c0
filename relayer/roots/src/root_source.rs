use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use smartsync_chain::{Chain, RawHeader};

use crate::{
    bring_up::BringUp,
    combined::Combined,
    error::Error,
    known::{known_root, require_same},
    notary::{Notary, notary_bring_up},
    parent_chain::ParentChain,
    rollup::Rollup,
    signatures::SignatureSources,
};

/// The kinds of root sources that are deployed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RootSourceKind {
    /// M of N signers.
    #[default]
    Notary,
    /// The block-hash buffer of the source's own child chain.
    ParentChain,
    /// M of N other root sources.
    Combined,
    /// A rollup's contracts on its parent chain.
    Rollup,
}

/// A deployed root source and what brings it up to date.
#[derive(Clone, Debug)]
pub enum RootSource {
    /// M of N signers.
    Notary(Notary),
    /// The block-hash buffer.
    ParentChain(ParentChain),
    /// M of N other root sources.
    Combined(Combined),
    /// A rollup's contracts on its parent chain.
    Rollup(Rollup),
}

impl RootSource {
    /// A root source of a kind. The signatures matter where there is a notary.
    pub fn new(kind: RootSourceKind, address: Address, sources: SignatureSources) -> Self {
        match kind {
            RootSourceKind::Notary => Self::Notary(Notary { address, sources }),
            RootSourceKind::ParentChain => Self::ParentChain(ParentChain { address }),
            RootSourceKind::Combined => Self::Combined(Combined::new(address, sources)),
            RootSourceKind::Rollup => Self::Rollup(Rollup::new(address, sources)),
        }
    }

    /// Tells a rollup's root source of its parent chain; others have no use for it.
    pub fn set_parent(&mut self, chain: Chain) {
        if let Self::Rollup(rollup) = self {
            rollup.parent = Some(chain);
        }
    }

    /// The contract on the target chain.
    pub fn address(&self) -> Address {
        match self {
            Self::Notary(notary) => notary.address,
            Self::ParentChain(parent_chain) => parent_chain.address,
            Self::Combined(combined) => combined.address,
            Self::Rollup(rollup) => rollup.address,
        }
    }

    /// Whether it knows a block, with the state root of this header; another one is an error.
    pub async fn knows(&self, target: &Chain, header: &RawHeader) -> Result<bool, Error> {
        match known_root(target, self.address(), header.header.number).await? {
            Some(state_root) => {
                require_same(self.address(), header, state_root)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// What it takes to make it know a header; nothing when it knows it.
    pub async fn bring_up(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<BringUp, Error> {
        match self {
            Self::Notary(notary) if notary.sources.endpoints.is_empty() => {
                // Asked for together, since either may be needed; a key that cannot sign matters only when it has to.
                let (known, bring_up) = futures::join!(
                    self.knows(target, header),
                    notary_bring_up(notary, source, target, header)
                );
                match known? {
                    true => Ok(BringUp::default()),
                    false => bring_up,
                }
            }
            _ if self.knows(target, header).await? => Ok(BringUp::default()),
            Self::Notary(notary) => notary_bring_up(notary, source, target, header).await,
            Self::ParentChain(parent_chain) => parent_chain.bring_up(source, target, header).await,
            Self::Combined(combined) => combined.bring_up(source, target, header).await,
            Self::Rollup(rollup) => rollup.bring_up(source, target, header).await,
        }
    }

    /// The block-hash buffer that somebody must push to before it can know a final block, and nothing else is missing.
    pub async fn unpushed(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<Address>, Error> {
        match self {
            Self::Notary(_) | Self::Rollup(_) => Ok(None),
            Self::ParentChain(parent_chain) => Ok(Some(parent_chain.buffer(target).await?)),
            Self::Combined(combined) => combined.unpushed(source, target, final_block).await,
        }
    }

    /// The block-hash buffer that it uses.
    pub async fn buffer(&self, target: &Chain) -> Result<Option<Address>, Error> {
        match self {
            Self::Notary(_) | Self::Rollup(_) => Ok(None),
            Self::ParentChain(parent_chain) => Ok(Some(parent_chain.buffer(target).await?)),
            Self::Combined(combined) => combined.buffer(target).await,
        }
    }

    /// The newest block up to a final one that it can be brought up to at present: signers may lag, a buffer may be
    /// sparse. `None` where it can be brought up to none.
    pub async fn usable_block(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<u64>, Error> {
        match self {
            Self::Notary(notary) => notary
                .usable_block(source, target, final_block)
                .await
                .map(Some),
            Self::ParentChain(parent_chain) => {
                parent_chain.usable_block(source, target, final_block).await
            }
            Self::Combined(combined) => combined
                .usable_block(source, target, final_block)
                .await
                .map(Some),
            Self::Rollup(rollup) => rollup.usable_block(source, target, final_block).await,
        }
    }
}
