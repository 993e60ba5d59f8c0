use alloy_sol_types::SolCall;
use smartsync_abi::{IProxy::ValueRejected, IRegistry::requireReadableCall};
use smartsync_clone::Configuration;
use smartsync_program::{Reply, host, revert};

/// Answers a read of a mirror whose balance is not zero: it is locked, or value came with the call, or somebody forced wei in. Then
/// the reader answers it, as it answers whatever the clone cannot.
pub fn answer(configuration: &Configuration, input: &[u8]) -> Reply {
    if !host::value().is_zero() {
        return Err(revert(ValueRejected {}));
    }
    // The registry's revert data is the answer.
    let proxy = host::this();
    host::static_call(
        &configuration.registry,
        &requireReadableCall { proxy }.abi_encode(),
    )?;
    host::delegate_call(&configuration.reader, input)
}
