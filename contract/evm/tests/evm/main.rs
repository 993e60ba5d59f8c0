//! The interpreter beside revm.

mod common;
mod differential;
mod edges;
mod programs;
mod proven;
