//! The frames of a transaction, as a program in one of them needs them: a program waits on the native stack while what it calls
//! runs.

use alloy_primitives::Log;
use revm::{
    handler::{EthFrame, FrameResult, evm::ContextDbError},
    interpreter::{interpreter::EthInterpreter, interpreter_action::FrameInit},
};

use super::context::Ctx;

/// What runs frames.
pub trait Frames {
    /// What they run in.
    fn context(&self) -> &Ctx;

    /// What they run in, to change it.
    fn context_mut(&mut self) -> &mut Ctx;

    /// The frame on top.
    fn top(&mut self) -> &mut EthFrame<EthInterpreter>;

    /// Runs a frame and everything it calls while the frame above it on the native stack, a program, waits.
    ///
    /// # Errors
    /// What is not the frame's fault.
    fn run_frame(&mut self, init: FrameInit) -> Result<FrameResult, ContextDbError<Ctx>>;

    /// Emits a log.
    fn emit(&mut self, log: Log);
}
