//! How a block is opened, filled and sealed.

use std::collections::BTreeMap;

use alloy_consensus::{
    EMPTY_OMMER_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom,
    TxReceipt, TxType, proofs,
};
use alloy_eips::{
    eip1559::BaseFeeParams,
    eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS},
    eip7685::EMPTY_REQUESTS_HASH,
};
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256, address};
use alloy_trie::EMPTY_ROOT_HASH;
use revm::{
    Inspector,
    context::{BlockEnv, TxEnv},
    context_interface::{block::BlobExcessGasAndPrice, result::ExecutionResult},
    inspector::NoOpInspector,
};

use super::{
    block::{Block, Mined},
    transaction::Pooled,
};
use crate::{
    config::{Config, Kind},
    evm::{
        Arbitrum, Ctx, Environment, Moves, Purpose, RecentPrograms, Rejected, arbitrum::tips,
        execute, validate,
    },
    state::{Recent, State},
};

/// Coinbase of an Arbitrum block: the sequencer.
const SEQUENCER: Address = address!("a4b000000000000000000073657175656e636572");
/// Number of the parent chain's block at genesis.
const PARENT_NUMBER: u64 = 20_000_000;
/// Seconds between the parent chain's blocks.
const PARENT_INTERVAL: u64 = 12;
/// Base fee in wei per gas from which on it moves no more, because 64 bits would not do.
const MAX_BASE_FEE: u64 = u64::MAX / 2;
/// Block hashes that an Arbitrum chain keeps in the EIP-2935 contract.
pub const ARBITRUM_HISTORY: u64 = 393_168;

/// A block being filled.
pub struct Opening {
    header: Header,
    environment: Environment,
    opening: State,
    state: State,
    transactions: Vec<Mined>,
    logs_bloom: Bloom,
    arbitrum: bool,
}

/// The header of the block after `parent`, before it is filled; `genesis_time` in seconds since 1970.
pub fn next_header(
    config: &Config,
    parent: &Header,
    parent_hash: B256,
    timestamp: u64,
    genesis_time: u64,
) -> Header {
    let mut header = template(config, timestamp, genesis_time);
    header.parent_hash = parent_hash;
    header.number = parent.number + 1;
    if config.kind == Kind::Evm {
        header.base_fee_per_gas = match parent.base_fee_per_gas {
            Some(fee) if fee > MAX_BASE_FEE => Some(fee),
            _ => parent
                .next_block_base_fee(BaseFeeParams::ethereum())
                .or(header.base_fee_per_gas),
        };
    }
    header
}

/// A header with the fields that do not depend on its parent.
pub fn template(config: &Config, timestamp: u64, genesis_time: u64) -> Header {
    let mut header = Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        state_root: EMPTY_ROOT_HASH,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        gas_limit: config.block_gas_limit,
        base_fee_per_gas: Some(config.base_fee),
        timestamp,
        nonce: B64::ZERO,
        ..Header::default()
    };
    match config.kind {
        Kind::Evm => {
            header.withdrawals_root = Some(EMPTY_ROOT_HASH);
            header.blob_gas_used = Some(0);
            header.excess_blob_gas = Some(0);
            header.parent_beacon_block_root = Some(B256::ZERO);
            header.requests_hash = Some(EMPTY_REQUESTS_HASH);
        }
        Kind::Stylus => {
            let parent_number =
                PARENT_NUMBER + timestamp.saturating_sub(genesis_time) / PARENT_INTERVAL;
            let mut mix = B256::ZERO;
            mix[8..16].copy_from_slice(&parent_number.to_be_bytes());
            mix[16..24].copy_from_slice(&config.arbos.number().to_be_bytes());
            header.difficulty = U256::ONE;
            header.mix_hash = mix;
            // The send root: nothing was ever sent to the parent chain.
            header.extra_data = Bytes::from(B256::ZERO.to_vec());
            header.beneficiary = SEQUENCER;
        }
    }
    header
}

/// The parent chain's block number in an Arbitrum header.
pub fn parent_number(header: &Header) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&header.mix_hash[8..16]);
    u64::from_be_bytes(number)
}

/// What transactions of the block with this header see.
pub fn environment(config: &Config, header: &Header, recent: Recent) -> Environment {
    let arbitrum = config.kind == Kind::Stylus;
    let number = if arbitrum {
        parent_number(header)
    } else {
        header.number
    };
    let randomness = if arbitrum {
        B256::with_last_byte(1)
    } else {
        header.mix_hash
    };
    Environment {
        chain_id: config.chain_id,
        block: BlockEnv {
            number: U256::from(number),
            beneficiary: header.beneficiary,
            timestamp: U256::from(header.timestamp),
            gas_limit: header.gas_limit,
            basefee: header.base_fee_per_gas.unwrap_or_default(),
            difficulty: header.difficulty,
            prevrandao: Some(randomness),
            blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
                excess_blob_gas: 0,
                blob_gasprice: 1,
            }),
            ..BlockEnv::default()
        },
        recent,
        arbitrum: arbitrum.then(|| Arbitrum {
            number: header.number,
            transaction_gas_limit: config.transaction_gas_limit,
            arbos: config.arbos,
            stylus: config.stylus.clone(),
        }),
        recent_programs: RecentPrograms::default(),
        moves: Moves::default(),
        named_hashes: BTreeMap::new(),
        compute_limit: arbitrum.then_some(config.transaction_gas_limit),
    }
}

