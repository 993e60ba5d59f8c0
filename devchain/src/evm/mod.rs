//! Execution of one transaction.

mod accesses;
pub mod arbitrum;
mod context;
mod delegation;
mod deployment;
mod execute;
mod frames;
mod handler;
mod machine;
mod moves;
mod precompiles;
mod program;
mod program_host;
mod recent_programs;
mod recorder;
mod selfdestruct;

pub use context::{Arbitrum, Ctx};
pub use execute::{
    CALL_GAS_LIMIT, Environment, Executed, Purpose, Rejected, execute, execute_listing,
    execute_recording, validate,
};
pub use moves::Moves;
pub use precompiles::is_precompile;
pub use recent_programs::RecentPrograms;
