//! What code may be deployed: ordinary code, and on a Stylus chain also programs, although they begin with 0xEF.

use alloy_primitives::Bytes;
use revm::{
    handler::{EthFrame, FrameData},
    interpreter::{InstructionResult, InterpreterAction},
};

use super::context::Ctx;
use crate::{
    arbos::ArbOs,
    wasm::{is_fragment, is_program, is_root},
};

/// Whether code is a program or, from ArbOS 60 on, a root or a piece of one.
fn may_begin_with_ef(ctx: &Ctx, code: &[u8]) -> bool {
    let in_pieces = ctx.chain.arbos() >= ArbOs::V60;
    is_program(code) || (in_pieces && (is_root(code) || is_fragment(code)))
}

/// EIP-3541 as Arbitrum has it (revm's own check is off there): code that begins with 0xEF is refused unless it is a program.
pub fn check(ctx: &Ctx, frame: &EthFrame, action: InterpreterAction) -> InterpreterAction {
    match action {
        InterpreterAction::Return(mut result)
            if ctx.chain.arbitrum.is_some()
                && matches!(frame.data, FrameData::Create(_))
                && result.result.is_ok()
                && result.output.first() == Some(&0xef)
                && !may_begin_with_ef(ctx, &result.output) =>
        {
            result.result = InstructionResult::CreateContractStartingWithEF;
            result.output = Bytes::new();
            InterpreterAction::Return(result)
        }
        action => action,
    }
}
