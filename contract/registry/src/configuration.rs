use alloc::vec::Vec;

use alloy_primitives::{Address, B256, keccak256};
use smartsync_abi::{
    IProgramErrors::AlreadyInitialized, IReader::NativeAccount, IRegistry::InvalidConfiguration,
};
use smartsync_program::{Arguments, Reply, ToWord, encode, host, revert, storage};

/// Root source and, above it, the first source block.
const ROOT_SOURCE: u8 = 0;
const PROGRAM: u8 = 1;
const PROXY_COUNT: u8 = 2;

/// Mapping from mirror to record.
pub const RECORDS: u8 = 3;
/// Mapping from source to its mirror of record.
pub const PRIMARIES: u8 = 4;

const FACTS: u8 = 5;
const READER: u8 = 6;
const PRECOMPILES: u8 = 7;
const NATIVE_RANGES: u8 = 8;

/// Mapping from code hash to where the code stands.
pub const CODES: u8 = 9;
/// Mapping from account, and block where code is not permanent, to proven code.
pub const PROVEN_CODE: u8 = 10;
/// Mapping from account and block to proven balance.
pub const PROVEN_BALANCES: u8 = 11;

const PERMANENT_CODE: u64 = 1;
const NUMBER_IS_HEADERS: u64 = 2;

/// What reads depend on and no proof shows.
pub struct SourceChain {
    /// Its chain id.
    pub chain_id: u64,
    /// Its first block that knows `CLZ`.
    pub clz_block: u64,
    /// Whether code, once there, never changes.
    pub permanent_code: bool,
    /// Whether `NUMBER` is the header's number.
    pub number_is_headers: bool,
    native_ranges: u64,
}

/// The constructor: sets programs and facts, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if !storage::load_variable(ROOT_SOURCE).is_zero() {
        return Err(revert(AlreadyInitialized {}));
    }
    let invalid = || revert(InvalidConfiguration {});
    let (root_source, program, reader) = (
        arguments.address(0)?,
        arguments.address(1)?,
        arguments.address(2)?,
    );
    // A call of an account without code succeeds and does nothing: a header submitted to it would seem to be taken.
    if [root_source, program, reader]
        .iter()
        .any(|account| host::code_size(account) == 0)
    {
        return Err(invalid());
    }
    let [chain_id, first_block, clz_block] = [
        arguments.uint64(3)?,
        arguments.uint64(4)?,
        arguments.uint64(5)?,
    ];
    let (permanent_code, number_is_headers) = (arguments.boolean(6)?, arguments.boolean(7)?);
    let (precompiles, ranges) = (arguments.words(8)?, arguments.words(9)?);
    if chain_id == 0 || ranges.len() % 2 != 0 {
        return Err(invalid());
    }
    for precompile in precompiles {
        let word = B256::new(*precompile);
        host::store(&precompile_slot(&storage::address(&word)), &word);
    }
    for (index, bound) in (0..).zip(ranges) {
        host::store(&bound_slot(index), &B256::new(*bound));
    }
    let flags = (if permanent_code { PERMANENT_CODE } else { 0 })
        | (if number_is_headers {
            NUMBER_IS_HEADERS
        } else {
            0
        });
    let facts = [chain_id, clz_block, flags, ranges.len() as u64 / 2];
    storage::store_variable(FACTS, &storage::pack(facts));
    storage::store_variable(ROOT_SOURCE, &storage::account_at(&root_source, first_block));
    storage::store_variable(PROGRAM, &program.into_word());
    storage::store_variable(READER, &reader.into_word());
    Ok(Vec::new())
}

/// The provider of state roots, and the first source block that it is asked for.
pub fn root_source() -> (Address, u64) {
    let word = storage::load_variable(ROOT_SOURCE);
    (storage::address(&word), storage::block_of(&word))
}

/// The proxy program that mirrors are clones of.
pub fn program() -> Address {
    storage::address(&storage::load_variable(PROGRAM))
}

/// The program of the exact lane.
pub fn reader() -> Address {
    storage::address(&storage::load_variable(READER))
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

/// What the constructor was told about the source chain.
pub fn source_chain() -> SourceChain {
    let [chain_id, clz_block, flags, native_ranges] =
        storage::unpack(&storage::load_variable(FACTS));
    SourceChain {
        chain_id,
        clz_block,
        permanent_code: flags & PERMANENT_CODE != 0,
        number_is_headers: flags & NUMBER_IS_HEADERS != 0,
        native_ranges,
    }
}

/// The view of it.
pub fn encoded_source_chain() -> Vec<u8> {
    let facts = source_chain();
    encode(&[
        facts.chain_id.to_word(),
        root_source().1.to_word(),
        facts.clz_block.to_word(),
        u64::from(facts.permanent_code).to_word(),
        u64::from(facts.number_is_headers).to_word(),
    ])
}

fn precompile_slot(account: &Address) -> B256 {
    storage::mapping(PRECOMPILES, account.into_word())
}

/// Where a bound of a range of native accounts stands: the first one of range `n` at `2n`, the last one behind it.
fn bound_slot(index: u64) -> B256 {
    storage::member(&keccak256(storage::variable(NATIVE_RANGES)), index)
}

/// Whether both chains have this precompiled contract, at this source block.
pub fn has_precompile(account: &Address, source_block: u64) -> bool {
    let word = host::load(&precompile_slot(account));
    // A precompiled contract at the address zero is none.
    !word.is_zero() && source_block >= storage::block_of(&word)
}

/// Whether the source chain implements the account natively, so that its code in the state is a dummy.
pub fn is_native(account: &Address) -> bool {
    // Below 2^20.
    let low = account
        .split_first_chunk::<17>()
        .is_some_and(|(head, tail)| {
            *head == [0; 17] && tail.first().is_some_and(|byte| *byte < 0x10)
        });
    low || (0..source_chain().native_ranges).any(|index| {
        let (first, word) = (index.saturating_mul(2), account.into_word());
        host::load(&bound_slot(first)) <= word
            && word <= host::load(&bound_slot(first.saturating_add(1)))
    })
}

/// Reverts `NativeAccount` for such an account.
pub fn refuse_native(account: &Address) -> Result<(), Vec<u8>> {
    if is_native(account) {
        return Err(revert(NativeAccount { account: *account }));
    }
    Ok(())
}
