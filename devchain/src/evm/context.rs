//! What a transaction runs in: what the machine's frames, the precompiled contracts and the programs share.

use std::sync::Arc;

use alloy_primitives::Address;
use revm::{
    Context, Journal,
    context::{BlockEnv, CfgEnv, TxEnv},
};

use super::{
    accesses::Accesses, moves::Moves, recent_programs::RecentPrograms, recorder::Recorder,
};
use crate::{
    arbos::ArbOs,
    state::{Reader, Recent},
    wasm::{Pages, StylusParams},
};

/// The context a transaction runs in.
pub type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Reader, Journal<Reader>, Chain>;

/// What only an Arbitrum chain has.
#[derive(Clone, Debug)]
pub struct Arbitrum {
    /// Number of this chain's block; the opcode gives the parent chain's.
    pub number: u64,
    /// Most gas a transaction may compute with.
    pub transaction_gas_limit: u64,
    /// The ArbOS it runs.
    pub arbos: ArbOs,
    /// The Stylus parameters.
    pub stylus: Arc<StylusParams>,
}

/// What the machine's frames, precompiles and programs share during a transaction, beside revm's own.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Hashes of this chain's blocks before this one.
    pub recent: Recent,
    /// What only an Arbitrum chain has.
    pub arbitrum: Option<Arbitrum>,
    /// Most gas the first frame may have, intrinsic gas included.
    pub compute_limit: Option<u64>,
    /// Programs that were called in this block.
    pub recent_programs: RecentPrograms,
    /// Memory pages of all programs.
    pub pages: Pages,
    /// The open frames with code, outermost first.
    pub spans: Vec<Span>,
    /// Host functions as they ran, if they are traced.
    pub recorder: Option<Recorder>,
    /// What programs touch, if it is listed.
    pub accesses: Option<Accesses>,
    /// Precompiled contracts that are elsewhere than usual.
    pub moves: Moves,
}

/// An open frame with code.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Whose storage it uses.
    pub context: Address,
    /// Who called it.
    pub caller: Address,
    /// Whether it runs another's code on its caller's storage.
    pub delegated: bool,
}

impl Chain {
    /// The ArbOS it runs; a chain without one answers like the newest.
    pub fn arbos(&self) -> ArbOs {
        self.arbitrum
            .as_ref()
            .map(|arbitrum| arbitrum.arbos)
            .unwrap_or_default()
    }

    /// How many frames are open in which the account runs its own code.
    pub fn open_spans(&self, account: Address) -> usize {
        self.spans
            .iter()
            .filter(|span| span.context == account && !span.delegated)
            .count()
    }

    /// Who called the frame that is on top.
    pub fn caller_of_caller(&self) -> Address {
        self.spans.last().map_or(Address::ZERO, |span| span.caller)
    }
}
