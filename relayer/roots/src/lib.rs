//! Root sources: what says a source block's state root on the target, and what it takes to make it say so.
//!
//! A registry knows only the contract's `stateRoot`. A relayer must first make the contract know the block it wants to
//! sync to: with signatures (a [`Notary`]), with a header that the block-hash buffer confirms (a [`ParentChain`]), with proven calls of a rollup's
//! contracts on its parent chain (a [`Rollup`]), or with whatever enough of several take ([`Combined`]). [`RootSource::bring_up`] tells what to send.
//!
//! ```no_run
//! use smartsync_chain::{Chain, RawHeader};
//! use smartsync_roots::{Error, RootSource};
//!
//! /// How many transactions come before the registry can be told of the newest source block.
//! async fn before(root_source: &RootSource, source: &Chain, target: &Chain) -> Result<usize, Error> {
//!     let header = RawHeader::fetch(source, source.head().await?).await?;
//!     Ok(root_source.bring_up(source, target, &header).await?.before.len())
//! }
//! ```

mod bring_up;
mod claim;
mod combined;
mod error;
mod extension;
mod known;
mod member;
mod notary;
mod parent_chain;
mod push;
mod push_error;
mod rollup;
mod root_source;
mod root_source_error;
mod rotation;
mod signatures;
mod signed_header;
mod typed_data;

pub use bring_up::BringUp;
pub use combined::Combined;
pub use error::Error;
pub use extension::LONGEST_EXTENSION;
pub use notary::{Notary, request as current_request};
pub use parent_chain::ParentChain;
pub use push::{LARGEST_PUSH, PushOptions, PushReport, Pusher, newest_pushed};
pub use push_error::PushError;
pub use rollup::Rollup;
pub use root_source::{RootSource, RootSourceKind};
pub use root_source_error::{Origin, RootSourceError, SignatureFault, SignatureProblem, pushed};
pub use rotation::{SignedRotation, SignerSet, rotate, sign_rotation};
pub use signatures::{Latest, SignatureSources, notary_service_url};
pub use signed_header::{Request, SignedHeader};
pub use typed_data::{Domain, NotaryMessage, header_digest, rotation_digest};
