//! End to end: programs as WASM on a Stylus chain, sources behind JSON-RPC, contracts and clients of other people.

mod command_line;
mod fast_lane;
mod foreign_nodes;
mod interfaces;
mod lock;
mod npm_contracts;
mod offline_proofs;
mod parts;
mod random_walk;
mod reads;
mod refusals;
mod root_source;
mod selectors;
mod tampering;
mod verifier;
mod writes;
