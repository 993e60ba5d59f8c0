//! The Stylus execution layer: programs are checked, priced, metered and run as an Arbitrum chain would.
//!
//! [`decompress`] and [`activate`] say whether code may run and what its runs cost at the start; [`Module`] is a program
//! ready to run, kept in a [`ModuleCache`]; [`call_program`] runs one frame of it against a [`Host`], the EVM around it.

mod activation;
mod compression;
mod depth;
mod host;
mod imports;
mod instrument;
mod pages;
mod params;
mod pricing;
mod program;

pub use activation::{ACTIVATION_FIXED_GAS, ActivationError, ProgramInfo, activate};
pub use compression::{PREFIX, decompress, is_program};
pub use host::{Call, CallKind, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace};
pub use pages::Pages;
pub use params::StylusParams;
