//! An EVM interpreter for views. It answers exactly what a STATICCALL with gas without limit answers, under the rules of Osaka, or it
//! stops with the reason why that is not known. What it knows comes from a [`Host`]: the storage of a mirror, or a proof.
//!
//! It keeps its frames on the heap, writes nothing, and knows of gas only where a frame gives another little of it: then it counts the
//! most that this takes, and refuses what may not suffice. So nobody steers an answer by the gas he sends.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod arithmetic;
mod bytes;
mod call;
mod code;
mod frame;
mod gas;
mod host;
mod interpreter;
mod limits;
mod machine;
mod memory;
mod stack;
mod step;
mod stop;

pub use code::Code;
pub use gas::precompile as precompile_gas;
pub use host::{Call, CallKind, Environment, Host, Limit, Refusal, Resolved};
pub use interpreter::{Answer, Entry, run, run_counting};
pub use limits::{GAS, MAX_DEPTH, MAX_FRAMES, MAX_MEMORY};
