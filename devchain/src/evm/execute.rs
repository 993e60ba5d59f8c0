//! Runs one transaction, or a call, on a state.

use std::{collections::BTreeMap, convert::Infallible};

use alloy_primitives::B256;
use revm::{
    Context, Inspector, Journal,
    context::{BlockEnv, CfgEnv, JournalTr, LocalContext, TxEnv},
    context_interface::result::{EVMError, ExecutionResult, InvalidTransaction},
    handler::Handler,
    inspector::InspectorHandler,
    primitives::hardfork::SpecId,
    state::EvmState,
};

use super::{
    accesses::Accesses,
    arbitrum::tips,
    context::{Arbitrum, Chain, Ctx},
    handler::ChainHandler,
    machine::Machine,
    moves::Moves,
    recent_programs::RecentPrograms,
    recorder::{Recorder, Step},
};
use crate::{
    state::{Hashes, Reader, Recent, State},
    wasm::Pages,
};

/// Most gas a call (not a transaction) may use.
pub const CALL_GAS_LIMIT: u64 = 50_000_000;

/// What is the same for all transactions of a block.
#[derive(Clone, Debug)]
pub struct Environment {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// What the opcodes see of the block.
    pub block: BlockEnv,
    /// Hashes of this chain's blocks before it.
    pub recent: Recent,
    /// What only an Arbitrum chain has.
    pub arbitrum: Option<Arbitrum>,
    /// Programs that were called in the block so far.
    pub recent_programs: RecentPrograms,
    /// Precompiled contracts that are elsewhere than usual.
    pub moves: Moves,
    /// Hashes that `BLOCKHASH` gives instead of the chain's, by number.
    pub named_hashes: BTreeMap<u64, B256>,
    /// Most gas a transaction may compute with, where the chain has such a limit.
    pub compute_limit: Option<u64>,
}

/// Why something is executed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// To be part of a block: everything is checked.
    Transaction,
    /// A transaction whose sender is impersonated: it may have code.
    Impersonated,
    /// To see what would happen: nonce, base fee and sender's code are not checked.
    Call,
}

/// What an execution came to.
#[derive(Debug)]
pub struct Executed {
    /// Status, gas, logs and output.
    pub result: ExecutionResult,
    /// Every account and slot that was read or written.
    pub changes: EvmState,
    /// Programs that were called in the block until now, for the transaction that follows.
    pub recent_programs: RecentPrograms,
}

/// A transaction that cannot be part of a block.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// It is not valid in this state.
    #[error("{0}")]
    Invalid(#[from] InvalidTransaction),
    /// The machine failed; the transaction is not to blame.
    #[error("execution failed: {0}")]
    Machine(String),
}

impl From<EVMError<Infallible>> for Rejected {
    fn from(error: EVMError<Infallible>) -> Self {
        match error {
            EVMError::Transaction(invalid) => Self::Invalid(invalid),
            other => Self::Machine(other.to_string()),
        }
    }
}

/// An Arbitrum transaction pays the base fee, whatever it offers, unless the chain's owner wants tips.
fn drop_tip(tx: &mut TxEnv) {
    if tx.gas_price > 0 {
        // The types before EIP-1559 pay all they offer; this one pays the base fee and no more.
        if tx.tx_type < 2 {
            tx.tx_type = 2;
        }
        tx.gas_priority_fee = Some(0);
    }
}

impl Environment {
    fn context(&self, state: &State, mut tx: TxEnv, purpose: Purpose) -> Ctx {
        // One without a chain id, from before EIP-155, is valid on every chain, whatever type it is run as.
        tx.chain_id.get_or_insert(self.chain_id);
        if self.arbitrum.is_some() && !tips::are_collected(state) {
            drop_tip(&mut tx);
        }
        let mut cfg = CfgEnv::new_with_spec(SpecId::OSAKA).with_chain_id(self.chain_id);
        // EIP-7825's cap is left out: tools ask for a whole block's gas.
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg.disable_eip7623 = self.arbitrum.is_some();
        cfg.disable_eip3541 = self.arbitrum.is_some();
        cfg.disable_eip3607 = purpose != Purpose::Transaction;
        cfg.disable_priority_fee_check = self.arbitrum.is_some();
        if purpose == Purpose::Call {
            cfg.disable_nonce_check = true;
            cfg.disable_base_fee = true;
            cfg.disable_block_gas_limit = true;
            cfg.tx_chain_id_check = false;
        }
        let hashes = match self.arbitrum {
            Some(_) => Hashes::Parent,
            None => Hashes::Recent(self.recent.clone()),
        };
        let mut journal = Journal::new(Reader {
            state: state.clone(),
            hashes,
            named: self.named_hashes.clone(),
        });
        journal.set_spec_id(cfg.spec);
        Context {
            block: self.block.clone(),
            tx,
            cfg,
            journaled_state: journal,
            chain: Chain {
                recent: self.recent.clone(),
                arbitrum: self.arbitrum.clone(),
                compute_limit: self.compute_limit.filter(|_| purpose != Purpose::Call),
                recent_programs: self.recent_programs.clone(),
                pages: Pages::default(),
                spans: Vec::new(),
                recorder: None,
                accesses: None,
                moves: self.moves.clone(),
            },
            local: LocalContext::default(),
            error: Ok(()),
        }
    }
}

