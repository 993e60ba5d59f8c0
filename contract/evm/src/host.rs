use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, B256, U256};

use crate::{code::Code, limits::GAS};

/// What the interpreter knows of the world at the end of one block.
pub trait Host {
    /// Why something is not known. It ends the whole run: no frame can catch it.
    type Unknown;

    /// What `GAS` answers, in every frame: a constant, so that no caller steers an answer by the gas he sends. A call that is given
    /// that, or up to a 64th less (EIP-150), is given as much as it takes.
    const GAS: u64 = GAS;

    /// A slot of an account's storage.
    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Self::Unknown>;

    /// An account's balance, in wei.
    fn balance(&mut self, account: &Address) -> Result<U256, Self::Unknown>;

    /// An account's code; `None` when it has none.
    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Self::Unknown>;

    /// An account's code hash; zero when it does not exist or is empty (EIP-1052, EIP-161).
    fn code_hash(&mut self, account: &Address) -> Result<B256, Self::Unknown>;

    /// What instructions about the block answer.
    fn environment(&mut self) -> Result<Environment, Self::Unknown>;

    /// What a call comes to.
    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Self::Unknown>;

    /// `DIV` of two words (Yellow Paper, appendix H.2): 0 for a divisor of 0. This and what follows are here because a runtime may
    /// offer them.
    fn div(&mut self, a: U256, b: U256) -> U256 {
        a.checked_div(b).unwrap_or_default()
    }

    /// `MOD`: 0 for a divisor of 0.
    fn rem(&mut self, a: U256, b: U256) -> U256 {
        a.checked_rem(b).unwrap_or_default()
    }

    /// `ADDMOD`: the sum is not cut; 0 for a modulus of 0.
    fn add_mod(&mut self, a: U256, b: U256, modulus: U256) -> U256 {
        a.add_mod(b, modulus)
    }

    /// `MULMOD`: the product is not cut; 0 for a modulus of 0.
    fn mul_mod(&mut self, a: U256, b: U256, modulus: U256) -> U256 {
        a.mul_mod(b, modulus)
    }

    /// `EXP`, modulo 2^256.
    fn pow(&mut self, base: U256, exponent: U256) -> U256 {
        base.wrapping_pow(exponent)
    }

    /// Keccak-256.
    fn keccak256(&mut self, data: &[u8]) -> B256;

    /// Names what the interpreter itself cannot answer.
    fn refuse(&mut self, refusal: Refusal) -> Self::Unknown;
}

/// The block, as its views see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Chain id (EIP-1344).
    pub chain_id: u64,
    /// What `NUMBER` answers, if that is known.
    pub number: Option<u64>,
    /// Seconds.
    pub timestamp: u64,
    /// Whether there is `CLZ` (EIP-7939).
    pub clz: bool,
}

/// An instruction that calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `CALL` without value, or `STATICCALL`: the target's code on the target's storage.
    Call,
    /// `DELEGATECALL` or `CALLCODE` without value: the target's code on the caller's storage.
    Delegate,
}

/// A call that a frame makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What it does.
    pub kind: CallKind,
    /// The account that calls.
    pub from: &'a Address,
    /// The account whose code is called.
    pub target: &'a Address,
    /// Calldata.
    pub input: &'a [u8],
    /// The gas that it is given, where that is little.
    pub gas: Option<u64>,
    /// Frames that wait for it.
    pub depth: usize,
}

/// What a call comes to.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// The answer is known.
    Answer {
        /// Whether the call succeeded.
        success: bool,
        /// What it returned or reverted with.
        data: Vec<u8>,
        /// The most gas that it takes, all that it is given where it halts; `None` when that is not known, so that it is no answer to a
        /// call that is given little.
        gas: Option<u64>,
    },
    /// A frame of its own with this code.
    Run(Rc<Code>),
}

/// What the interpreter has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// More frames at once than `MAX_FRAMES`.
    Frames,
    /// More memory in all frames together than `MAX_MEMORY`.
    Memory,
}

/// What the interpreter itself cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An instruction about the transaction or the block that is not known, one of a later fork, or `CALLCODE` with value.
    Unsupported {
        /// The instruction.
        instruction: u8,
        /// The account whose frame it stands in.
        account: Address,
    },
    /// A call that is given so little gas that the source may run out of it.
    GasLimited {
        /// The account called.
        account: Address,
        /// The gas it is given.
        gas: U256,
    },
    /// More than the interpreter has.
    Limit(Limit),
}
