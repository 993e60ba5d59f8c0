use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use smartsync_abi::{
    CONSTRUCTOR_SELECTOR,
    IRegistry::{NotInMulticall, multicallCall, readCall},
};
use smartsync_program::{Arguments, Reply, ToWord, encode, revert, split};

use crate::call::Call;

/// Runs several calls of this contract's own functions in order; the first failure reverts them all.
pub fn multicall(
    call: &mut Call,
    arguments: Arguments<'_>,
    dispatch: impl Fn(&mut Call, &[u8]) -> Reply,
) -> Reply {
    let calls = arguments.byte_arrays(0)?;
    let mut results = Vec::with_capacity(calls.len());
    for input in calls {
        let (selector, _) = split(input)?;
        if [
            multicallCall::SELECTOR,
            readCall::SELECTOR,
            CONSTRUCTOR_SELECTOR,
        ]
        .contains(&selector)
        {
            return Err(revert(NotInMulticall {
                selector: selector.into(),
            }));
        }
        results.push(dispatch(call, input)?);
    }
    Ok(encode_byte_arrays(&results))
}

/// A `bytes[]` whose elements are whole words, as all return data of this contract is.
fn encode_byte_arrays(arrays: &[Vec<u8>]) -> Vec<u8> {
    let word = |length: usize| (length as u64).to_word();
    let mut words = Vec::new();
    words.extend([word(size_of::<B256>()), word(arrays.len())]);
    let mut offset = arrays.len().saturating_mul(size_of::<B256>());
    for array in arrays {
        words.push(word(offset));
        offset = offset
            .saturating_add(size_of::<B256>())
            .saturating_add(array.len());
    }
    for array in arrays {
        words.push(word(array.len()));
        words.extend(array.as_chunks().0.iter().map(|chunk| B256::new(*chunk)));
    }
    encode(&words)
}
