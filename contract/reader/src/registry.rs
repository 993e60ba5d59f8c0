//! What the registry knows.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IReader::NotAnswered,
    IRegistry::{accountAtCall, balanceAtCall, environmentCall},
    management::UNLIMITED,
};
use smartsync_evm::Call;
use smartsync_program::{Arguments, ToWord, host, revert};

/// The answer to `environment`.
pub struct Environment {
    /// Source block of the mirror.
    pub block: u64,
    /// Its timestamp, seconds.
    pub timestamp: u64,
    /// Chain id of the source.
    pub chain_id: u64,
    /// Whether the source has `CLZ`.
    pub clz: bool,
    /// Whether `NUMBER` is the block.
    pub number_known: bool,
}

/// Asks; a failure of ours goes on as it is, one without data is none of the registry's own.
fn ask(registry: &Address, question: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    host::static_call(registry, question).map_err(|failure| {
        if failure.is_empty() {
            revert(NotAnswered {})
        } else {
            failure
        }
    })
}

/// What instructions about the block answer in a mirror.
pub fn environment(registry: &Address, proxy: &Address) -> Result<Environment, Vec<u8>> {
    let answer = ask(registry, &environmentCall { proxy: *proxy }.abi_encode())?;
    let words = Arguments::new(&answer);
    Ok(Environment {
        block: words.uint64(0)?,
        timestamp: words.uint64(1)?,
        chain_id: words.uint64(2)?,
        clz: words.boolean(3)?,
        number_known: words.boolean(4)?,
    })
}

/// What is known of an account, and where its code stands. The number is that of `IRegistry::Knowledge`.
pub fn account_at(
    registry: &Address,
    account: &Address,
    block: u64,
) -> Result<(u64, Address), Vec<u8>> {
    let question = accountAtCall {
        account: *account,
        sourceBlock: block,
    };
    let answer = ask(registry, &question.abi_encode())?;
    let words = Arguments::new(&answer);
    Ok((words.uint64(0)?, words.address(1)?))
}

/// An account's balance, in wei.
pub fn balance_at(registry: &Address, account: &Address, block: u64) -> Result<U256, Vec<u8>> {
    let question = balanceAtCall {
        account: *account,
        sourceBlock: block,
    };
    let answer = ask(registry, &question.abi_encode())?;
    Ok(Arguments::new(&answer).word(0)?.into())
}

/// What another account's mirror answers: the flag of `IRegistry::read`, and what is behind it.
pub fn read(registry: &Address, call: &Call<'_>, block: u64) -> Result<(u8, Vec<u8>), Vec<u8>> {
    use smartsync_abi::IRegistry::readCall;
    const WORD: usize = 32;
    const ARGUMENTS: usize = 6;
    let input = call.input;
    let head = [
        call.target.to_word(),
        call.from.to_word(),
        block.to_word(),
        call.gas.unwrap_or(UNLIMITED).to_word(),
        (call.depth as u64).to_word(),
        ((ARGUMENTS * WORD) as u64).to_word(),
        (input.len() as u64).to_word(),
    ];
    let mut question = Vec::with_capacity(
        input
            .len()
            .saturating_add(head.len().saturating_mul(WORD))
            .saturating_add(4),
    );
    question.extend_from_slice(&readCall::SELECTOR);
    for word in head {
        question.extend_from_slice(word.as_slice());
    }
    // The registry reads no further than the data: it needs no zeros behind it.
    question.extend_from_slice(input);
    let answer = ask(registry, &question)?;
    match Arguments::new(&answer).bytes(0)?.split_first() {
        Some((flag, data)) => Ok((*flag, data.to_vec())),
        None => Err(revert(NotAnswered {})),
    }
}
