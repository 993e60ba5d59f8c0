//! The relayer as a library, against dev chains in this process.

mod browsing;
mod finding;
mod interruption;
mod process;
mod resuming;
mod serving;
mod stage;
mod watching;
