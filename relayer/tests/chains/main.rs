//! The relayer as a library, against dev chains in this process.

mod coordination;
mod finding;
mod interruption;
mod notary_service;
mod root_sources;
mod stage;
mod watching;
