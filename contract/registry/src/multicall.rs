use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IRegistry::{NotInMulticall, multicallCall},
};
use smartsync_program::{Arguments, Reply, ToWord, revert, split};

use crate::{call::Call, dispatch};

/// Runs several calls of this contract's own functions in order; the first failure reverts them all.
pub fn multicall(call: &mut Call, arguments: Arguments<'_>) -> Reply {
    let calls = arguments.byte_arrays(0)?;
    let mut results = Vec::with_capacity(calls.len());
    for input in calls {
        let (selector, _) = split(input)?;
        if selector == multicallCall::SELECTOR || selector == CONSTRUCTOR_SELECTOR {
            return Err(revert(NotInMulticall { selector: selector.into() }));
        }
        results.push(dispatch::dispatch(call, input)?);
    }
    Ok(encode_byte_arrays(&results))
}

/// A `bytes[]` whose elements are whole words, as all return data of this contract is.
fn encode_byte_arrays(arrays: &[Vec<u8>]) -> Vec<u8> {
    let word = |length: usize| (length as u64).to_word();
    let mut output = Vec::with_capacity(64 + arrays.iter().fold(0, |sum, array| sum + 64 + array.len()));
    output.extend_from_slice(word(32).as_slice());
    output.extend_from_slice(word(arrays.len()).as_slice());
    let mut offset = arrays.len() * size_of::<B256>();
    for array in arrays {
        output.extend_from_slice(word(offset).as_slice());
        offset += size_of::<B256>() + array.len();
    }
    for array in arrays {
        output.extend_from_slice(word(array.len()).as_slice());
        output.extend_from_slice(array);
    }
    output
}
