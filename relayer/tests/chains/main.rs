//! The relayer as a library, against dev chains in this process.

mod browsing;
mod coordination;
mod database;
mod fault_proxy;
mod faults;
mod finding;
mod interposed;
mod interruption;
mod kills;
mod nodes;
mod notary_service;
mod overtaken;
mod process;
mod reorganised;
mod resuming;
mod root_sources;
mod serving;
mod shared_kills;
mod stage;
mod stuck;
mod watching;
