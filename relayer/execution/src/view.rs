use alloy_primitives::{Address, Bytes, TxKind, U256};
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
    error::Error,
    remote_state::{RemoteState, Unreadable},
    touched::{Observer, TouchedAccounts},
};

/// Gas that a read gets: what the exact lane says that there is.
const GAS: u64 = 1_000_000_000;

/// A call that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Who asks.
    pub from: Address,
    /// Who is asked.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
}

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
    let (source, header, read) = (source.clone(), header.clone(), read.clone());
    let runtime = Handle::current();
    // The EVM asks for state while it runs and waits for the answer: not on a thread that others need.
    let running = tokio::task::spawn_blocking(move || execute(source, runtime, &header, &read));
    running.await.map_err(Error::Task)?
}

fn execute(
    source: Chain,
    runtime: Handle,
    header: &RawHeader,
    read: &Read,
) -> Result<Outcome, Error> {
    let chain_id = source.chain_id();
    let state = RemoteState::new(source, runtime, header.header.number);
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
