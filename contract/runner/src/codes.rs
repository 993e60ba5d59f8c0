//! Codes that a contract keeps (`ICodes`).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{ICodes::originalOfCall, IReader::NotAnswered};
use smartsync_program::{Arguments, host, question, revert};

/// Where the original of a code stands; zero when nobody has brought it.
pub fn original(keeper: &Address, code_hash: &B256) -> Result<Address, Vec<u8>> {
    let question = question(originalOfCall::SELECTOR, code_hash);
    let answer = host::static_call(keeper, &question).map_err(|_| revert(NotAnswered {}))?;
    Arguments::new(&answer).address(0)
}
