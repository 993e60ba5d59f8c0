//! The blocks so far, and how further ones come to be.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU64,
    sync::Arc,
};

use alloy_consensus::{Header, Transaction};
use alloy_primitives::{Address, B256};
use tokio::sync::{broadcast, watch};

use super::{
    admission,
    block::{Block, Mined},
    clock::{Clock, TimeError},
    fill::fill,
    genesis,
    pool::Pool,
    seal::{self, Opening},
    settings::Settings,
    transaction::{Pooled, Refused},
};
use crate::{
    account::{DevAccount, dev_accounts},
    config::{Config, Kind},
    evm::Environment,
    state::{Recent, State},
};

/// Blocks that a subscriber may lag behind before it misses some.
const BACKLOG: usize = 4096;

/// The chain.
pub struct Ledger {
    config: Config,
    settings: Settings,
    accounts: Vec<DevAccount>,
    blocks: Vec<Arc<Block>>,
    by_hash: HashMap<B256, u64>,
    transactions: HashMap<B256, (u64, usize)>,
    pool: Pool,
    clock: Clock,
    automine: bool,
    impersonated: HashSet<Address>,
    impersonate_all: bool,
    snapshots: Vec<Snapshot>,
    sealed: broadcast::Sender<Arc<Block>>,
    interval: watch::Sender<Option<NonZeroU64>>,
}

struct Snapshot {
    id: u64,
    blocks: usize,
    pool: Pool,
    clock: Clock,
}

impl Ledger {
    /// A chain with its genesis block.
    pub fn new(mut config: Config) -> Self {
        config.stylus = Arc::new(config.stylus.on(config.arbos));
        let accounts = dev_accounts();
        let clock = Clock::default();
        let timestamp = clock.peek(0);
        let mut header = seal::template(&config, timestamp, timestamp);
        let state = genesis::state(&config, &accounts);
        header.state_root = state.root();
        let environment = seal::environment(&config, &header, Recent::default());
        let hash = header.hash_slow();
        let genesis = Block {
            hash,
            header,
            transactions: Vec::new(),
            opening: state.clone(),
            state,
            environment,
        };
        Self {
            automine: config.automine,
            interval: watch::channel(config.block_time).0,
            settings: Settings::default(),
            config,
            accounts,
            by_hash: HashMap::from([(hash, 0)]),
            blocks: vec![Arc::new(genesis)],
            transactions: HashMap::new(),
            pool: Pool::default(),
            clock,
            impersonated: HashSet::new(),
            impersonate_all: false,
            snapshots: Vec::new(),
            sealed: broadcast::channel(BACKLOG).0,
        }
    }

    /// What the chain was started with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The accounts it signs for.
    pub fn accounts(&self) -> &[DevAccount] {
        &self.accounts
    }

    /// The latest block.
    pub fn head(&self) -> &Arc<Block> {
        // There is always a genesis block, and none is ever removed.
        &self.blocks[self.blocks.len() - 1]
    }

    /// The block with this number.
    pub fn block(&self, number: u64) -> Option<&Arc<Block>> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// The block with this hash.
    pub fn block_by_hash(&self, hash: B256) -> Option<&Arc<Block>> {
        self.block(*self.by_hash.get(&hash)?)
    }

    /// The mined transaction with this hash: its block, and its index in it.
    pub fn transaction(&self, hash: B256) -> Option<(&Arc<Block>, usize, &Mined)> {
        let (number, index) = *self.transactions.get(&hash)?;
        let block = self.block(number)?;
        Some((block, index, block.transactions.get(index)?))
    }

