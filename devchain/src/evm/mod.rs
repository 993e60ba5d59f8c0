//! Execution of one transaction.

pub mod arbitrum;
mod deployment;
mod execute;
mod handler;
mod machine;
mod precompiles;
mod program;

pub use execute::{Arbitrum, CALL_GAS_LIMIT, Environment, Executed, Purpose, Rejected, execute};
pub use machine::Ctx;
pub use program::HostioRecord;
