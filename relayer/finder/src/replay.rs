//! Local replay: the relayer executes the blocks itself, with revm, on state that it reads by plain `eth_*` calls.

use std::collections::BTreeSet;

use alloy::rpc::types::{Header, Transaction};
use alloy_primitives::{Address, U64, U256};
use futures::future::BoxFuture;
use revm::{
    Context, DatabaseCommit, ExecuteEvm, MainBuilder, MainContext,
    context::{ContextTr, TxEnv},
    context_interface::result::EVMError,
    database::CacheDB,
    primitives::hardfork::SpecId,
};
use serde::Deserialize;
use smartsync_chain::{AnswerProblem, Chain};
use smartsync_execution::{RemoteState, Unreadable, environment};
use tokio::runtime::Handle;

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
};

const METHOD: &str = "eth_getBlockByNumber";

/// Executes each changed block anew on the state before it: for nodes without `debug_` methods. The node must still
/// have that state. System calls at the start of a block are left out; what they write shows in no transaction.
#[derive(Debug)]
pub struct LocalReplay;

/// A block with whole transactions.
#[derive(Debug, Deserialize)]
struct FullBlock {
    #[serde(flatten)]
    header: Header,
    transactions: Vec<Transaction>,
}

impl ChangeFinder for LocalReplay {
    fn name(&self) -> &'static str {
        "local replay"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(read_changed_blocks(query, |source, contract, block| {
            Box::pin(slots_of_block(source, contract, block))
        }))
    }

    /// Whole blocks can be read, and the state before them; a whole block of a busy chain would take thousands of reads.
    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            let Probe {
                source,
                contract,
                block,
                ..
            } = probe;
            fetch(source, *block).await?;
            let state =
                RemoteState::new(source.clone(), Handle::current(), block.saturating_sub(1));
            state.account(*contract).await?;
            state.slot(*contract, U256::ZERO).await?;
            Ok(())
        })
    }
}

async fn fetch(chain: &Chain, number: u64) -> Result<FullBlock, Error> {
    let block: Option<FullBlock> = chain.request(METHOD, (U64::from(number), true)).await?;
    block.ok_or_else(|| {
        chain
            .bad_answer(METHOD, AnswerProblem::UnknownBlock(number))
            .into()
    })
}

async fn slots_of_block(
    source: &Chain,
    contract: Address,
    number: u64,
) -> Result<Vec<U256>, Error> {
    let chain = source.clone();
    let block = fetch(source, number).await?;
    let runtime = Handle::current();
    // revm asks for state while it executes and has to wait for the answer: not on a thread that others need.
    let replayed = tokio::task::spawn_blocking(move || {
        let mut slots = Vec::new();
        for spec in environment::candidates(&block.header) {
            let replayed = replay(&chain, &runtime, &block, spec, contract)?;
            slots.extend(replayed.slots);
            // The same gas: these were the rules. Otherwise the next candidate adds what it finds.
            if replayed.gas_used == block.header.inner.gas_used {
                break;
            }
        }
        Ok(slots)
    });
    match replayed.await {
        Ok(slots) => slots,
        Err(stopped) => Err(Error::Task(stopped)),
    }
}

struct Replayed {
    slots: Vec<U256>,
    gas_used: u64,
}

fn replay(
    chain: &Chain,
    runtime: &Handle,
    block: &FullBlock,
    spec: SpecId,
    contract: Address,
) -> Result<Replayed, Error> {
    let header = &block.header.inner;
    let state = RemoteState::new(
        chain.clone(),
        runtime.clone(),
        header.number.saturating_sub(1),
    );
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(state))
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(spec);
            cfg.chain_id = chain.chain_id();
            // The block is valid; dev chains take transactions from impersonated accounts too.
            cfg.disable_eip3607 = true;
            cfg.disable_nonce_check = true;
            cfg.disable_balance_check = true;
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        })
        .with_block(environment::block(header, spec))
        .build_mainnet();
    let mut replayed = Replayed {
        slots: Vec::new(),
        gas_used: 0,
    };
    for transaction in &block.transactions {
        let transaction: TxEnv = environment::transaction(transaction);
        let executed = evm
            .transact(transaction)
            .map_err(|error| failure(chain, error))?;
        replayed.gas_used += executed.result.tx_gas_used();
        if let Some(account) = executed.state.get(&contract) {
            let changed = account.storage.iter().filter(|(_, slot)| slot.is_changed());
            replayed.slots.extend(changed.map(|(slot, _)| *slot));
        }
        evm.ctx.db_mut().commit(executed.state);
    }
    Ok(replayed)
}

fn failure(chain: &Chain, error: EVMError<Unreadable>) -> Error {
    match error {
        EVMError::Database(Unreadable(error)) => error.into(),
        other => {
            tracing::debug!(error = %other, "replay");
            chain
                .bad_answer(
                    METHOD,
                    AnswerProblem::Shape("a transaction of the block cannot be executed anew"),
                )
                .into()
        }
    }
}
