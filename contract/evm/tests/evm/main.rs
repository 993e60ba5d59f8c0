//! The interpreter beside revm.

mod calls;
mod common;
mod differential;
mod edges;
mod gas;
mod limits;
mod programs;
mod proven;
