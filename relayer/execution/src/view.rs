use std::sync::Arc;

use alloy_primitives::{Bytes, TxKind, U256};
use revm::{
    Context, InspectEvm, MainBuilder, MainContext,
    context::{BlockEnv, TxEnv},
    context_interface::result::{EVMError, ExecutionResult},
    database::CacheDB,
    primitives::hardfork::SpecId,
};
use smartsync_chain::{Chain, RawHeader};
use tokio::runtime::Handle;

use crate::{
    answer::answer,
    error::Error,
    read::Read,
    remote_state::{RemoteState, Unreadable},
    touched::{Observer, TouchedAccounts},
};

/// Gas that a read gets here: more than nodes give it, and an end for what has none.
const GAS: u64 = 1_000_000_000;

/// What comes of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it returned; else it reverted.
    pub success: bool,
    /// What it returned or reverted with.
    pub data: Bytes,
    /// What it took to know.
    pub touched: TouchedAccounts,
}

/// Runs a read as a STATICCALL at the end of a block. What the node says is not proven: it decides what is looked at, not what is true.
pub async fn run(source: &Chain, header: &RawHeader, read: &Read) -> Result<Outcome, Error> {
    Runner::new(source, header).run(read).await
}

/// Runs reads one after the other as [`run`] does; what the node said for one is not asked again for the next.
pub async fn run_all(
    source: &Chain,
    header: &RawHeader,
    reads: &[Read],
) -> Result<Vec<Outcome>, Error> {
    let mut runner = Runner::new(source, header);
    let mut outcomes = Vec::with_capacity(reads.len());
    for read in reads {
        outcomes.push(runner.run(read).await?);
    }
    Ok(outcomes)
}

struct Runner<'a> {
    source: &'a Chain,
    header: &'a RawHeader,
    state: Arc<RemoteState>,
    /// Whether the node's traces are believed.
    traces: bool,
}

impl<'a> Runner<'a> {
    fn new(source: &'a Chain, header: &'a RawHeader) -> Self {
        Self {
            source,
            header,
            state: Self::nothing_known(source, header),
            traces: true,
        }
    }

    fn nothing_known(source: &Chain, header: &RawHeader) -> Arc<RemoteState> {
        let block = header.header.number;
        Arc::new(RemoteState::new(source.clone(), Handle::current(), block))
    }

    async fn run(&mut self, read: &Read) -> Result<Outcome, Error> {
        // Code that walks a list has no end where anybody can lengthen that.
        let answered = answer(self.source, read, self.header.header.number).await;
        if let Err(error @ Error::TooLarge(_)) = answered {
            return Err(error);
        }
        if self.traces {
            self.state.expect(read);
        }
        let outcome = self.run_once(read).await?;
        if !self.state.is_traced() {
            return Ok(outcome);
        }
        // A trace is believed where what comes of it is what the node itself answers. An error is no answer: the state is read without a
        // trace then, and a node that does not serve it either fails there.
        match answered {
            Ok(answered) if answered == (outcome.success, outcome.data.clone()) => {
                return Ok(outcome);
            }
            Ok(_) => {
                tracing::debug!(to = %read.to, "what the node traces does not give what it answers")
            }
            Err(error) => tracing::debug!(to = %read.to, %error, "the node answers no such call"),
        }
        self.traces = false;
        self.state = Self::nothing_known(self.source, self.header);
        self.run_once(read).await
    }

    async fn run_once(&self, read: &Read) -> Result<Outcome, Error> {
        let (chain_id, header) = (self.source.chain_id(), self.header.clone());
        let (read, state) = (read.clone(), self.state.clone());
        state.begin(&read);
        // The EVM asks for state while it runs and waits for the answer: not on a thread that others need.
        let running =
            tokio::task::spawn_blocking(move || execute(chain_id, &state, &header, &read));
        running.await.map_err(Error::Task)?
    }
}

fn execute(
    chain_id: u64,
    state: &RemoteState,
    header: &RawHeader,
    read: &Read,
) -> Result<Outcome, Error> {
    let block = BlockEnv {
        number: U256::from(header.header.number),
        timestamp: U256::from(header.header.timestamp),
        gas_limit: u64::MAX,
        ..BlockEnv::default()
    };
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(state))
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.chain_id = chain_id;
            cfg.disable_eip3607 = true;
            cfg.disable_nonce_check = true;
            cfg.disable_balance_check = true;
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        })
        .with_block(block)
        .build_mainnet_with_inspector(Observer::default());
    let transaction = TxEnv {
        caller: read.from,
        kind: TxKind::Call(read.to),
        data: read.data.clone(),
        gas_limit: GAS,
        chain_id: Some(chain_id),
        value: U256::ZERO,
        ..TxEnv::default()
    };
    let executed = evm.inspect_one_tx(transaction).map_err(failure)?;
    let (success, data) = match executed {
        ExecutionResult::Success { output, .. } => (true, output.into_data()),
        ExecutionResult::Revert { output, .. } => (false, output),
        ExecutionResult::Halt { .. } => (false, Bytes::new()),
    };
    Ok(Outcome {
        success,
        data,
        touched: evm.inspector.accounts,
    })
}

fn failure(error: EVMError<Unreadable>) -> Error {
    match error {
        EVMError::Database(Unreadable(error)) => error,
        other => Error::Refused(other.to_string()),
    }
}
