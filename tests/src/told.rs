//! States of a source chain that are told to the runner without any proof, as the prover tells them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_sol_types::SolError;
use serde_json::json;
use smartsync_abi::IProver::{AccountNotWitnessed, NotWitnessed};
use smartsync_views::message;

use crate::{Chain, Error, System};

/// Where a program keeps what it is told of its source chain: chain id, first block with `CLZ`, flags, number of native ranges.
const FACTS: u8 = 5;
/// `NUMBER` is the header's number.
const NUMBER_IS_HEADERS: u64 = 2;

/// An account that is told.
#[derive(Clone, Debug, Default)]
pub struct ToldAccount {
    /// In wei.
    pub balance: U256,
    /// Its code.
    pub code: Bytes,
    /// Slots by number.
    pub slots: BTreeMap<U256, U256>,
}

/// What the runner is told of the source chain.
#[derive(Clone, Debug, Default)]
pub struct ToldState {
    /// What keeps the codes that are not supplied.
    pub keeper: Address,
    /// Source block.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
    /// The accounts.
    pub accounts: BTreeMap<Address, ToldAccount>,
    /// Whether codes are supplied.
    pub supplies_codes: bool,
}

impl ToldState {
    /// The message of one call.
    pub fn message(&self, from: Address, to: Address, data: &[u8]) -> Bytes {
        let block = [self.block, self.timestamp];
        let accounts = self.accounts.len();
        let calls = [(to, data)];
        let mut message = message::begin(&self.keeper, block, &from, &calls, accounts, 0);
        for (address, account) in &self.accounts {
            let hash = if account.code.is_empty() && account.balance.is_zero() {
                B256::ZERO
            } else {
                keccak256(&account.code)
            };
            let slots = account.slots.iter();
            let mut slots: Vec<_> = slots
                .map(|(slot, value)| (keccak256(B256::from(*slot)), B256::from(*value)))
                .collect();
            slots.sort();
            message::append_account(&mut message, address, account.balance, &hash, false, &slots);
        }
        for account in self.accounts.values().filter(|_| self.supplies_codes) {
            let hash = keccak256(&account.code);
            if hash != KECCAK256_EMPTY {
                message::append_code(&mut message, &hash, &account.code);
            }
        }
        message.into()
    }

    /// Adds, as empty, what an error of the runner's says it was not told. Whether the error is such.
    pub fn take_up(&mut self, revert: &[u8]) -> bool {
        if let Ok(error) = NotWitnessed::abi_decode(revert) {
            let account = self.accounts.entry(error.account).or_default();
            account.slots.insert(error.slot, U256::ZERO).is_none()
        } else if let Ok(error) = AccountNotWitnessed::abi_decode(revert) {
            let told = ToldAccount::default();
            self.accounts.insert(error.account, told).is_none()
        } else {
            false
        }
    }
}

impl System {
    /// Deploys a runner that is asked by itself, of a source chain whose `NUMBER` is its block's and that has `CLZ`.
    pub async fn deploy_runner(target: &Chain, chain_id: u64) -> Result<Address, Error> {
        let runner = Self::deploy_program(target, &smartsync_artifacts::RUNNER).await?;
        let facts = U256::from_limbs([0, NUMBER_IS_HEADERS, 0, chain_id]);
        let set = json!([runner, B256::with_last_byte(FACTS), B256::from(facts)]);
        target.rpc("anvil_setStorageAt", set).await?;
        Ok(runner)
    }
}
