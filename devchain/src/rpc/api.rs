//! What all methods share: the chain, and how parameters name a block of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use alloy_eips::{BlockId, BlockNumberOrTag, RpcBlockHash};

use super::{error::RpcError, filters::Filters};
use crate::{
    chain::{Block, Ledger},
    evm::Environment,
    state::State,
};

/// A chain behind JSON-RPC.
pub struct Api {
    ledger: RwLock<Ledger>,
    filters: Mutex<Filters>,
}

impl Api {
    /// Serves a chain.
    pub fn new(ledger: Ledger) -> Self {
        Self {
            ledger: RwLock::new(ledger),
            filters: Mutex::default(),
        }
    }

    /// The chain, to look at. A request that died while it changed the chain left whole blocks only.
    pub fn read(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain, to change it.
    pub fn write(&self) -> RwLockWriteGuard<'_, Ledger> {
        self.ledger.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The installed filters.
    pub fn filters(&self) -> MutexGuard<'_, Filters> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The block that a parameter names; latest if it is missing. "pending" is the block that would be sealed now.
    pub fn find_block(&self, id: Option<BlockId>) -> Option<Arc<Block>> {
        let ledger = self.read();
        match id.unwrap_or_default() {
            BlockId::Hash(RpcBlockHash { block_hash, .. }) => {
                ledger.block_by_hash(block_hash).cloned()
            }
            BlockId::Number(BlockNumberOrTag::Pending) => Some(Arc::new(ledger.preview())),
            BlockId::Number(tag) => ledger.block(number(&ledger, tag)).cloned(),
        }
    }

    /// The block that a parameter names, which must be there.
    ///
    /// # Errors
    /// "block not found".
    pub fn block(&self, id: Option<BlockId>) -> Result<Arc<Block>, RpcError> {
        self.find_block(id)
            .ok_or_else(|| RpcError::not_found("block"))
    }

    /// The state that a parameter names, and what a call on it sees of the chain.
    ///
    /// # Errors
    /// "block not found".
    pub fn view(&self, id: Option<BlockId>) -> Result<(Environment, State), RpcError> {
        if id == Some(BlockId::pending()) {
            return Ok(self.read().pending());
        }
        let block = self.block(id)?;
        Ok((block.environment.clone(), block.state.clone()))
    }
}

/// The number that a tag stands for; every block is final at once.
pub fn number(ledger: &Ledger, tag: BlockNumberOrTag) -> u64 {
    match tag {
        BlockNumberOrTag::Number(number) => number,
        BlockNumberOrTag::Earliest => 0,
        BlockNumberOrTag::Pending => ledger.head().header.number + 1,
        BlockNumberOrTag::Latest | BlockNumberOrTag::Finalized | BlockNumberOrTag::Safe => {
            ledger.head().header.number
        }
    }
}
