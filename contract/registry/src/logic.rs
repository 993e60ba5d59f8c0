use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};
use smartsync_abi::IRegistry::{InvalidCode, LogicDeployed, UnknownLogic};
use smartsync_clone::LOGIC_INIT_PREFIX;
use smartsync_program::{Arguments, Reply, ToWord, emit, encode, host, revert};

fn init_code(code: &[u8]) -> Vec<u8> {
    let mut init_code = Vec::with_capacity(LOGIC_INIT_PREFIX.len().saturating_add(code.len()));
    init_code.extend_from_slice(&LOGIC_INIT_PREFIX);
    init_code.extend_from_slice(code);
    init_code
}

fn address_of(init_code: &[u8]) -> Address {
    host::this().create2(B256::ZERO, keccak256(init_code))
}

/// Deploys code as it is; where the same code stands already, answers that.
pub fn deploy(arguments: Arguments<'_>) -> Reply {
    let code = arguments.bytes(0)?;
    if code.is_empty() {
        return Err(revert(InvalidCode {}));
    }
    let init_code = init_code(code);
    let logic = address_of(&init_code);
    if host::code_size(&logic) == 0 {
        if host::create2(&init_code, U256::ZERO, &B256::ZERO) != Some(logic) {
            return Err(revert(InvalidCode {}));
        }
        emit(&LogicDeployed {
            logic,
            codeHash: keccak256(code),
        });
    }
    Ok(encode(&[logic.to_word()]))
}

/// Where `deploy` puts code.
pub fn address(arguments: Arguments<'_>) -> Reply {
    Ok(encode(&[
        address_of(&init_code(arguments.bytes(0)?)).to_word()
    ]))
}

/// Code hash of logic that `deploy` put there; `UnknownLogic` for any other address. Nothing needs to be stored for it:
/// the address commits to the code.
pub fn deployed_code_hash(logic: &Address) -> Result<B256, Vec<u8>> {
    let init_code = host::code_behind(&LOGIC_INIT_PREFIX, logic);
    match init_code.get(LOGIC_INIT_PREFIX.len()..) {
        Some(code) if !code.is_empty() && address_of(&init_code) == *logic => Ok(keccak256(code)),
        _ => Err(revert(UnknownLogic { logic: *logic })),
    }
}
