//! The Stylus execution layer: programs are checked, priced, metered and run as an Arbitrum chain would.

mod host;
mod pages;
mod params;

pub use host::{Call, CallKind, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace};
pub use pages::Pages;
pub use params::StylusParams;
