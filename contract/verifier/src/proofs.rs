//! EIP-1186 proofs.

use alloy_primitives::B256;
use smartsync_program::{Arguments, Reply, ToWord, encode, proof_revert};
use smartsync_proof::{verify_account, verify_storage};

/// `verifyAccount`.
pub fn account(arguments: Arguments<'_>) -> Reply {
    let proven = verify_account(
        &arguments.word(0)?,
        &arguments.address(1)?,
        arguments.byte_arrays(2)?,
    )
    .map_err(proof_revert)?;
    Ok(match proven {
        Some(account) => encode(&[
            1.to_word(),
            account.nonce.to_word(),
            account.balance.to_word(),
            account.storage_root,
            account.code_hash,
        ]),
        None => encode(&[B256::ZERO; 5]),
    })
}

/// `verifyStorage`.
pub fn storage(arguments: Arguments<'_>) -> Reply {
    let value = verify_storage(
        &arguments.word(0)?,
        &arguments.word(1)?,
        arguments.byte_arrays(2)?,
    )
    .map_err(proof_revert)?;
    Ok(encode(&[value]))
}
