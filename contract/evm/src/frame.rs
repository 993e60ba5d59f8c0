use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256, U256};

use crate::{bytes, code::Code, gas::Allowance, memory::Range};

/// What a frame runs, and on whose behalf.
#[derive(Debug)]
pub struct Frame {
    /// What it runs.
    pub code: Rc<Code>,
    /// Offset of the next instruction.
    pub pc: usize,
    /// Whose storage it reads.
    pub address: Address,
    /// Who called it.
    pub caller: Address,
    /// Calldata.
    pub input: Vec<u8>,
    /// What the last call returned or reverted with.
    pub return_data: Vec<u8>,
    /// What it may take, where that is little.
    pub allowance: Option<Allowance>,
    /// Where its caller's stack and memory begin, and where in the latter its answer goes.
    pub outer: Outer,
}

/// What a frame goes back to.
#[derive(Clone, Copy, Debug)]
pub struct Outer {
    /// Base of the caller's stack.
    pub stack: usize,
    /// Base of the caller's memory.
    pub memory: usize,
    /// Where in the caller's memory the answer goes.
    pub output: Option<Range>,
}

/// What a frame comes to when its instructions end or wait.
#[derive(Debug)]
pub enum Outcome {
    /// It ends.
    Ended {
        /// Whether it returns.
        success: bool,
        /// With what.
        data: Vec<u8>,
    },
    /// It waits for a frame of its own.
    Entered(Frame),
}

/// Bytes of a word, out of line: a byte swap of 32 bytes is 400 bytes of code.
#[inline(never)]
pub fn to_bytes(word: &U256) -> B256 {
    B256::new(bytes::bytes(word))
}

/// A word from its bytes, out of line.
#[inline(never)]
pub fn from_bytes(bytes: &B256) -> U256 {
    bytes::word(&bytes.0)
}

/// An address on the stack: the low 20 bytes.
pub fn address(word: &U256) -> Address {
    Address::from_word(to_bytes(word))
}

/// A word from an address.
pub fn word(address: &Address) -> U256 {
    from_bytes(&address.into_word())
}