impl Opening {
    /// Opens the block after `parent` that has this header.
    pub fn new(config: &Config, parent: &Block, header: Header) -> Self {
        let older = &parent.environment.recent;
        let recent = older.with(parent.header.number, parent.hash);
        let mut state = parent.state.clone();
        let window = if config.kind == Kind::Stylus {
            ARBITRUM_HISTORY
        } else {
            HISTORY_SERVE_WINDOW as u64
        };
        // EIP-2935: the protocol itself stores the parent's hash.
        state.update(HISTORY_STORAGE_ADDRESS, |history| {
            let slot = U256::from(parent.header.number % window);
            history.set_storage(slot, U256::from_be_bytes(parent.hash.0));
        });
        let environment = environment(config, &header, recent);
        Self {
            environment,
            opening: state.clone(),
            state,
            header,
            transactions: Vec::new(),
            logs_bloom: Bloom::ZERO,
            arbitrum: config.kind == Kind::Stylus,
        }
    }

    /// The state so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The state so far, to be changed by fiat.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// The block's base fee in wei per gas.
    pub fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// Gas that the block may use.
    pub fn gas_limit(&self) -> u64 {
        self.header.gas_limit
    }

    /// Gas that is left in the block.
    pub fn gas_left(&self) -> u64 {
        self.header.gas_limit.saturating_sub(self.header.gas_used)
    }

    /// What a transaction sees.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// What a transaction sees, to be changed by fiat.
    pub fn environment_mut(&mut self) -> &mut Environment {
        &mut self.environment
    }

    /// How many transactions are in it.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// What the machine runs for a transaction, and how.
    fn prepare(&self, transaction: &Pooled) -> (TxEnv, Purpose) {
        let purpose = if transaction.impersonated {
            Purpose::Impersonated
        } else {
            Purpose::Transaction
        };
        (transaction.environment(), purpose)
    }

    /// Checks what makes a transaction invalid whenever it is mined.
    ///
    /// # Errors
    /// [`Rejected`] if it can never be mined.
    pub fn validate(&self, transaction: &Pooled) -> Result<(), Rejected> {
        let (tx, purpose) = self.prepare(transaction);
        validate(&self.environment, &self.state, tx, purpose)
    }

    /// Runs a transaction and adds it.
    ///
    /// # Errors
    /// [`Rejected`] if it may not be part of this block, which stays as it was.
    pub fn add(&mut self, transaction: Pooled) -> Result<(), Rejected> {
        let (tx, purpose) = self.prepare(&transaction);
        self.run::<NoOpInspector>(transaction, tx, purpose, None)?;
        Ok(())
    }

    /// Runs a transaction as `tx` and adds it; returns what it came to.
    ///
    /// # Errors
    /// As [`Opening::add`].
    pub fn run<INSP: Inspector<Ctx>>(
        &mut self,
        transaction: Pooled,
        tx: TxEnv,
        purpose: Purpose,
        inspector: Option<INSP>,
    ) -> Result<ExecutionResult, Rejected> {
        use alloy_consensus::Transaction;
        let nonce = tx.nonce;
        let tips = tips::are_collected(&self.state);
        let (executed, _inspector) =
            execute(&self.environment, &self.state, tx, purpose, inspector)?;
        self.environment.recent_programs = executed.recent_programs;
        self.state.commit(&executed.changes);
        let gas_used = executed.result.tx_gas_used();
        self.header.gas_used += gas_used;
        let success = executed.result.is_success();
        // Also where it failed, as nodes have it.
        let contract_address = transaction
            .envelope
            .to()
            .is_none()
            .then(|| transaction.sender.create(nonce));
        let logs = if success {
            executed.result.logs().to_vec()
        } else {
            Vec::new()
        };
        let receipt = Receipt {
            status: Eip658Value::Eip658(success),
            cumulative_gas_used: self.header.gas_used,
            logs,
        };
        let logs_bloom = receipt.bloom();
        self.logs_bloom.accrue_bloom(&logs_bloom);
        let receipt = ReceiptWithBloom {
            receipt,
            logs_bloom,
        };
        let receipt = match transaction.envelope.tx_type() {
            TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
            TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
            TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
            TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
            TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
        };
        let base_fee = self.base_fee();
        let effective_gas_price = if self.arbitrum && !tips {
            u128::from(base_fee)
        } else {
            transaction.envelope.effective_gas_price(Some(base_fee))
        };
        self.transactions.push(Mined {
            hash: transaction.hash(),
            transaction,
            receipt,
            gas_used,
            effective_gas_price,
            contract_address,
        });
        Ok(executed.result)
    }

    /// Seals the block.
    pub fn seal(mut self) -> Block {
        let envelopes: Vec<_> = self
            .transactions
            .iter()
            .map(|mined| &mined.transaction.envelope)
            .collect();
        let receipts: Vec<_> = self
            .transactions
            .iter()
            .map(|mined| &mined.receipt)
            .collect();
        self.header.transactions_root = proofs::calculate_transaction_root(&envelopes);
        self.header.receipts_root = proofs::calculate_receipt_root(&receipts);
        self.header.logs_bloom = self.logs_bloom;
        self.header.state_root = self.state.root();
        let hash = self.header.hash_slow();
        // Whoever runs the block's transactions again begins as it began, and so does a call on the state after it.
        self.environment.recent_programs = RecentPrograms::default();
        Block {
            hash,
            header: self.header,
            transactions: self.transactions,
            state: self.state,
            opening: self.opening,
            environment: self.environment,
        }
    }
}
