//! A root source that another one relies on.

use alloy_primitives::Address;
use smartsync_abi::{INotary, IParentChain};
use smartsync_chain::{Chain, RawHeader};

use crate::{
    bring_up::BringUp,
    error::Error,
    known::{answered, latest_block},
    notary::{Notary, notary_bring_up},
    parent_chain::ParentChain,
    signatures::SignatureSources,
};

/// One that is known by what it answers.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    Notary(Notary),
    ParentChain(ParentChain),
    /// Of a kind that somebody else must bring up.
    Foreign(Address),
}

impl Member {
    /// By what it answers: only a notary has signers, only a parent chain's root source a buffer.
    pub async fn recognise(
        target: &Chain,
        address: Address,
        sources: &SignatureSources,
    ) -> Result<Self, Error> {
        if answered(target.view(address, &INotary::signersCall {}).await)?.is_some() {
            return Ok(Self::Notary(Notary {
                address,
                sources: sources.clone(),
            }));
        }
        if answered(target.view(address, &IParentChain::bufferCall {}).await)?.is_some() {
            return Ok(Self::ParentChain(ParentChain { address }));
        }
        Ok(Self::Foreign(address))
    }

    pub fn address(&self) -> Address {
        match self {
            Self::Notary(notary) => notary.address,
            Self::ParentChain(parent_chain) => parent_chain.address,
            Self::Foreign(address) => *address,
        }
    }

    /// The newest block up to `final_block` that it can be brought up to; `None` where there is none.
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
            Self::Foreign(address) => latest_block(target, *address)
                .await
                .map(|latest| Some(latest.min(final_block))),
        }
    }

    /// What it takes to make it know a header that it does not know; `None` where that is somebody else's to do.
    pub async fn bring_up(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<Option<BringUp>, Error> {
        match self {
            Self::Notary(notary) => notary_bring_up(notary, source, target, header)
                .await
                .map(Some),
            Self::ParentChain(parent_chain) => parent_chain
                .bring_up(source, target, header)
                .await
                .map(Some),
            Self::Foreign(_) => Ok(None),
        }
    }
}
