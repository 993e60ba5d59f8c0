//! An embedded dev chain: plain EVM, or Arbitrum with Stylus, over JSON-RPC.
//!
//! [`DevChain::spawn`] starts one inside the caller's process; [`run`] is the same as a service. See `docs/devchain.md`.

mod account;
mod arbos;
mod chain;
mod config;
mod error;
mod evm;
mod node;
mod rpc;
mod state;
mod trie;
pub mod wasm;
mod worker;

pub use account::{DevAccount, dev_accounts, devnode_account};
pub use arbos::{ArbOs, UnknownArbOs};
pub use config::{Config, Kind};
pub use error::Error;
pub use node::{DevChain, run};
