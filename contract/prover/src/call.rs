use alloc::vec::Vec;

use smartsync_abi::IProver::{MalformedWitness, StateRootMismatch, StorageRootMismatch};
use smartsync_evm::{Answer, Call, CallKind, Host, Resolved};
use smartsync_program::{
    Arguments, Reply, ToWord, revert,
    source_chain::{SourceChain, SourceState},
};
use smartsync_proof::{Witness, WitnessError};

use crate::world::World;

/// `call`.
pub fn call(arguments: Arguments<'_>) -> Reply {
    let (from, to) = (arguments.address(1)?, arguments.address(2)?);
    let (data, witness) = (arguments.bytes(3)?, arguments.bytes(4)?);
    let state = SourceState::at(arguments.uint64(0)?)?;
    let witness = Witness::prove(witness, &state.state_root).map_err(witness_revert)?;
    let mut world = World::new(&witness, &state, SourceChain::load());
    let question = Call {
        kind: CallKind::Call,
        from: &from,
        target: &to,
        input: data,
    };
    let answer = match world.call(&question)? {
        Resolved::Answer { success, data } => Answer { success, data },
        Resolved::Run(code) => smartsync_evm::run(&mut world, code, to, from, data.to_vec())?,
    };
    Ok(encoded(&answer))
}

/// A flag and bytes.
fn encoded(answer: &Answer) -> Vec<u8> {
    const WORD: usize = 32;
    let padded = answer.data.len().next_multiple_of(WORD);
    let head = [
        u64::from(answer.success).to_word(),
        64u64.to_word(),
        (answer.data.len() as u64).to_word(),
    ];
    let length = padded.saturating_add(head.len().saturating_mul(WORD));
    let mut output = Vec::with_capacity(length);
    for word in head {
        output.extend_from_slice(word.as_slice());
    }
    output.extend_from_slice(&answer.data);
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