    /// What is waiting to be mined.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Told of every block as it is sealed.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Block>> {
        self.sealed.subscribe()
    }

    fn open(&self) -> Opening {
        let head = self.head();
        let timestamp = self.clock.peek(head.header.timestamp);
        let mut header = self.header_after(head, timestamp);
        self.settings.apply(&mut header);
        Opening::new(&self.config, head, header)
    }

    /// The header of a block after `parent`, before it is filled.
    pub fn header_after(&self, parent: &Block, timestamp: u64) -> Header {
        let genesis_time = self.blocks[0].header.timestamp;
        seal::next_header(
            &self.config,
            &parent.header,
            parent.hash,
            timestamp,
            genesis_time,
        )
    }

    /// The block that would be sealed now, without transactions: its environment and state.
    pub fn pending(&self) -> (Environment, State) {
        let opening = self.open();
        (opening.environment().clone(), opening.state().clone())
    }

    /// The pending block, filled with what waits.
    pub fn preview(&self) -> Block {
        let mut opening = self.open();
        let mut pool = self.pool.clone();
        fill(&mut opening, &mut pool);
        opening.seal()
    }

    fn push(&mut self, opening: Opening) -> &Arc<Block> {
        let block = Arc::new(opening.seal());
        self.clock.sealed(block.header.timestamp);
        self.settings.sealed();
        let number = block.header.number;
        self.by_hash.insert(block.hash, number);
        for (index, mined) in block.transactions.iter().enumerate() {
            self.transactions.insert(mined.hash, (number, index));
            let sender = mined.transaction.sender;
            self.pool
                .forget_below(sender, mined.transaction.envelope.nonce().saturating_add(1));
        }
        self.blocks.push(block.clone());
        // Nobody may be listening.
        let _listeners = self.sealed.send(block).unwrap_or_default();
        self.head()
    }

    /// Takes a transaction, and mines it at once if the chain does so and its nonce is the next.
    ///
    /// # Errors
    /// [`Refused`] if it can never be mined as things stand; the chain is as before.
    pub fn submit(&mut self, transaction: Pooled) -> Result<B256, Refused> {
        let hash = transaction.hash();
        if self.transactions.contains_key(&hash) || self.pool.find(hash).is_some() {
            return Err(Refused::Known);
        }
        let mut opening = self.open();
        admission::check(&transaction, &opening)?;
        let nonce = opening
            .state()
            .account(transaction.sender)
            .map_or(0, |account| account.nonce);
        if !self.automine || transaction.envelope.nonce() > nonce {
            // What can never be mined is refused now, not dropped later.
            opening.validate(&transaction)?;
            let waiting = self
                .pool
                .get(transaction.sender, transaction.envelope.nonce());
            if waiting.is_some_and(|waiting| !transaction.outbids(waiting, self.config.kind)) {
                return Err(Refused::Underpriced);
            }
            self.pool.insert(transaction);
            return Ok(hash);
        }
        let sender = transaction.sender;
        opening.add(transaction)?;
        self.push(opening);
        self.drain(sender);
        Ok(hash)
    }

    /// Mines what the sender has waiting with consecutive nonces, each in its own block.
    fn drain(&mut self, sender: Address) {
        loop {
            let nonce = self
                .head()
                .state
                .account(sender)
                .map_or(0, |account| account.nonce);
            let Some(transaction) = self.pool.take(sender, nonce) else {
                return;
            };
            let mut opening = self.open();
            match opening.add(transaction) {
                Ok(()) => {
                    self.push(opening);
                }
                Err(rejected) => {
                    tracing::warn!(%sender, nonce, %rejected, "dropped a waiting transaction");
                    return;
                }
            }
        }
    }

    /// Mines one block with what waits and fits.
    pub fn mine(&mut self) -> &Arc<Block> {
        let mut opening = self.open();
        let mut pool = std::mem::take(&mut self.pool);
        fill(&mut opening, &mut pool);
        self.pool = pool;
        self.push(opening)
    }

    /// Changes the state by fiat, in a block of its own, so that its header still proves the state.
    pub fn decree<R>(&mut self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut opening = self.open();
        let result = change(opening.state_mut());
        self.push(opening);
        result
    }

    /// Whether transactions are mined as they come.
    pub fn automine(&self) -> bool {
        self.automine
    }

    /// Switches instant mining; switching it on mines what waits.
    pub fn set_automine(&mut self, automine: bool) {
        self.automine = automine;
        if automine && self.pool.iter().next().is_some() {
            self.mine();
        }
    }

    /// Forgets what waits.
    pub fn drop_waiting(&mut self) {
        self.pool.clear();
    }

    /// Forgets what waits under this hash, and returns it.
    pub fn drop_transaction(&mut self, hash: B256) -> Option<Pooled> {
        self.pool.remove(hash)
    }

    /// What tests have set about the blocks to come.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Seconds from block to block, beside those that are mined at once or by request; told of every change.
    pub fn interval(&self) -> watch::Receiver<Option<NonZeroU64>> {
        self.interval.subscribe()
    }

    /// Mines a block every so many seconds and none at once; without a number, only by request.
    pub fn set_interval(&mut self, seconds: Option<NonZeroU64>) {
        self.automine = false;
        self.interval.send_replace(seconds);
    }

    /// Begins again with a genesis block.
    pub fn reset(&mut self) {
        let mut fresh = Self::new(self.config.clone());
        // Whoever listens goes on listening.
        std::mem::swap(&mut fresh.sealed, &mut self.sealed);
        std::mem::swap(&mut fresh.interval, &mut self.interval);
        fresh.interval.send_replace(self.config.block_time);
        *self = fresh;
    }

    /// Lets transactions of this sender pass without its signature, or no longer.
    pub fn impersonate(&mut self, address: Address, on: bool) {
        if on {
            self.impersonated.insert(address);
        } else {
            self.impersonated.remove(&address);
        }
    }

    /// Lets all transactions pass without signature, or no longer.
    pub fn impersonate_all(&mut self, on: bool) {
        self.impersonate_all = on;
    }

    /// Whether transactions of this sender pass without its signature.
    pub fn is_impersonated(&self, address: Address) -> bool {
        self.impersonate_all || self.impersonated.contains(&address)
    }

    /// Moves time forward; returns the total offset in seconds.
    ///
    /// # Errors
    /// [`TimeError`] if that is too far.
    pub fn increase_time(&mut self, seconds: u64) -> Result<u64, TimeError> {
        self.clock.increase(seconds)
    }

    /// Sets the time of the next block.
    ///
    /// # Errors
    /// [`TimeError`] if it is before the latest block's.
    pub fn set_next_time(&mut self, timestamp: u64) -> Result<(), TimeError> {
        let latest = self.head().header.timestamp;
        self.clock.set_next(timestamp, latest)
    }

    /// Sets the seconds between blocks' timestamps, whatever the machine's time; none to follow it again. Returns what was set.
    pub fn set_time_interval(&mut self, seconds: Option<u64>) -> Option<u64> {
        self.clock.set_interval(seconds)
    }

    /// Remembers the chain as it is; returns the id to come back with.
    pub fn snapshot(&mut self) -> u64 {
        let id = self.snapshots.last().map_or(1, |last| last.id + 1);
        self.snapshots.push(Snapshot {
            id,
            blocks: self.blocks.len(),
            pool: self.pool.clone(),
            clock: self.clock,
        });
        id
    }

    /// Goes back to a snapshot, which is used up with all later ones; false if there is none with this id.
    pub fn revert(&mut self, id: u64) -> bool {
        let Some(place) = self.snapshots.iter().position(|snapshot| snapshot.id == id) else {
            return false;
        };
        let mut dropped = self.snapshots.split_off(place);
        let snapshot = dropped.swap_remove(0);
        for block in self.blocks.split_off(snapshot.blocks) {
            self.by_hash.remove(&block.hash);
            for mined in &block.transactions {
                self.transactions.remove(&mined.hash);
            }
        }
        self.pool = snapshot.pool;
        self.clock = snapshot.clock;
        true
    }

    /// Which chain it is.
    pub fn kind(&self) -> Kind {
        self.config.kind
    }
}
