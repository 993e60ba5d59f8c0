use alloc::vec::Vec;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProgramErrors::AlreadyInitialized,
    IRegistry::{InvalidConfiguration, codesCall},
};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, host, revert,
    source_chain::{self, Facts, SourceChain},
    storage,
};

// Variables 0, 5, 7 and 8 are those of `source_chain`.
const REGISTRY: u8 = 1;
const RUNNER: u8 = 2;
const CODES: u8 = 3;

/// The constructor, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if source_chain::is_initialized() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (root_source, registry, runner) = (
        arguments.address(0)?,
        arguments.address(1)?,
        arguments.address(2)?,
    );
    // A delegate-call of an account without code succeeds.
    if [root_source, registry, runner]
        .iter()
        .any(|account| host::code_size(account) == 0)
    {
        return Err(revert(InvalidConfiguration {}));
    }
    let codes = host::static_call(&registry, &codesCall::SELECTOR)
        .and_then(|answer| Arguments::new(&answer).address(0))
        .or(Err(revert(InvalidConfiguration {})))?;
    Facts {
        root_source,
        chain_id: arguments.uint64(3)?,
        first_block: arguments.uint64(4)?,
        clz_block: arguments.uint64(5)?,
        // Code is proven anew in each call.
        permanent_code: false,
        number_is_headers: arguments.boolean(6)?,
        precompiles: arguments.words(7)?,
        native_ranges: arguments.words(8)?,
    }
    .store()?;
    storage::store_variable(REGISTRY, &registry.into_word());
    storage::store_variable(RUNNER, &runner.into_word());
    storage::store_variable(CODES, &codes.into_word());
    Ok(Vec::new())
}

/// The registry whose codes are used.
pub fn registry() -> Address {
    storage::address(&storage::load_variable(REGISTRY))
}

/// What keeps that registry's codes.
pub fn codes() -> Address {
    storage::address(&storage::load_variable(CODES))
}

/// The program that runs the calls.
pub fn runner() -> Address {
    storage::address(&storage::load_variable(RUNNER))
}

/// The view of what the constructor was told about the source chain.
pub fn encoded_source_chain() -> Vec<u8> {
    let facts = SourceChain::load();
    encode(&[
        facts.chain_id.to_word(),
        source_chain::root_source().1.to_word(),
        facts.clz_block.to_word(),
        u64::from(facts.number_is_headers).to_word(),
    ])
}
