//! A notary's signer as a service: signs headers that are final on the source, never two of one height, and serves the
//! signatures over HTTP. Relayers gather them with [`SignatureSources`](smartsync_roots::SignatureSources).
//!
//! ```no_run
//! use smartsync_notary_service::{NotaryServiceConfig, NotaryServiceError, serve_notary};
//!
//! /// Serves for ever.
//! async fn serve(config: NotaryServiceConfig) -> Result<(), NotaryServiceError> {
//!     serve_notary(config, std::future::pending(), |address| {
//!         println!("http://{address}");
//!         Ok(())
//!     })
//!     .await
//! }
//! ```

mod error;
mod http;
mod journal;
mod notary_service;
mod refusal;
mod service;
mod source_nodes;

pub use error::NotaryServiceError;
pub use journal::{Conflict, Entry, Journal, JournalError, Owner};
pub use notary_service::{NotaryServiceConfig, serve_notary};
pub use refusal::Refusal;
pub use service::{Latest, Service};
pub use source_nodes::{NodesError, SourceNodes};
