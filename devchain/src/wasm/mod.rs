//! The Stylus execution layer: programs are checked, priced, metered and run as an Arbitrum chain would.
//!
//! [`decompress`] and [`activate`] say whether code may run and what its runs cost at the start; [`Module`] is a program
//! ready to run, kept in a [`ModuleCache`]; [`call_program`] runs one frame of it against a [`Host`], the EVM around it.
//!
//! # Differences from Arbitrum Nitro
//! - Float operators and types, and multi-value, are refused at activation; Nitro lets some of them in and prices them so that
//!   they cannot run.
//! - Code compressed with a dictionary is refused.
//! - The slots of one flush are written in the order of their keys, not of a hash map.
//! - The interpreter has a stack limit of its own; running out of it ends the call like running out of stack allowance, which
//!   comes first.

mod activation;
mod activation_error;
mod compression;
mod depth;
mod fragments;
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

pub use activation::{ACTIVATION_FIXED_GAS, ProgramInfo, activate};
pub use activation_error::ActivationError;
pub use compression::{PREFIX, decompress, is_program};
pub use fragments::{Root, is_fragment, is_root, payload};
pub use host::{
    Call, CallKind, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace,
};
pub use module::{Module, ModuleCache, ModuleError};
pub use outcome::{Outcome, Status, Trap};
pub use pages::Pages;
pub use params::StylusParams;
pub use run::{call_program, entry_gas, run};
