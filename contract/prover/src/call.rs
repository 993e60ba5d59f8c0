use alloc::vec::Vec;

use alloy_primitives::{B256, KECCAK256_EMPTY, U256};
use smartsync_abi::{
    IProver::{MalformedWitness, StateRootMismatch, StorageRootMismatch},
    IReader::NotAnswered,
    management::{RETURNED, REVERTED},
};
use smartsync_program::{Arguments, Reply, ToWord, host, revert, source_chain::SourceState};
use smartsync_proof::{EMPTY_ROOT, Witness, WitnessError, WitnessedAccount};
use smartsync_views::message;

use crate::configuration;

/// `call`.
pub fn call(arguments: Arguments<'_>) -> Reply {
    let (from, to) = (arguments.address(1)?, arguments.address(2)?);
    let (data, bytes) = (arguments.bytes(3)?, arguments.bytes(4)?);
    let state = SourceState::at(arguments.uint64(0)?)?;
    let witness = Witness::prove(bytes, &state.state_root).map_err(witness_revert)?;
    let accounts = witness.accounts();
    let mut message = message::begin(
        &configuration::codes(),
        [state.block, state.timestamp],
        [&from, &to],
        data,
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
        Ok(answer) => match answer.split_first() {
            Some((&flag @ (REVERTED | RETURNED), data)) => Ok(encoded(flag == RETURNED, data)),
            _ => Err(revert(NotAnswered {})),
        },
        // Its activation has expired, or gas or pages did not suffice.
        Err(failure) if failure.is_empty() => Err(revert(NotAnswered {})),
        Err(failure) => Err(failure),
    }
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

/// A flag and bytes.
fn encoded(success: bool, data: &[u8]) -> Vec<u8> {
    const WORD: usize = 32;
    let head = [
        u64::from(success).to_word(),
        64u64.to_word(),
        (data.len() as u64).to_word(),
    ];
    let padding = data.len().wrapping_neg() % WORD;
    let length = data
        .len()
        .saturating_add(padding)
        .saturating_add(head.len().saturating_mul(WORD));
    let mut output = Vec::with_capacity(length);
    for word in head {
        output.extend_from_slice(word.as_slice());
    }
    output.extend_from_slice(data);
    output.resize(length, 0);
    output
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
