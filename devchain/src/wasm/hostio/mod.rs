//! The host functions, and what each of them charges.
//!
//! Every function takes its ink before it does anything, in the order in which Arbitrum does: a program that runs short
//! must fail at the same point. Functions are grouped by what they touch.

mod account;
mod block;
mod call;
mod console;
mod data;
mod function;
mod linker;
mod math;
mod memory;
mod storage;

pub(super) use linker::linker;
