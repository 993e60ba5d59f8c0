//! The state that a chain begins with.

use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Bytes, U256, address, bytes};

use crate::{
    account::DevAccount,
    config::{Config, Kind},
    state::State,
};

/// What each dev account starts with: 10,000 ether.
const BALANCE: u128 = 10_000_000_000_000_000_000_000;

/// The well-known CREATE2 factory (Arachnid's deterministic deployment proxy), at its usual address.
const CREATE2_FACTORY: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// The state before the first block.
pub fn state(config: &Config, accounts: &[DevAccount]) -> State {
    let mut state = State::default();
    for account in accounts {
        state.update(account.address, |account| {
            account.balance = U256::from(BALANCE)
        });
    }
    state.update(
        address!("4e59b44847b379578588920ca78fbf26c0b4956c"),
        |account| {
            account.nonce = 1;
            account.set_code(CREATE2_FACTORY);
        },
    );
    if config.kind == Kind::Evm {
        state.update(HISTORY_STORAGE_ADDRESS, |account| {
            account.nonce = 1;
            account.set_code(HISTORY_STORAGE_CODE.clone());
        });
    }
    state
}
