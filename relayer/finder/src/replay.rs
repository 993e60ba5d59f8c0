//! Local replay: the relayer executes the blocks itself, with revm, on state that it reads by plain `eth_*` calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use alloy_primitives::{Address, U64, U256};
use futures::future::BoxFuture;
use revm::{
    Context, DatabaseCommit, ExecuteEvm, MainBuilder, MainContext, context::ContextTr,
    context_interface::result::EVMError, database::CacheDB, primitives::hardfork::SpecId,
};
use serde::Deserialize;
use serde_json::Value;
use smartsync_chain::{AnswerProblem, Chain};
use smartsync_execution::{
    RemoteState, Unreadable,
    environment::{self, BlockFields},
};
use tokio::runtime::Handle;

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    intervals::read_changed_blocks,
};

const METHOD: &str = "eth_getBlockByNumber";

/// Executes each changed block anew on the state before it: for nodes without `debug_` methods. The node must still
/// have that state. System calls at the start of a block are left out; what they write shows in no transaction.
///
/// Transactions of other chains' types are run as plain calls, and left out where that cannot be. Where the gas is not what the
/// block used, newer rules are tried as well, and what any of them changes is found. That all was found is told by the storage
/// roots alone.
#[derive(Debug, Default)]
pub struct LocalReplay {
    /// Whether it was said that transactions are left out.
    said: AtomicBool,
}

/// A block with whole transactions.
#[derive(Debug, Deserialize)]
struct FullBlock {
    #[serde(flatten)]
    fields: BlockFields,
    transactions: Vec<Value>,
}

/// What was done that is not what the chain did.
#[derive(Debug, Default)]
struct Liberties {
    /// Transactions run as plain calls, by type.
    plain: BTreeMap<u8, usize>,
    /// Transactions left out, by type.
    left_out: BTreeMap<u8, usize>,
    /// Blocks whose gas no rules give.
    other_gas: usize,
}

impl Liberties {
    fn add(&mut self, other: Self) {
        for (all, more) in [
            (&mut self.plain, other.plain),
            (&mut self.left_out, other.left_out),
        ] {
            for (ty, count) in more {
                *all.entry(ty).or_default() += count;
            }
        }
        self.other_gas += other.other_gas;
    }
}

impl fmt::Display for Liberties {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = |types: &BTreeMap<u8, usize>| {
            let types: Vec<String> = types
                .iter()
                .map(|(ty, count)| format!("{count} of type {ty:#x}"))
                .collect();
            types.join(", ")
        };
        let mut clauses = Vec::new();
        if !self.left_out.is_empty() {
            clauses.push(format!(
                "transactions that cannot be run here are left out ({})",
                types(&self.left_out)
            ));
        }
        if !self.plain.is_empty() {
            clauses.push(format!(
                "transactions of the chain's own are run as plain calls ({})",
                types(&self.plain)
            ));
        }
        if self.other_gas > 0 {
            clauses.push(format!(
                "the rules of {} blocks are not known, several are tried",
                self.other_gas
            ));
        }
        formatter.write_str(&clauses.join("; "))
    }
}

impl ChangeFinder for LocalReplay {
    fn name(&self) -> &'static str {
        "local replay"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(async {
            let liberties = Arc::<Mutex<Liberties>>::default();
            let slots = read_changed_blocks(query, |source, contract, block| {
                Box::pin(slots_of_block(source, contract, block, liberties.clone()))
            });
            let slots = slots.await?;
            let liberties = liberties.lock().unwrap_or_else(PoisonError::into_inner);
            if !liberties.left_out.is_empty() && !self.said.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    "local replay: {liberties}; whether that mattered, the storage roots tell"
                );
            } else if !liberties.to_string().is_empty() {
                tracing::info!("local replay: {liberties}");
            }
            Ok(slots)
        })
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
    liberties: Arc<Mutex<Liberties>>,
) -> Result<Vec<U256>, Error> {
    let chain = source.clone();
    let block = fetch(source, number).await?;
    let before = number.saturating_sub(1);
    let state = Arc::new(RemoteState::new(chain.clone(), Handle::current(), before));
    // revm asks for state while it executes and has to wait for the answer: not on a thread that others need.
    let replayed = tokio::task::spawn_blocking(move || {
        let mut slots = Vec::new();
        let mut taken = Liberties::default();
        for spec in block.fields.candidates() {
            let replayed = replay(&chain, &state, &block, spec, contract)?;
            slots.extend(replayed.slots);
            taken = replayed.liberties;
            // The same gas: these were the rules. Otherwise the next candidate adds what it finds.
            let fits = replayed.gas_used == block.fields.gas_used.to::<u64>();
            taken.other_gas = usize::from(!fits);
            if fits {
                break;
            }
        }
        liberties
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(taken);
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
    liberties: Liberties,
}

fn replay(
    chain: &Chain,
    state: &Arc<RemoteState>,
    block: &FullBlock,
    spec: SpecId,
    contract: Address,
) -> Result<Replayed, Error> {
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(state.clone()))
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(spec);
            cfg.chain_id = chain.chain_id();
            // The block is valid; dev chains take transactions from impersonated accounts too.
            cfg.disable_eip3607 = true;
            cfg.disable_nonce_check = true;
            cfg.disable_balance_check = true;
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        })
        .with_block(block.fields.environment(spec))
        .build_mainnet();
    let mut replayed = Replayed {
        slots: Vec::new(),
        gas_used: 0,
        liberties: Liberties::default(),
    };
    for transaction in &block.transactions {
        let mined = environment::mined(transaction, &block.fields);
        let executed = match mined
            .transaction
            .map(|transaction| evm.transact(transaction))
        {
            Some(Ok(executed)) => executed,
            Some(Err(EVMError::Database(Unreadable(error)))) => return Err(error.into()),
            refused => {
                if let Some(Err(error)) = refused {
                    tracing::debug!(ty = mined.ty, ?spec, %error, "a transaction is left out");
                }
                *replayed.liberties.left_out.entry(mined.ty).or_default() += 1;
                continue;
            }
        };
        if !mined.whole {
            *replayed.liberties.plain.entry(mined.ty).or_default() += 1;
        }
        replayed.gas_used += executed.result.tx_gas_used();
        if let Some(account) = executed.state.get(&contract) {
            let changed = account.storage.iter().filter(|(_, slot)| slot.is_changed());
            replayed.slots.extend(changed.map(|(slot, _)| *slot));
        }
        evm.ctx.db_mut().commit(executed.state);
    }
    Ok(replayed)
}
