//! Contracts of other people, from pinned npm packages, set up on a source chain as they are used, and what there is to ask them.

mod aave;
mod accounts;
mod aragon;
mod balancer;
mod chainlink;
mod compound;
mod contract;
mod ens;
mod governance;
mod proxies;
mod safe;
mod scene;
mod tokens;
mod treasury;
mod uniswap;
mod uniswap_v1;
mod uniswap_v3;

pub use aave::aave;
pub use accounts::accounts;
pub use aragon::aragon;
pub use balancer::balancer;
pub use chainlink::chainlink;
pub use compound::compound;
pub use contract::Contract;
pub use ens::{child, ens};
pub use governance::governance;
pub use proxies::proxies;
pub use safe::{execute, safe};
pub use scene::{Scene, View};
pub use tokens::{collections, rate, tokens, vaults};
pub use treasury::treasury;
pub use uniswap::uniswap;
pub use uniswap_v1::uniswap_v1;
pub use uniswap_v3::uniswap_v3;
