use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use smartsync_abi::IReader::NotAnswered;
use smartsync_clone::{MAX_CODE, OriginalHeader};
use smartsync_evm::Code;
use smartsync_program::{host, revert};

/// Room for the second piece of an original and for what the interpreter puts behind the code.
const SPARE: usize = 64;

/// Loads code of the source as `deployCode` keeps it, and its hash. Such accounts never go away; `NotAnswered` if this is none.
pub fn load(original: &Address) -> Result<(Code, B256), Vec<u8>> {
    let failed = || revert(NotAnswered {});
    let mut piece = host::code_from(original, 0, MAX_CODE, SPARE);
    let (header, rest) = OriginalHeader::split(&piece).ok_or_else(failed)?;
    let map = piece.len().saturating_sub(rest.len());
    if !header.next.is_zero() {
        piece.extend_from_slice(&host::code_from(&header.next, 1, MAX_CODE, 0));
    }
    let code = Code::from_parts(piece, map, usize::from(header.length)).ok_or_else(failed)?;
    Ok((code, header.code_hash))
}
