//! The state that a chain begins with.

use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Bytes, U256, address, bytes};

use crate::{
    account::DevAccount,
    config::{Config, Kind},
    evm::arbitrum,
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
    match config.kind {
        Kind::Evm => state.update(HISTORY_STORAGE_ADDRESS, |account| {
            account.nonce = 1;
            account.set_code(HISTORY_STORAGE_CODE.clone());
        }),
        Kind::Stylus => arbitrum_state(&mut state),
    }
    state
}

/// What stands on an Arbitrum chain from the beginning.
fn arbitrum_state(state: &mut State) {
    for address in arbitrum::ADDRESSES {
        // Nobody reaches this code, but contracts that look for code find some.
        state.update(address, |account| account.set_code(bytes!("fe")));
    }
    state.update(arbitrum::ARBOS, |account| account.nonce = 1);
    state.update(HISTORY_STORAGE_ADDRESS, |account| {
        account.nonce = 1;
        account.set_code(ARBITRUM_HISTORY_CODE);
    });
}

/// EIP-2935 on an Arbitrum chain: as Ethereum's, but the block number is ArbSys's and the window is 393,168 blocks.
/// A call with 32 bytes of calldata returns the hash of that block, or reverts if it is not one of the last 393,168;
/// nothing can be stored by calling it, since the chain itself writes the hashes.
const ARBITRUM_HISTORY_CODE: Bytes = bytes!(
    "36602014600b575b5f5ffd5b63a3b1b31d60e01b5f5260205f60045f60645afa156007575f355f51818111156007578190036205ffd0106007576205ffd09006545f5260205ff3"
);
