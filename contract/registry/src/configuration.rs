use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::{
    IProgramErrors::AlreadyInitialized, IReader::NativeAccount, IRegistry::InvalidConfiguration,
};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, host, revert,
    source_chain::{self, Facts, SourceChain},
    storage,
};

// Variables 0, 5, 7 and 8 are those of `source_chain`.
const PROGRAM: u8 = 1;
const PROXY_COUNT: u8 = 2;

/// Mapping from mirror to record.
pub const RECORDS: u8 = 3;
/// Mapping from source to its mirror of record.
pub const PRIMARIES: u8 = 4;

const READER: u8 = 6;

const CODES: u8 = 9;

/// Mapping from account, and block where code is not permanent, to proven code.
pub const PROVEN_CODE: u8 = 10;
/// Mapping from account and block to proven balance.
pub const PROVEN_BALANCES: u8 = 11;

/// The constructor: sets programs and facts, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if source_chain::is_initialized() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (root_source, program, reader, codes) = (
        arguments.address(0)?,
        arguments.address(1)?,
        arguments.address(2)?,
        arguments.address(3)?,
    );
    // A call of an account without code succeeds and does nothing: a header submitted to it would seem to be taken.
    if [root_source, program, reader, codes]
        .iter()
        .any(|account| host::code_size(account) == 0)
    {
        return Err(revert(InvalidConfiguration {}));
    }
    Facts {
        root_source,
        chain_id: arguments.uint64(4)?,
        first_block: arguments.uint64(5)?,
        clz_block: arguments.uint64(6)?,
        permanent_code: arguments.boolean(7)?,
        number_is_headers: arguments.boolean(8)?,
        precompiles: arguments.words(9)?,
        native_ranges: arguments.words(10)?,
    }
    .store()?;
    storage::store_variable(PROGRAM, &program.into_word());
    storage::store_variable(READER, &reader.into_word());
    storage::store_variable(CODES, &codes.into_word());
    Ok(Vec::new())
}

/// The proxy program that mirrors are clones of.
pub fn program() -> Address {
    storage::address(&storage::load_variable(PROGRAM))
}

/// The program of the exact lane.
pub fn reader() -> Address {
    storage::address(&storage::load_variable(READER))
}

/// What keeps codes.
pub fn codes() -> Address {
    storage::address(&storage::load_variable(CODES))
}

/// Number of mirrors created.
pub fn proxy_count() -> B256 {
    storage::load_variable(PROXY_COUNT)
}

/// Counts one more mirror and returns its number, from 1.
pub fn next_proxy() -> B256 {
    let number = storage::member(&proxy_count(), 1);
    storage::store_variable(PROXY_COUNT, &number);
    number
}

/// The view of what the constructor was told about the source chain.
pub fn encoded_source_chain() -> Vec<u8> {
    let facts = SourceChain::load();
    encode(&[
        facts.chain_id.to_word(),
        source_chain::root_source().1.to_word(),
        facts.clz_block.to_word(),
        u64::from(facts.permanent_code).to_word(),
        u64::from(facts.number_is_headers).to_word(),
    ])
}

/// Reverts `NativeAccount` for an account that the source chain implements natively, as it does precompiled contracts, wherever they
/// stand and from whichever block on.
pub fn refuse_native(account: &Address) -> Result<(), Vec<u8>> {
    let chain = SourceChain::load();
    let is_listed = chain.may_be_precompile(account) && chain.has_precompile(account, u64::MAX);
    if is_listed || chain.is_native(account) {
        return Err(revert(NativeAccount { account: *account }));
    }
    Ok(())
}
