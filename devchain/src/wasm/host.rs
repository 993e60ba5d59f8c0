//! The port between a running program and the EVM around it.
//!
//! A program sees values and pays gas. What a value is and what the matching opcode costs under the current fork is the
//! business of the [`Host`]; everything else a host function charges (ink for the call, for pointers, for bytes, for the
//! trip) is charged by this layer and must not be charged again.

use alloy_primitives::{Address, B256, Bytes, U256};

use super::pages::Pages;

/// The EVM side of a running program: one value per frame, borrowed for as long as the program runs.
///
/// All state belongs to the frame's *context* (the address whose storage is touched, which differs from the program's own
/// address under a delegate call). Gas is EVM gas throughout.
pub trait Host {
    /// Reads a slot and warms it. Returns the value and what `SLOAD` costs (2,100 cold, 100 warm; EIP-2929).
    fn load_storage(&mut self, key: B256) -> Result<(B256, u64), HostError>;

    /// Writes a slot, warms it and counts refunds, exactly like `SSTORE` (EIP-2200, 2929, 3529). Returns its cost.
    ///
    /// The 2,300 gas sentry has been checked already. If the cost is greater than `gas_left`, nothing is written.
    ///
    /// # Errors
    /// [`HostError::StaticWrite`] in a static context, [`HostError::OutOfGas`] if `gas_left` does not cover the cost.
    fn store_storage(&mut self, key: B256, value: B256, gas_left: u64) -> Result<u64, HostError>;

    /// Reads transient storage (EIP-1153); the 100 gas are charged by the caller.
    fn transient_load(&mut self, key: B256) -> B256;

    /// Writes transient storage (EIP-1153); the 100 gas are charged by the caller.
    ///
    /// # Errors
    /// [`HostError::StaticWrite`] in a static context.
    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), HostError>;

    /// Calls an account and returns when that call has ended.
    ///
    /// In order: value in a static context fails at no cost. The base cost is 100 gas (2,600 if the account is cold, which
    /// warms it), 25,000 if value goes to an empty account, 9,000 if value is sent; if `gas_left` does not cover it, the
    /// call fails and costs all of `gas_left`. The callee gets the lesser of `gas_requested` and
    /// `(gas_left - base) * 63 / 64`, rounded down (the EVM's own rule, EIP-150, rounds up), and 2,300 on top if value is
    /// sent. `gas_cost` is the base cost plus what the callee used of its gas.
    ///
    /// # Errors
    /// [`HostError::Fatal`] only: a call that fails is a [`CallResult`].
    fn call(&mut self, call: Call<'_>) -> Result<CallResult, HostError>;

    /// Creates a contract with `CREATE` or `CREATE2`.
    ///
    /// The cost is 32,000 gas, for `CREATE2` 6 more per word of init code, and what the init code uses of the rest less
    /// a 64th of it, rounded down (no EIP-3860 word cost: Stylus does not charge it). A creation that fails inside costs its gas
    /// and gives no address; revert data only if it reverted.
    ///
    /// # Errors
    /// [`HostError::StaticWrite`] in a static context, [`HostError::OutOfGas`] if `gas_left` does not cover the base cost.
    fn create(&mut self, create: Create<'_>) -> Result<CreateResult, HostError>;

    /// Emits a log with at most four topics from the frame's context; the gas of `LOGn` is charged by the caller.
    ///
    /// # Errors
    /// [`HostError::StaticWrite`] in a static context.
    fn log(&mut self, topics: Vec<B256>, data: Vec<u8>) -> Result<(), HostError>;

    /// The balance in wei, and the account touch: 2,600 gas cold, 100 warm (EIP-2929).
    fn balance(&mut self, address: Address) -> Result<(U256, u64), HostError>;

    /// The code, and the account touch alone (2,600 cold, 100 warm); what the size costs is added by the caller.
    fn code(&mut self, address: Address) -> Result<(Bytes, u64), HostError>;

    /// The code hash like `EXTCODEHASH`: zero for an account that does not exist; and the account touch.
    fn code_hash(&mut self, address: Address) -> Result<(B256, u64), HostError>;

    /// What the frame runs in. Must not change while the program runs.
    fn env(&self) -> &Env;

    /// The transaction's memory pages, shared by all program frames in it.
    ///
    /// The chain adds the program's footprint before [`run`](super::run) (see [`Pages::enter`]) and puts `open` back to
    /// what it was when the frame ends; `ever` never shrinks within a transaction.
    fn pages(&mut self) -> &mut Pages;

    /// Whether [`Host::trace`] wants to be called.
    fn tracing(&self) -> bool {
        false
    }

    /// Told of every host function after it ran, if [`Host::tracing`].
    fn trace(&mut self, _event: HostioTrace<'_>) {}
}

/// Which kind of message call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `CALL`.
    Call,
    /// `DELEGATECALL`: context, sender and value of the calling frame.
    DelegateCall,
    /// `STATICCALL`.
    StaticCall,
}

/// A message call that a program makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its kind.
    pub kind: CallKind,
    /// The account called, or whose code runs.
    pub address: Address,
    /// Calldata.
    pub input: &'a [u8],
    /// Wei to send; zero unless [`CallKind::Call`].
    pub value: U256,
    /// Gas the calling program has left, before the 63/64 rule.
    pub gas_left: u64,
    /// Gas the program asks for, at most `gas_left`.
    pub gas_requested: u64,
}

