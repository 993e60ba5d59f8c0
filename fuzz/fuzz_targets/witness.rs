//! Witnesses: no input panics, nothing is proven under another root, and what is proven is one canonical form.
#![no_main]

use alloy_primitives::B256;
use libfuzzer_sys::fuzz_target;
use smartsync_proof::{Witness, WitnessError};

fuzz_target!(|data: &[u8]| {
    // The root that the bytes fold to, as the refusal tells it: with it the rest of them is reached.
    let root = match Witness::prove(data, &B256::ZERO) {
        Err(WitnessError::StateRootMismatch { computed, .. }) => computed,
        Err(_) => return,
        Ok(_) => panic!("proven under the root zero"),
    };
    let Ok(witness) = Witness::prove(data, &root) else {
        return;
    };
    assert!(!witness.accounts().is_empty());
    for account in witness.accounts() {
        assert!(account.slots().is_sorted_by(|(a, _), (b, _)| a < b));
    }
    // One byte more, or one less, is another witness: it is refused unless a code ends there.
    let longer = [data, &[0]].concat();
    assert!(Witness::prove(&longer, &root).is_err());
    let codes: usize = witness.codes().iter().map(|(_, code)| code.len() + 2).sum();
    let shorter = data.len().saturating_sub(1);
    let shorter = data.get(..shorter).unwrap_or_default();
    assert!(Witness::prove(shorter, &root).is_err() || codes > 0);
});
