//! Codes that the registry keeps.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{IReader::NotAnswered, IRegistry::codeOfCall};
use smartsync_program::{Arguments, host, question, revert};

/// Where the original of a code stands; zero when nobody has brought it.
pub fn original(registry: &Address, code_hash: &B256) -> Result<Address, Vec<u8>> {
    let question = question(codeOfCall::SELECTOR, code_hash);
    let answer = host::static_call(registry, &question).map_err(|_| revert(NotAnswered {}))?;
    Arguments::new(&answer).address(1)
}
