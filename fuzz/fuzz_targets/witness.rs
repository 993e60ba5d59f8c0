//! Witnesses: no input panics, nothing is proven under another root, and what is proven is one canonical form.
#![no_main]

use alloy_primitives::{B256, keccak256};
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{Check, Witness, WitnessError};

fuzz_target!(|data: &[u8]| {
    let mut data = data.to_vec();
    let Some(root) = consistent(&mut data) else {
        return;
    };
    let Ok(witness) = Witness::prove(&data, &root) else {
        return;
    };
    assert!(!witness.accounts().is_empty());
    let ascending = |slots: &[(B256, B256)]| slots.is_sorted_by(|(a, _), (b, _)| a < b);
    for account in witness.accounts() {
        assert!(ascending(account.slots()));
        assert!(account.account().is_some() || account.slots().is_empty());
    }
    for (hash, code) in witness.codes() {
        assert_eq!(*hash, keccak256(code));
        let has_it = |account: &smartsync_proof::Account| account.code_hash == *hash;
        let mut accounts = witness.accounts().iter();
        assert!(accounts.any(|listed| listed.account().is_some_and(has_it)));
    }
    // One byte more, or one less, is another witness: it is refused unless a code ends there.
    let codes: usize = witness.codes().iter().map(|(_, code)| code.len() + 2).sum();
    assert!(Witness::prove(&[&data[..], &[0]].concat(), &root).is_err());
    let shorter = &data[..data.len() - 1];
    assert!(Witness::prove(shorter, &root).is_err() || codes > 0);
});

/// Gives the witness the roots and code hashes that its own bytes have, as the refusals tell them, so that what is behind them is reached.
/// Returns its state root, or nothing when it is malformed.
fn consistent(data: &mut [u8]) -> Option<B256> {
    let state_root = |data: &[u8]| match Witness::prove(data, &B256::ZERO) {
        Err(WitnessError::StateRootMismatch { computed, .. }) => Some(computed),
        Err(_) => None,
        Ok(_) => panic!("proven under the root zero"),
    };
    for _ in 0..16 {
        let root = state_root(data)?;
        match Witness::prove(data, &root) {
            Err(WitnessError::StateRootMismatch { expected, computed }) => {
                panic!("the root is {computed}, then {expected}")
            }
            Err(WitnessError::StorageRootMismatch {
                expected, computed, ..
            }) => replace(data, &expected, &computed),
            Err(WitnessError::Malformed {
                reason: Check::CodeNotReferenced,
                offset,
            }) => {
                let (before, code) = data.split_at(offset as usize);
                let hash =
                    keccak256(&code[2..2 + usize::from(u16::from_be_bytes([code[0], code[1]]))]);
                let witness = Witness::prove(before, &root).expect("codes are all that is behind");
                let mut accounts = witness.accounts().iter();
                let other = accounts.find_map(|listed| {
                    let account = listed.account()?;
                    witness
                        .code(&account.code_hash)
                        .is_none()
                        .then_some(account.code_hash)
                })?;
                replace(data, &other, &hash);
            }
            _ => return Some(root),
        }
    }
    state_root(data)
}

/// Puts a hash in another's place wherever it stands.
fn replace(data: &mut [u8], hash: &B256, by: &B256) {
    for at in 0..data.len().saturating_sub(31) {
        if data[at..at + 32] == hash[..] {
            data[at..at + 32].copy_from_slice(by.as_slice());
        }
    }
}
