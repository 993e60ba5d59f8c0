//! Arbitrum's precompiled contracts, and the state of ArbOS that they keep.

mod abi;
mod address;
mod address_set;
mod address_table;
mod aggregator;
mod burner;
mod constraints;
mod contract;
mod cost;
mod data_pricer;
mod debug;
mod dispatch;
pub mod fragments;
mod gas_info;
mod info;
mod legacy;
mod owner;
mod owner_public;
pub mod params;
pub mod programs;
mod request;
mod retryable;
mod storage;
mod sys;
pub mod tips;
mod wasm;
mod wasm_cache;

pub use address::{BATCH_POSTER, NETWORK_FEE_ACCOUNT};
pub use address_set::{BATCH_POSTERS, CACHE_MANAGERS};
pub use dispatch::{addresses, is_precompile, run};
pub use storage::ARBOS;
