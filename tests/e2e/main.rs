//! End to end: programs as WASM on a Stylus chain, sources behind JSON-RPC, contracts and clients of other people.

mod command_line;
mod expiry;
mod fast_lane;
mod foreign_nodes;
mod interfaces;
mod lock;
mod npm_contracts;
mod offline_proofs;
mod parts;
mod quorum;
mod random_walk;
mod reads;
mod refusals;
mod root_source;
mod root_sources;
mod selectors;
mod several;
mod sync_many;
mod tampering;
mod verifier;
mod writes;
