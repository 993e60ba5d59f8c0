//! The state that a chain begins with.

use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Address, Bytes, address, bytes, hex};

use crate::{
    account::{DevAccount, devnode_account},
    config::{Config, Kind},
    evm::arbitrum,
    state::State,
};

/// The well-known CREATE2 factory (Arachnid's deterministic deployment proxy), at its usual address.
const CREATE2_FACTORY: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// Where it stands.
const CREATE2_FACTORY_ADDRESS: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");

/// The state before the first block.
pub fn state(config: &Config, accounts: &[DevAccount]) -> State {
    let mut state = State::default();
    for account in accounts {
        state.update(account.address, |account| account.balance = config.balance);
    }
    state.update(CREATE2_FACTORY_ADDRESS, |account| {
        account.nonce = 1;
        account.set_code(CREATE2_FACTORY);
    });
    match config.kind {
        Kind::Evm => state.update(HISTORY_STORAGE_ADDRESS, |account| {
            account.nonce = 1;
            account.set_code(HISTORY_STORAGE_CODE.clone());
        }),
        Kind::Stylus => arbitrum_state(&mut state, config),
    }
    state
}

/// What stands on an Arbitrum chain from the beginning.
fn arbitrum_state(state: &mut State, config: &Config) {
    if let Some(account) = devnode_account() {
        state.update(account.address, |account| account.balance = config.balance);
    }
    for &address in arbitrum::addresses() {
        // Nobody reaches this code, but contracts that look for code find some.
        state.update(address, |account| account.set_code(bytes!("fe")));
    }
    match hex::decode(STYLUS_DEPLOYER_INIT) {
        Ok(init) => state.update(STYLUS_DEPLOYER, |account| {
            account.nonce = 1;
            account.set_code(Bytes::copy_from_slice(&init[STYLUS_DEPLOYER_PRELUDE..]));
        }),
        Err(error) => tracing::error!(%error, "the StylusDeployer's code is damaged"),
    }
    match hex::decode(cache_manager_code()) {
        Ok(code) => state.update(CACHE_MANAGER, |account| {
            account.nonce = 1;
            account.set_code(code.into());
        }),
        Err(error) => tracing::error!(%error, "the CacheManager's code is damaged"),
    }
    state.update(arbitrum::ARBOS, |account| {
        account.nonce = 1;
        for (slot, value) in arbitrum::CACHE_MANAGERS
            .of_one(CACHE_MANAGER)
            .into_iter()
            .chain(arbitrum::BATCH_POSTERS.of_one(arbitrum::BATCH_POSTER))
            .chain([arbitrum::params::entry(&config.stylus)])
        {
            account.set_storage(slot, value);
        }
    });
    state.update(HISTORY_STORAGE_ADDRESS, |account| {
        account.nonce = 1;
        account.set_code(ARBITRUM_HISTORY_CODE);
    });
}

/// Init code of Offchain Labs' StylusDeployer (stylus-sdk-rs, MIT OR Apache-2.0), with which cargo-stylus deploys
/// programs that have a constructor.
const STYLUS_DEPLOYER_INIT: &str = include_str!("stylus_deployer.hex");
/// Where it stands on every Arbitrum chain.
const STYLUS_DEPLOYER: Address = address!("cecba2f1dc234f70dd89f2041029807f8d03a990");
/// Length of the part of its init code that only returns the rest.
const STYLUS_DEPLOYER_PRELUDE: usize = 32;

/// The CacheManager (`contracts/CacheManager.sol`), compiled by `scripts/build-fixtures.sh`.
const CACHE_MANAGER_ARTIFACT: &str = include_str!("../../contracts/artifacts/CacheManager.json");
/// Where it stands; tools find it by `ArbWasmCache.allCacheManagers`.
const CACHE_MANAGER: Address = address!("cac4e0000000000000000000000000000000cac4");

/// The CacheManager's code as hex; empty if its artifact is damaged.
fn cache_manager_code() -> String {
    serde_json::from_str::<serde_json::Value>(CACHE_MANAGER_ARTIFACT)
        .ok()
        .and_then(|artifact| Some(artifact.get("deployedBytecode")?.as_str()?.to_owned()))
        .unwrap_or_default()
}

/// EIP-2935 on an Arbitrum chain: as Ethereum's, but the block number is ArbSys's and the window is 393,168 blocks.
/// A call with 32 bytes of calldata returns the hash of that block, or reverts if it is not one of the last 393,168;
/// nothing can be stored by calling it, since the chain itself writes the hashes.
const ARBITRUM_HISTORY_CODE: Bytes = bytes!(
    "36602014600b575b5f5ffd5b63a3b1b31d60e01b5f5260205f60045f60645afa156007575f355f51818111156007578190036205ffd0106007576205ffd09006545f5260205ff3"
);

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    #[test]
    fn the_cache_manager_has_code() {
        let code = hex::decode(cache_manager_code()).expect("hex");
        assert!(code.len() > 1_000, "{} bytes", code.len());
    }

    #[test]
    fn the_stylus_deployer_stands_where_the_factory_would_have_put_it() {
        let init = hex::decode(STYLUS_DEPLOYER_INIT).expect("hex");
        assert_eq!(
            CREATE2_FACTORY_ADDRESS.create2_from_code(B256::ZERO, &init),
            STYLUS_DEPLOYER
        );
    }
}
