use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProxy::{LogicMissing, ValueRejected},
    IRegistry::requireReadableCall,
};
use smartsync_clone::Configuration;
use smartsync_program::{Reply, host, revert};

/// Answers a read. The logic runs only in a frame whose caller is the mirror itself: all of those are static, since the
/// mirror calls itself only from here, statically, and from logic that runs so. No failed probe is trusted.
pub fn answer(
    configuration: &Configuration,
    this: &Address,
    sender: &Address,
    input: &[u8],
) -> Reply {
    if host::value() != U256::ZERO {
        return Err(revert(ValueRejected {}));
    }
    if sender == this {
        return delegate(&configuration.logic, input);
    }
    if host::balance(this) != U256::ZERO {
        // Locked, or somebody forced wei in: the registry knows. Its revert data is the answer.
        host::static_call(
            &configuration.registry,
            &requireReadableCall { proxy: *this }.abi_encode(),
        )?;
    }
    host::static_call(this, input)
}

fn delegate(logic: &Address, input: &[u8]) -> Reply {
    let output: Vec<u8> = host::delegate_call(logic, input)?;
    // Delegating to an account without code succeeds without data.
    if output.is_empty() && host::code_size(logic) == 0 {
        return Err(revert(LogicMissing { logic: *logic }));
    }
    Ok(output)
}
