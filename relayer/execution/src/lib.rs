//! Running things on the state of a source chain at the end of a block, by plain `eth_*` requests: no node needs to trace. Where one does, a read takes a few requests
//! instead of one for each slot.
//!
//! ```no_run
//! use alloy_primitives::{Address, Bytes};
//! use smartsync_chain::{Chain, RawHeader, Side};
//! use smartsync_execution::{Error, Read, run};
//!
//! /// Whose storage a view reads.
//! async fn whose(url: &str, contract: Address, calldata: Bytes) -> Result<(), Error> {
//!     let chain = Chain::connect(Side::Source, url).await?;
//!     let header = RawHeader::fetch(&chain, chain.head().await?).await?;
//!     let read = Read { from: Address::ZERO, to: contract, data: calldata };
//!     for (account, touched) in run(&chain, &header, &read).await?.touched {
//!         println!("{account}: {} slots", touched.slots.len());
//!     }
//!     Ok(())
//! }
//! ```

mod answer;
pub mod environment;
mod error;
mod prestate;
mod read;
mod remote_state;
mod touched;
mod view;
mod witness;

pub use answer::answer;
pub use error::Error;
pub use read::Read;
pub use remote_state::{RemoteState, Unreadable};
pub use touched::{Touched, TouchedAccounts};
pub use view::{Outcome, run, run_all};
pub use witness::{account_proofs, codes, touched};