/// Checks what makes a transaction invalid in any block of this environment, whatever the state.
///
/// # Errors
/// [`Rejected`] if it is.
pub fn validate(
    environment: &Environment,
    state: &State,
    tx: TxEnv,
    purpose: Purpose,
) -> Result<(), Rejected> {
    let ctx = environment.context(state, tx, purpose);
    let mut machine = Machine::new(ctx, revm::inspector::NoOpInspector, false);
    let handler = ChainHandler::default();
    handler.validate_env(&mut machine)?;
    handler.validate_initial_tx_gas(&mut machine)?;
    Ok(())
}

/// What the machine has come to.
fn finish<INSP>(machine: &mut Machine<INSP>, result: ExecutionResult) -> Executed {
    let ctx = &mut machine.inner.ctx;
    Executed {
        result,
        changes: ctx.journaled_state.finalize(),
        recent_programs: std::mem::take(&mut ctx.chain.recent_programs),
    }
}

/// Runs a transaction on `state`, which stays as it is, and tells `inspector`, if any, of every step.
///
/// # Errors
/// [`Rejected`] if it may not be part of a block; reverts and failures inside are results.
pub fn execute<INSP: Inspector<Ctx>>(
    environment: &Environment,
    state: &State,
    tx: TxEnv,
    purpose: Purpose,
    inspector: Option<INSP>,
) -> Result<(Executed, Option<INSP>), Rejected> {
    let ctx = environment.context(state, tx, purpose);
    match inspector {
        Some(inspector) => {
            let mut machine = Machine::new(ctx, inspector, true);
            let result = ChainHandler::default().inspect_run(&mut machine)?;
            let executed = finish(&mut machine, result);
            Ok((executed, Some(machine.inner.inspector)))
        }
        None => {
            let mut machine = Machine::new(ctx, revm::inspector::NoOpInspector, false);
            let result = ChainHandler::default().run(&mut machine)?;
            Ok((finish(&mut machine, result), None))
        }
    }
}

/// Runs a transaction as [`execute`] does, and returns the host functions that programs ran, and the room that is left of
/// `room` words; none, and no host functions, if there were more.
///
/// # Errors
/// As [`execute`].
pub fn execute_recording(
    environment: &Environment,
    state: &State,
    tx: TxEnv,
    purpose: Purpose,
    room: usize,
) -> Result<(Executed, Vec<Step>, Option<usize>), Rejected> {
    let mut ctx = environment.context(state, tx, purpose);
    ctx.chain.recorder = Some(Recorder::new(room));
    let mut machine = Machine::new(ctx, revm::inspector::NoOpInspector, false);
    let result = ChainHandler::default().run(&mut machine)?;
    let executed = finish(&mut machine, result);
    let steps = machine
        .inner
        .ctx
        .chain
        .recorder
        .take()
        .map(Recorder::finish)
        .unwrap_or_default();
    let (steps, left) = steps;
    Ok((executed, steps, left))
}

/// Runs a call as [`execute`] does with an inspector, and returns what programs touched, too.
///
/// # Errors
/// As [`execute`].
pub fn execute_listing<INSP: Inspector<Ctx>>(
    environment: &Environment,
    state: &State,
    tx: TxEnv,
    inspector: INSP,
) -> Result<(Executed, INSP, Accesses), Rejected> {
    let mut ctx = environment.context(state, tx, Purpose::Call);
    ctx.chain.accesses = Some(Accesses::default());
    let mut machine = Machine::new(ctx, inspector, true);
    let result = ChainHandler::default().inspect_run(&mut machine)?;
    let executed = finish(&mut machine, result);
    let accesses = machine.inner.ctx.chain.accesses.take().unwrap_or_default();
    Ok((executed, machine.inner.inspector, accesses))
}
