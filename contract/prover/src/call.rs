use alloc::vec::Vec;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use smartsync_abi::{
    IProver::{MalformedWitness, StateRootMismatch, StorageRootMismatch},
    IReader::NotAnswered,
    management::{RETURNED, REVERTED},
};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, host, malformed, revert, source_chain::SourceState,
};
use smartsync_proof::{EMPTY_ROOT, Witness, WitnessError, WitnessedAccount};
use smartsync_views::message::{self, take_answer};

use crate::configuration;

/// `call`.
pub fn call(arguments: Arguments<'_>) -> Reply {
    let call = (arguments.address(2)?, arguments.bytes(3)?);
    let (_, answers) = run(&arguments, &[call], arguments.bytes(4)?)?;
    let mut output = Vec::new();
    append_encoded(&mut output, &mut answers.as_slice())?;
    Ok(output)
}

/// `calls`.
pub fn calls(arguments: Arguments<'_>) -> Reply {
    let calls = arguments.tuples(2)?;
    // The message to the runner counts them in two bytes. Heads that point to one tuple can be more.
    if calls.len() > usize::from(u16::MAX) {
        return Err(malformed());
    }
    let count = calls.len() as u64;
    let calls = calls
        .iter()
        .map(|call| Ok((call.address(0)?, call.bytes(1)?)))
        .collect::<Result<Vec<_>, Vec<u8>>>()?;
    let (timestamp, answers) = run(&arguments, &calls, arguments.bytes(3)?)?;
    let mut output = encode(&[timestamp.to_word(), 64.to_word(), count.to_word()]);
    let (mut heads, mut tails) = (Vec::new(), Vec::new());
    let mut rest = answers.as_slice();
    for _ in &calls {
        let at = count.saturating_mul(32).saturating_add(tails.len() as u64);
        heads.extend_from_slice(at.to_word().as_slice());
        append_encoded(&mut tails, &mut rest)?;
    }
    output.extend_from_slice(&heads);
    output.extend_from_slice(&tails);
    Ok(output)
}

/// Runs calls, as the address at position 1, on what a witness proves of the source block at position 0. Returns the block's timestamp and
/// the answers, one for each call.
fn run(
    arguments: &Arguments<'_>,
    calls: &[(Address, &[u8])],
    bytes: &[u8],
) -> Result<(u64, Vec<u8>), Vec<u8>> {
    let from = arguments.address(1)?;
    let state = SourceState::at(arguments.uint64(0)?)?;
    let witness = Witness::prove(bytes, &state.state_root).map_err(witness_revert)?;
    let accounts = witness.accounts();
    let mut message = message::begin(
        &configuration::codes(),
        [state.block, state.timestamp],
        &from,
        calls,
        accounts.len(),
        // An account takes 87 bytes, and has 23 in the witness at least; a slot takes 64, and has 3.
        bytes.len().saturating_mul(2),
    );
    for account in accounts {
        append(&mut message, account);
    }
    for (hash, code) in witness.codes() {
        message::append_code(&mut message, hash, code);
    }
    match host::delegate_call(&configuration::runner(), &message) {
        Ok(answers) => Ok((state.timestamp, answers)),
        // Its activation has expired, or gas or pages did not suffice.
        Err(failure) if failure.is_empty() => Err(not_answered()),
        Err(failure) => Err(failure),
    }
}

#[cold]
fn not_answered() -> Vec<u8> {
    revert(NotAnswered {})
}

fn append(message: &mut Vec<u8>, listed: &WitnessedAccount) {
    let (balance, code_hash, has_no_storage) = match listed.account() {
        None => (U256::ZERO, B256::ZERO, true),
        Some(account) => {
            // EIP-161.
            let is_empty = account.nonce == 0
                && account.balance.is_zero()
                && account.code_hash == KECCAK256_EMPTY;
            let code_hash = if is_empty {
                B256::ZERO
            } else {
                account.code_hash
            };
            let has_no_storage = account.storage_root == EMPTY_ROOT;
            (account.balance, code_hash, has_no_storage)
        }
    };
    message::append_account(
        message,
        listed.address(),
        balance,
        &code_hash,
        has_no_storage,
        listed.slots(),
    );
}

/// Takes the next of the runner's answers and appends it, encoded as a flag and bytes.
fn append_encoded(output: &mut Vec<u8>, answers: &mut &[u8]) -> Result<(), Vec<u8>> {
    const WORD: usize = 32;
    let (success, data) = match take_answer(answers) {
        Some((RETURNED, data)) => (1, data),
        Some((REVERTED, data)) => (0, data),
        _ => return Err(not_answered()),
    };
    for word in [success, 64, data.len() as u64] {
        output.extend_from_slice(word.to_word().as_slice());
    }
    output.extend_from_slice(data);
    let padding = data.len().wrapping_neg() % WORD;
    output.resize(output.len().saturating_add(padding), 0);
    Ok(())
}

/// What is wrong with a witness, as revert data.
#[cold]
fn witness_revert(error: WitnessError) -> Vec<u8> {
    match error {
        WitnessError::Malformed { reason, offset } => revert(MalformedWitness {
            reason: reason as u8,
            offset,
        }),
        WitnessError::StateRootMismatch { expected, computed } => {
            revert(StateRootMismatch { expected, computed })
        }
        WitnessError::StorageRootMismatch {
            account,
            expected,
            computed,
        } => revert(StorageRootMismatch {
            account,
            expected,
            computed,
        }),
    }
}
