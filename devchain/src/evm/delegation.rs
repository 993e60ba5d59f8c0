//! Accounts that delegate to a precompiled contract (EIP-7702).

use revm::{bytecode::Bytecode, interpreter::FrameInput, primitives::KECCAK_EMPTY};

use super::{arbitrum, context::Ctx};

/// Takes an account that delegates to one of Arbitrum's precompiled contracts for an account without code, as Nitro does from
/// ArbOS 50 and as EIP-7702 says of precompiled contracts: the byte `fe` that stands there is never run.
pub fn resolve(ctx: &Ctx, input: &mut FrameInput) {
    let (true, FrameInput::Call(inputs)) = (ctx.chain.arbitrum.is_some(), input) else {
        return;
    };
    let delegate = ctx
        .journaled_state
        .inner
        .state
        .get(&inputs.bytecode_address)
        .and_then(|account| account.info.code.as_ref())
        .and_then(Bytecode::eip7702_address);
    if delegate.is_some_and(arbitrum::is_precompile) {
        inputs.known_bytecode = (KECCAK_EMPTY, Bytecode::default());
    }
}
