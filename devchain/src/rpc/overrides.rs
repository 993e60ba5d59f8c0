//! What a call asks to be other than it is, in the state and in the block.

use alloy_primitives::U256;
use alloy_rpc_types_eth::{BlockOverrides, state::StateOverride};

use crate::{evm::Environment, state::State};

/// The state with other balances, nonces, code and slots.
pub fn state(mut state: State, overrides: Option<StateOverride>) -> State {
    for (address, change) in overrides.into_iter().flatten() {
        state.update(address, |account| {
            if let Some(balance) = change.balance {
                account.balance = balance;
            }
            if let Some(nonce) = change.nonce {
                account.nonce = nonce;
            }
            if let Some(code) = change.code {
                account.set_code(code);
            }
            if let Some(slots) = change.state {
                account.storage = Default::default();
                for (slot, value) in slots {
                    account.set_storage(slot.into(), value.into());
                }
            }
            for (slot, value) in change.state_diff.into_iter().flatten() {
                account.set_storage(slot.into(), value.into());
            }
        });
    }
    state
}

/// The block with other fields.
pub fn block(mut at: Environment, overrides: Option<BlockOverrides>) -> Environment {
    let Some(change) = overrides else {
        return at;
    };
    let block = &mut at.block;
    if let Some(number) = change.number {
        block.number = number;
    }
    if let Some(time) = change.time {
        block.timestamp = U256::from(time);
    }
    if let Some(limit) = change.gas_limit {
        block.gas_limit = limit;
    }
    if let Some(coinbase) = change.coinbase {
        block.beneficiary = coinbase;
    }
    if let Some(random) = change.random {
        block.prevrandao = Some(random);
    }
    if let Some(difficulty) = change.difficulty {
        block.difficulty = difficulty;
    }
    if let Some(fee) = change.base_fee {
        block.basefee = fee.saturating_to();
    }
    at
}
