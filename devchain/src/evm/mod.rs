//! Execution of one transaction.

mod deployment;
mod execute;
mod handler;
mod machine;
mod precompiles;

pub use execute::{Arbitrum, CALL_GAS_LIMIT, Environment, Executed, Purpose, Rejected, execute};
pub use machine::Ctx;
