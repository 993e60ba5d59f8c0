//! Code of the source chain, which another contract keeps (`ICodes`).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{ICodes::codeOfCall, IReader::NotAnswered, IRegistry::CodeNotDeployed};
use smartsync_program::{Arguments, host, question, revert};

use crate::configuration;

/// Where code stands on the target.
pub struct Code {
    /// Trapped: what is left of it is pure.
    pub logic: Address,
    /// As it is, as data.
    pub original: Address,
}

/// Where the code of this hash stands. Reverts `CodeNotDeployed`.
pub fn deployed(code_hash: &B256) -> Result<Code, Vec<u8>> {
    let question = question(codeOfCall::SELECTOR, code_hash);
    let answer =
        host::static_call(&configuration::codes(), &question).or(Err(revert(NotAnswered {})))?;
    let answer = Arguments::new(&answer);
    let code = Code {
        logic: answer.address(0)?,
        original: answer.address(1)?,
    };
    if code.logic.is_zero() {
        return Err(revert(CodeNotDeployed {
            codeHash: *code_hash,
        }));
    }
    Ok(code)
}
