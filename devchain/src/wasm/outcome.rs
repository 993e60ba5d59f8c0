//! How a program's frame ended.

use super::host::HostError;

/// The end of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Return or revert data; empty for any other end.
    pub output: Vec<u8>,
    /// Gas left: all is gone after [`Status::OutOfInk`] and [`Status::OutOfStack`], and kept after a trap.
    pub gas_left: u64,
}

impl Outcome {
    /// An end that leaves no gas.
    pub(super) fn exhausted(status: Status) -> Self {
        Self {
            status,
            output: Vec::new(),
            gas_left: 0,
        }
    }
}

/// Ways for a frame to end. For the EVM around it, all but [`Status::Return`] undo what the frame did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It returned 0: `RETURN`.
    Return,
    /// It returned something else: `REVERT`.
    Revert,
    /// Its ink ran out: out of gas.
    OutOfInk,
    /// Its stack allowance ran out: a call depth error, with all gas gone.
    OutOfStack,
    /// It did what it may not: like `REVERT` without data, the rest of the gas is kept.
    Trap(Trap),
    /// The state could not be read: the chain's fault; nothing of the transaction may be kept.
    Fatal(String),
}

/// What a program did that it may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// A WebAssembly trap, such as `unreachable`, a division by zero, or memory out of bounds.
    #[error("{0}")]
    Wasm(wasmi::TrapCode),
    /// A pointer given to a host function that does not lie in memory.
    #[error("pointer out of bounds: {len} bytes at {pointer}")]
    Pointer {
        /// Its offset in memory.
        pointer: u32,
        /// Bytes to read or write there.
        len: u32,
    },
    /// A log with more than four topics, or less data than topics.
    #[error("bad topic data: {topics} topics in {len} bytes")]
    Topics {
        /// Topics asked for.
        topics: u32,
        /// Bytes given, topics included.
        len: u32,
    },
    /// The EVM refused.
    #[error(transparent)]
    Refused(HostError),
    /// The module could not be set up, for example because its data does not fit its memory.
    #[error("cannot instantiate: {0}")]
    Instantiation(String),
}

/// Leaves a host function, and with it the program.
#[derive(Debug, thiserror::Error)]
pub(super) enum Escape {
    /// No ink.
    #[error("out of ink")]
    OutOfInk,
    /// `exit_early`.
    #[error("exit with status {0}")]
    Exit(u32),
    /// A trap.
    #[error(transparent)]
    Trap(#[from] Trap),
    /// See [`Status::Fatal`].
    #[error("{0}")]
    Fatal(String),
}

impl wasmi::errors::HostError for Escape {}

impl From<HostError> for Escape {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Fatal(reason) => Self::Fatal(reason),
            other => Self::Trap(Trap::Refused(other)),
        }
    }
}
