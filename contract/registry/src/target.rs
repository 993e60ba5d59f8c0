//! The target chain's own blocks.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, address};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    ArbSys::{arbBlockHashCall, arbBlockNumberCall},
    IRegistry::{TargetHeaderTooOld, UnknownTargetHeader},
};
use smartsync_program::{ToWord, header_revert, host, question, revert, uint64};
use smartsync_proof::Header;

const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");

/// The EIP-2935 contract; on an Arbitrum chain it holds L2 block hashes.
const HISTORY_STORAGE: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");

/// Number of the L2 block. A program's `block.number` is the L1 one.
pub fn block_number() -> Result<u64, Vec<u8>> {
    let answer = host::static_call(&ARB_SYS, &arbBlockNumberCall::SELECTOR)?;
    uint64(
        &answer
            .first_chunk::<32>()
            .map_or(B256::repeat_byte(0xff), |word| B256::new(*word)),
    )
}

/// State root of a header of this chain, whose hash the chain itself confirms and whose number is at least `lowest`: an
/// older one would not show the last write.
pub fn confirmed_state_root(header: &[u8], lowest: u64) -> Result<B256, Vec<u8>> {
    let header = Header::decode(header).map_err(header_revert)?;
    if header.number < lowest {
        return Err(revert(TargetHeaderTooOld {
            lastWrite: lowest,
            blockNumber: header.number,
        }));
    }
    let number = header.number.to_word();
    let question = question(arbBlockHashCall::SELECTOR, &number);
    // ArbSys reverts outside the last 256 blocks, the history contract reverts outside its 393,168.
    let confirmed = [
        (ARB_SYS, question.as_slice()),
        (HISTORY_STORAGE, number.as_slice()),
    ]
    .iter()
    .any(|(holder, input)| matches!(host::static_call(holder, input), Ok(hash) if hash == header.hash.as_slice()));
    if !confirmed {
        return Err(revert(UnknownTargetHeader {
            blockNumber: header.number,
            blockHash: header.hash,
        }));
    }
    Ok(header.state_root)
}
