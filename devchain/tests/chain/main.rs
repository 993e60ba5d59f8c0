//! The dev chain from outside: over JSON-RPC, as its users see it.

mod answers;
mod arbos;
mod block_settings;
mod control;
mod devnode;
mod elara;
mod fixture;
mod fragments;
mod frames;
mod fuzz;
mod gas;
mod history;
mod limits;
mod mempool;
mod methods;
mod nested;
mod node_interface;
mod overrides;
mod owners;
mod prices;
mod programs;
mod proofs;
mod protocol;
mod simulated_blocks;
mod traces;