/// How a message call ended.
#[derive(Clone, Debug, Default)]
pub struct CallResult {
    /// Whether it returned (else it reverted or failed).
    pub success: bool,
    /// Return or revert data.
    pub output: Bytes,
    /// Gas to take from the calling program.
    pub gas_cost: u64,
}

/// A contract creation that a program makes.
#[derive(Clone, Copy, Debug)]
pub struct Create<'a> {
    /// EVM init code.
    pub init_code: &'a [u8],
    /// Wei to send.
    pub value: U256,
    /// The salt of `CREATE2`, none for `CREATE`.
    pub salt: Option<B256>,
    /// Gas the program has left, before the 63/64 rule.
    pub gas_left: u64,
}

/// How a contract creation ended.
#[derive(Clone, Debug, Default)]
pub struct CreateResult {
    /// The new account; none if the creation failed.
    pub address: Option<Address>,
    /// Revert data, empty unless the init code reverted.
    pub output: Bytes,
    /// Gas to take from the creating program.
    pub gas_cost: u64,
}

/// The block, the transaction and the frame a program runs in.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// Base fee of the block, wei per gas.
    pub base_fee: U256,
    /// The block's coinbase.
    pub coinbase: Address,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Number of the PARENT chain's block, which is what a program (and `NUMBER`) sees on Arbitrum.
    pub l1_block_number: u64,
    /// Time of the block, seconds since 1970.
    pub timestamp: u64,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The frame's context: whose storage it uses.
    pub contract_address: Address,
    /// Who called the frame.
    pub msg_sender: Address,
    /// Wei sent with the call.
    pub msg_value: U256,
    /// Who signed the transaction.
    pub tx_origin: Address,
    /// Effective gas price, wei per gas.
    pub gas_price: U256,
    /// Whether the context already has a program frame open further up.
    pub reentrant: bool,
}

/// One host function as it ran, in the shape of Nitro's `stylusTracer`.
#[derive(Clone, Copy, Debug)]
pub struct HostioTrace<'a> {
    /// Its name in module `vm_hooks`.
    pub name: &'a str,
    /// What the program gave, concatenated.
    pub args: &'a [u8],
    /// What the program got, concatenated.
    pub outs: &'a [u8],
    /// Ink before.
    pub start_ink: u64,
    /// Ink after.
    pub end_ink: u64,
}

/// Why the EVM side refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A write in a static context.
    #[error("write in a static context")]
    StaticWrite,
    /// The gas left does not cover the operation.
    #[error("out of gas")]
    OutOfGas,
    /// The state could not be read: the fault of the chain, not of the program; execution must not go on.
    #[error("state: {0}")]
    Fatal(String),
}
