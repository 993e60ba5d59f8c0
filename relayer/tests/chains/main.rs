//! The relayer as a library, against dev chains in this process.

mod finding;
mod interruption;
mod stage;
mod watching;
