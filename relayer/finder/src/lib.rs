//! Finding which slots of a contract changed between two source blocks.
//!
//! A way may list slots that did not change, but must not leave one out. Whether it did is seen by the storage roots
//! when the multi-proof is built, so a way need not be trusted.
//!
//! ```no_run
//! use smartsync_finder::{ChangeFinder, Error, Finders, Query};
//!
//! /// The slots that may differ, by the first way that this node offers.
//! async fn changed(query: &Query) -> Result<(), Error> {
//!     for way in Finders::default().all() {
//!         match way.find(query).await {
//!             Ok(slots) => {
//!                 println!("{} slots by {}", slots.len(), way.name());
//!                 return Ok(());
//!             }
//!             Err(error) => println!("{}: {error}", way.name()),
//!         }
//!     }
//!     Ok(())
//! }
//! ```

mod access_list;
mod block_trace;
mod error;
mod finder;
mod intervals;
mod listing;
mod prestate;
mod replay;
mod storage_pages;
mod struct_log;
mod support;
mod transaction_trace;
mod unsupported;

pub use access_list::AccessLists;
pub use block_trace::BlockTraces;
pub use error::Error;
pub use finder::{ChangeFinder, Probe, Query, Span};
pub use intervals::changed_blocks;
pub use listing::{Listing, list_storage};
pub use replay::LocalReplay;
pub use struct_log::StructLogs;
pub use support::Finders;
pub use transaction_trace::TransactionTraces;
