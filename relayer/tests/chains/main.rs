//! The relayer as a library, against dev chains in this process.

mod browsing;
mod coordination;
mod database;
mod disk;
mod fault_proxy;
mod faults;
mod finding;
mod holding;
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
mod watched;
mod watching;
