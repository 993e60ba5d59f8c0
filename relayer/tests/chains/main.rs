//! The relayer as a library, against dev chains in this process.

mod fault_proxy;
mod faults;
mod finding;
mod interruption;
mod kills;
mod browsing;
mod finding;
mod interruption;
mod process;
mod resuming;
mod serving;
mod stage;
mod stuck;
mod watching;
