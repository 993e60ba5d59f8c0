//! Execution of one transaction.

pub mod arbitrum;
mod delegation;
mod deployment;
mod execute;
mod handler;
mod machine;
mod precompiles;
mod program;
mod recorder;
mod selfdestruct;

pub use execute::{
    Arbitrum, CALL_GAS_LIMIT, Environment, Executed, Purpose, Rejected, execute, execute_recording,
    validate,
};
pub use machine::Ctx;
