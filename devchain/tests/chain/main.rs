//! The dev chain from outside: over JSON-RPC, as its users see it.

mod control;
mod fixture;
mod frames;
mod fuzz;
mod gas;
mod history;
mod mempool;
mod node_interface;
mod owners;
mod programs;
mod proofs;
mod protocol;
mod traces;
