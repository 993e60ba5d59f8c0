use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::{SolError, abi::token::WordToken};
use smartsync_abi::{
    IProgramErrors::{MalformedCalldata, UnknownSelector, WrongValue},
    IProofErrors::{
        InvalidProof, MalformedHeader, MalformedMultiProof, PostRootMismatch, PreRootMismatch,
        SlotUnchanged,
    },
};
use smartsync_proof::{HeaderError, MultiProofError, ProofError};

use crate::{
    host,
    words::{StaticTokens, append, with_capacity},
};

/// A Solidity error as revert data.
#[inline(always)]
pub fn revert<E>(error: E) -> Vec<u8>
where
    E: SolError,
    for<'a> E::Token<'a>: StaticTokens,
{
    let mut data = Vec::new();
    error
        .tokenize()
        .collect_into(&mut |tokens| data = encode_error(E::SELECTOR, tokens));
    data
}

#[inline(never)]
fn encode_error(selector: [u8; 4], tokens: &[&WordToken]) -> Vec<u8> {
    let mut data = with_capacity(tokens.len().saturating_add(1));
    data.extend_from_slice(&selector);
    append(&mut data, tokens);
    data
}

/// `MalformedCalldata()`.
#[cold]
pub fn malformed() -> Vec<u8> {
    revert(MalformedCalldata {})
}

/// `UnknownSelector(bytes4)`.
#[cold]
pub fn unknown_selector(selector: [u8; 4]) -> Vec<u8> {
    revert(UnknownSelector {
        selector: selector.into(),
    })
}

/// Reverts `WrongValue` when value came with the call: for programs that take none.
pub fn refuse_value() -> Result<(), Vec<u8>> {
    let got = host::value();
    if got.is_zero() {
        return Ok(());
    }
    Err(revert(WrongValue {
        required: U256::ZERO,
        got: got.into(),
    }))
}

/// What is wrong with an EIP-1186 proof, as revert data.
#[cold]
pub fn proof_revert(error: ProofError) -> Vec<u8> {
    revert(InvalidProof {
        reason: error.reason(),
        node: error.node(),
    })
}

/// What is wrong with a header, as revert data.
#[cold]
pub fn header_revert(error: HeaderError) -> Vec<u8> {
    revert(MalformedHeader {
        reason: error.reason(),
    })
}

/// What is wrong with a multi-proof, as revert data.
#[cold]
pub fn multi_proof_revert(error: MultiProofError) -> Vec<u8> {
    match error {
        MultiProofError::Malformed { reason, offset } => revert(MalformedMultiProof {
            reason: reason as u8,
            offset,
        }),
        MultiProofError::PreRootMismatch { expected, computed } => {
            revert(PreRootMismatch { expected, computed })
        }
        MultiProofError::PostRootMismatch { expected, computed } => {
            revert(PostRootMismatch { expected, computed })
        }
        MultiProofError::SlotUnchanged { slot } => revert(SlotUnchanged { slot: slot.into() }),
    }
}
