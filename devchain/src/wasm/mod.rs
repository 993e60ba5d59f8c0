//! The Stylus execution layer: programs are checked, priced, metered and run as an Arbitrum chain would.
//!
//! [`decompress`] and [`activate`] say whether code may run and what its runs cost at the start; [`Module`] is a program
//! ready to run, kept in a [`ModuleCache`]; [`call_program`] runs one frame of it against a [`Host`], the EVM around it.

mod activation;
mod compression;
mod depth;
mod frame;
mod host;
mod hostio;
mod imports;
mod instrument;
mod module;
mod outcome;
mod pages;
mod params;
mod pricing;
mod program;
mod run;
mod storage_cache;

pub use activation::{ACTIVATION_FIXED_GAS, ActivationError, ProgramInfo, activate};
pub use compression::{PREFIX, decompress, is_program};
pub use host::{
    Call, CallKind, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace,
};
pub use module::{Module, ModuleCache, ModuleError, NATIVE_STACK};
pub use outcome::{Outcome, Status, Trap};
pub use pages::Pages;
pub use params::StylusParams;
pub use run::{call_program, entry_gas, run};
