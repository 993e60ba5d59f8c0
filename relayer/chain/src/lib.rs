//! A chain as SmartSync's relayer sees it: behind one or several JSON-RPC nodes that may fail, lag, limit or lie.
//!
//! A [`Chain`] asks the nodes, with a quorum where that is wanted; [`RawHeader`] and [`AccountProof`] are checked when they are
//! fetched; a [`Submitter`] sends each transaction once or not at all, signed by a [`Key`] wherever that is.
//!
//! ```no_run
//! use smartsync_chain::{AccountProof, Chain, Error, RawHeader, Side};
//!
//! /// The proven storage root of a contract at the newest block.
//! async fn storage_root(url: &str, contract: alloy_primitives::Address) -> Result<(), Error> {
//!     let chain = Chain::connect(Side::Source, url).await?;
//!     let header = RawHeader::fetch(&chain, chain.head().await?).await?;
//!     let proof = AccountProof::fetch(&chain, contract, &[], &header).await?;
//!     println!("{} at block {}", proof.account.storage_root, header.header.number);
//!     Ok(())
//! }
//! ```

mod address;
mod chain;
pub mod clock;
mod error;
mod finality;
mod header;
mod private_url;
mod progress;
pub mod proofs;
mod revert;
mod secret;
mod submitter;
pub mod wallet;

pub use address::{AddressProblem, address};
pub use chain::{Block, Chain, EndpointErrors, Endpoints, Tally, back_off, separate_urls};
pub use clock::{CLOCK_BOUND, Clock};
pub use error::{
    AnswerProblem, Error, FileProblem, KeystoreProblem, MnemonicProblem, SettingError, Side,
    chain_of_causes, escaped, escaped_json, one_line, plain,
};
pub use finality::Finality;
pub use header::RawHeader;
pub use private_url::{PrivateUrl, UrlProblem};
pub use progress::{PROGRESS, progress};
pub use proofs::{AccountProof, KEYS_PER_REQUEST, Unverified, fetch_unverified};
pub use revert::Revert;
pub use secret::Secret;
pub use submitter::{
    CALLDATA_LIMIT, Limits, Receipt, Submitter, TRANSACTION_GAS, Transaction, TransactionSigner,
};
pub use wallet::{Key, KeySource};
