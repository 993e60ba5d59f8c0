//! The dev chain from outside: over JSON-RPC, as its users see it.

mod arbos;
mod control;
mod devnode;
mod elara;
mod fixture;
mod frames;
mod fuzz;
mod gas;
mod history;
mod limits;
mod mempool;
mod nested;
mod node_interface;
mod owners;
mod programs;
mod proofs;
mod protocol;
mod traces;
