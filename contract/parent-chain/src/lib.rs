//! Stylus program: a root source for a source that is the Arbitrum chain's own parent. It takes headers whose hash the
//! block-hash buffer knows; the chain's bridge fills the buffer, so there is no signer. Whether the buffer is an address of known
//! code or an address alone is chosen at construction.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IBlockHashBuffer::parentChainBlockHashCall,
    IParentChain::{self, NotInBuffer, WrongBuffer},
    IProgramErrors::AlreadyInitialized,
};
use smartsync_headers as headers;
use smartsync_program::{
    Arguments, Reply, ToWord, encode, entrypoint, host, refuse_value, revert, split, storage,
    unknown_selector,
};

const BUFFER: u8 = 0;
const BUFFER_CODE_HASH: u8 = 1;

entrypoint!(main);

/// Answers a call to the root source.
pub fn main(input: Vec<u8>) -> Reply {
    refuse_value()?;
    let (selector, arguments) = split(&input)?;
    match selector {
        IParentChain::stateRootCall::SELECTOR => headers::state_root(arguments),
        IParentChain::submitHeaderCall::SELECTOR => submit(arguments),
        IParentChain::extendCall::SELECTOR => headers::extend(arguments),
        IParentChain::extendManyCall::SELECTOR => headers::extend_many(arguments),
        IParentChain::latestBlockCall::SELECTOR => headers::latest_block(),
        IParentChain::minBlockTimeCall::SELECTOR => headers::min_block_time(),
        IParentChain::bufferCall::SELECTOR => Ok(encode(&[buffer().to_word()])),
        IParentChain::bufferCodeHashCall::SELECTOR => {
            Ok(encode(&[storage::load_variable(BUFFER_CODE_HASH)]))
        }
        CONSTRUCTOR_SELECTOR => initialize(arguments),
        selector => Err(unknown_selector(selector)),
    }
}

fn buffer() -> Address {
    storage::address(&storage::load_variable(BUFFER))
}

/// The constructor: sets buffer, code hash and the header store's pace, once. Deployment and this call are one transaction.
fn initialize(arguments: Arguments<'_>) -> Reply {
    if !storage::load_variable(BUFFER).is_zero() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (buffer, code_hash) = (arguments.address(0)?, arguments.word(1)?);
    check_code(&buffer, &code_hash)?;
    headers::initialize(arguments.uint64(2)?)?;
    storage::store_variable(BUFFER, &buffer.into_word());
    storage::store_variable(BUFFER_CODE_HASH, &code_hash);
    Ok(Vec::new())
}

/// Whether the buffer has the code that is expected, or any where its code is not pinned (`expected` is zero).
fn check_code(buffer: &Address, expected: &B256) -> Result<(), Vec<u8>> {
    let found = host::code_hash(buffer);
    let good = match expected.is_zero() {
        true => host::code_size(buffer) != 0,
        false => found == *expected,
    };
    if !good || buffer.is_zero() {
        return Err(revert(WrongBuffer {
            buffer: *buffer,
            expected: *expected,
            found,
        }));
    }
    Ok(())
}

/// Takes a header that the buffer knows.
fn submit(arguments: Arguments<'_>) -> Reply {
    let header = headers::decode(arguments.bytes(0)?)?;
    if headers::is_known(&header)? {
        return Ok(Vec::new());
    }
    let buffer = buffer();
    check_code(&buffer, &storage::load_variable(BUFFER_CODE_HASH))?;
    let input = parentChainBlockHashCall {
        parentChainBlockNumber: U256::from(header.number),
    }
    .abi_encode();
    match host::static_call(&buffer, &input) {
        Ok(hash) if hash == header.hash.as_slice() => {}
        _ => {
            return Err(revert(NotInBuffer {
                blockNumber: header.number,
                blockHash: header.hash,
            }));
        }
    }
    headers::accept(&header)?;
    Ok(Vec::new())
}
