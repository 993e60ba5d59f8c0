//! Codes that the registry keeps.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{IReader::NotAnswered, IRegistry::codeOfCall};
use smartsync_program::{Arguments, host, revert};

use crate::configuration;

/// Where the original of a code stands; zero when nobody has brought it.
pub fn original(code_hash: &B256) -> Result<Address, Vec<u8>> {
    let question = codeOfCall {
        codeHash: *code_hash,
    };
    let answer = host::static_call(&configuration::registry(), &question.abi_encode())
        .map_err(|_| revert(NotAnswered {}))?;
    Arguments::new(&answer).address(1)
}
