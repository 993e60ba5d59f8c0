//! Root sources: what says a source block's state root on the target, and what it takes to make it say so.
//!
//! A registry knows only the contract's `stateRoot`. A relayer must first make the contract know the block it wants to
//! sync to: with signatures (a [`Notary`]), with a header that the block-hash buffer confirms (a [`ParentChain`]), or
//! with both for enough of several ([`Combined`]). [`RootSource::bring_up`] tells what to send.

mod combined;
mod error;
mod extension;
mod notary;
mod parent_chain;
mod push;
mod rotation;
mod signatures;
mod signed_header;
mod typed_data;

use alloy_primitives::{Address, B256, Bytes};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use smartsync_abi::IRootSource;

pub use combined::Combined;
pub(crate) use error::pushed;
pub use error::{Origin, RootSourceError, SignatureFault, SignatureProblem};
pub use extension::LONGEST_EXTENSION;
pub use notary::Notary;
pub(crate) use notary::request as current_request;
pub use parent_chain::ParentChain;
pub(crate) use push::{LARGEST_PUSH, newest_pushed};
pub use push::{PushError, PushOptions, PushReport, Pusher};
pub use rotation::{SignedRotation, SignerSet, rotate, sign_rotation};
pub use signatures::{SignatureSources, notary_service_url};
pub use signed_header::{Request, SignedHeader};
pub use typed_data::{Domain, NotaryMessage, header_digest, rotation_digest};

use crate::{chain::Chain, error::Error, header::RawHeader, submitter::Transaction};

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
}

/// What to send so that a root source knows a header.
#[derive(Clone, Debug, Default)]
pub struct BringUp {
    /// Transactions to send first, one after the other.
    pub before: Vec<Transaction>,
    /// Submissions for the registry's `submitHeader`, which can share a transaction with the call that needs the header.
    pub submissions: Vec<Bytes>,
}

impl RootSource {
    /// A root source of a kind. The signatures matter where there is a notary.
    pub fn new(kind: RootSourceKind, address: Address, sources: SignatureSources) -> Self {
        match kind {
            RootSourceKind::Notary => Self::Notary(Notary { address, sources }),
            RootSourceKind::ParentChain => Self::ParentChain(ParentChain { address }),
            RootSourceKind::Combined => Self::Combined(Combined::new(address, sources)),
        }
    }

    /// The contract on the target chain.
    pub fn address(&self) -> Address {
        match self {
            Self::Notary(notary) => notary.address,
            Self::ParentChain(parent_chain) => parent_chain.address,
            Self::Combined(combined) => combined.address,
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
        }
    }

    /// The block-hash buffer that somebody must push to before it can know a final block, and nothing else is missing.
    pub(crate) async fn unpushed(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<Address>, Error> {
        match self {
            Self::Notary(_) => Ok(None),
            Self::ParentChain(parent_chain) => Ok(Some(parent_chain.buffer(target).await?)),
            Self::Combined(combined) => combined.unpushed(source, target, final_block).await,
        }
    }

    /// The block-hash buffer that it uses.
    pub(crate) async fn buffer(&self, target: &Chain) -> Result<Option<Address>, Error> {
        match self {
            Self::Notary(_) => Ok(None),
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
        }
    }
}

/// Signatures, or where there are too few, the way down from a block after it that the notary knows.
async fn notary_bring_up(
    notary: &Notary,
    source: &Chain,
    target: &Chain,
    header: &RawHeader,
) -> Result<BringUp, Error> {
    let refused = match notary.submission(source, target, header).await {
        Ok(submission) => {
            return Ok(BringUp {
                before: Vec::new(),
                submissions: vec![submission],
            });
        }
        Err(
            error @ Error::RootSource(
                RootSourceError::NotASigner { .. } | RootSourceError::TooFewSignatures { .. },
            ),
        ) => error,
        Err(error) => return Err(error),
    };
    let block = header.header.number;
    let latest = target
        .view(notary.address, &IRootSource::latestBlockCall {})
        .await?;
    let mut known = stream::iter(block + 1..=latest.min(block.saturating_add(LONGEST_EXTENSION)))
        .map(|number| async move {
            let known = known_root(target, notary.address, number).await?;
            Ok::<_, Error>(known.map(|state_root| (number, state_root)))
        })
        .buffered(16)
        .try_filter_map(|known| async move { Ok(known) })
        .boxed();
    let Some((number, state_root)) = known.try_next().await? else {
        return Err(refused);
    };
    let known = RawHeader::fetch(source, number).await?;
    require_same(notary.address, &known, state_root)?;
    Ok(BringUp {
        before: extension::extension(source, notary.address, known, header).await?,
        submissions: Vec::new(),
    })
}

/// The state root that a root source has for a block.
async fn known_root(
    target: &Chain,
    root_source: Address,
    block: u64,
) -> Result<Option<B256>, Error> {
    let call = IRootSource::stateRootCall { blockNumber: block };
    match target.view(root_source, &call).await {
        Ok(answer) => Ok(Some(answer.stateRoot)),
        Err(error) if error.is_revert("UnknownBlock") || error.is_revert("NoQuorum") => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a contract answers; `None` where there is no such function or contract.
fn answered<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Reverted { .. } | Error::BadAnswer { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn require_same(
    root_source: Address,
    header: &RawHeader,
    recorded: B256,
) -> Result<(), RootSourceError> {
    match recorded == header.header.state_root {
        true => Ok(()),
        false => Err(RootSourceError::OtherState {
            root_source,
            block: header.header.number,
            recorded,
            got: header.header.state_root,
        }),
    }
}
