//! The relayer as a library, against dev chains in this process.

mod browsing;
mod coordination;
mod fault_proxy;
mod faults;
mod finding;
mod interruption;
mod kills;
mod notary_service;
mod process;
mod resuming;
mod root_sources;
mod serving;
mod stage;
mod stuck;
mod watching;
