use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smartsync_abi::{IProgramErrors::AlreadyInitialized, IRegistry::InvalidConfiguration};
use smartsync_program::{Arguments, Reply, host, revert, storage};

const ROOT_SOURCE: u8 = 0;
const PROGRAM: u8 = 1;
const PROXY_COUNT: u8 = 2;

/// Mapping from mirror to record.
pub const RECORDS: u8 = 3;
/// Mapping from source to its mirror of record.
pub const PRIMARIES: u8 = 4;

/// The constructor: sets root source and proxy program, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if !storage::load_variable(ROOT_SOURCE).is_zero() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (root_source, program) = (arguments.address(0)?, arguments.address(1)?);
    // A call of an account without code succeeds and does nothing: a header submitted to it would seem to be taken.
    if host::code_size(&root_source) == 0 || host::code_size(&program) == 0 {
        return Err(revert(InvalidConfiguration {}));
    }
    storage::store_variable(ROOT_SOURCE, &root_source.into_word());
    storage::store_variable(PROGRAM, &program.into_word());
    Ok(Vec::new())
}

/// The provider of state roots.
pub fn root_source() -> Address {
    storage::address(&storage::load_variable(ROOT_SOURCE))
}

/// The proxy program that mirrors are clones of.
pub fn program() -> Address {
    storage::address(&storage::load_variable(PROGRAM))
}

/// Number of mirrors created.
pub fn proxy_count() -> U256 {
    storage::load_variable(PROXY_COUNT).into()
}

/// Counts one more mirror and returns its number, from 1.
pub fn next_proxy() -> U256 {
    let number = proxy_count().wrapping_add(U256::ONE);
    storage::store_variable(PROXY_COUNT, &number.into());
    number
}
