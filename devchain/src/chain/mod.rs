//! The chain: blocks, each with the state after it, and what is waiting to be mined.

mod admission;
mod block;
mod clock;
mod fill;
mod genesis;
mod ledger;
mod pool;
mod seal;
mod settings;
mod transaction;

pub use block::{Block, Mined};
pub use ledger::Ledger;
pub use seal::{Opening, parent_number};
pub use transaction::{Pooled, Refused};
