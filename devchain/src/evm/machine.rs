//! revm, with frames that may be Stylus programs.

use alloy_primitives::Log;
use revm::{
    Inspector,
    context::{Evm, FrameStack, JournalTr},
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, FrameTr, ItemOrResult,
        evm::{ContextDbError, FrameInitResult},
        instructions::{EthInstructions, InstructionProvider},
    },
    inspector::{InspectorEvmTr, handler::frame_end, inspect_instructions},
    interpreter::{
        CallScheme, FrameInput, InterpreterAction, interpreter::EthInterpreter,
        interpreter_action::FrameInit,
    },
};

use super::{
    context::{Ctx, Span},
    delegation, deployment,
    frames::Frames,
    precompiles::ChainPrecompiles,
    program, selfdestruct,
};

type Inner<INSP> = Evm<
    Ctx,
    INSP,
    EthInstructions<EthInterpreter, Ctx>,
    ChainPrecompiles,
    EthFrame<EthInterpreter>,
>;

/// The machine that runs one transaction.
pub struct Machine<INSP> {
    pub(super) inner: Inner<INSP>,
    /// Whether the inspector is told of frames and instructions.
    pub(super) inspecting: bool,
}

impl<INSP> Machine<INSP> {
    /// A machine around a context.
    pub fn new(ctx: Ctx, inspector: INSP, inspecting: bool) -> Self {
        let spec = ctx.cfg.spec;
        let arbitrum = ctx.chain.arbitrum.is_some();
        let precompiles = ChainPrecompiles::new(spec, arbitrum);
        let mut instructions = EthInstructions::new_mainnet_with_spec(spec);
        if arbitrum {
            selfdestruct::install(&mut instructions);
        }
        let inner = Evm::new_with_inspector(ctx, inspector, instructions, precompiles);
        Self { inner, inspecting }
    }
}

impl<INSP: Inspector<Ctx>> Machine<INSP> {
    fn start_frame(&mut self, init: FrameInit) -> Result<Option<FrameResult>, ContextDbError<Ctx>> {
        let started = if self.inspecting {
            self.inspect_frame_init(init)?
        } else {
            self.frame_init(init)?
        };
        Ok(match started {
            ItemOrResult::Item(_) => None,
            ItemOrResult::Result(result) => Some(result),
        })
    }

    /// Ends the frame on top with what its code came to.
    fn end_frame(
        &mut self,
        action: InterpreterAction,
    ) -> Result<FrameInitOrResult<EthFrame>, ContextDbError<Ctx>> {
        let Inner::<INSP> {
            ctx, frame_stack, ..
        } = &mut self.inner;
        let frame = frame_stack.get();
        let action = deployment::check(ctx, frame, action);
        let next = frame.process_next_action::<_, ContextDbError<Ctx>>(ctx, action)?;
        if next.is_result() {
            frame.set_finished(true);
            ctx.chain.spans.pop();
            if frame.depth > 0
                && let Some(recorder) = &mut ctx.chain.recorder
            {
                recorder.exit();
            }
        }
        Ok(next)
    }
}

impl<INSP: Inspector<Ctx>> Frames for Machine<INSP> {
    fn context(&self) -> &Ctx {
        &self.inner.ctx
    }

    fn context_mut(&mut self) -> &mut Ctx {
        &mut self.inner.ctx
    }

    fn top(&mut self) -> &mut EthFrame<EthInterpreter> {
        self.inner.frame_stack.get()
    }

    fn run_frame(&mut self, init: FrameInit) -> Result<FrameResult, ContextDbError<Ctx>> {
        let base = self.inner.frame_stack.index();
        let result = match self.start_frame(init)? {
            Some(result) => result,
            None => loop {
                let next = if self.inspecting {
                    self.inspect_frame_run()?
                } else {
                    self.frame_run()?
                };
                let result = match next {
                    ItemOrResult::Result(result) => result,
                    ItemOrResult::Item(init) => match self.start_frame(init)? {
                        None => continue,
                        Some(result) => result,
                    },
                };
                if self.inner.frame_stack.get().is_finished() {
                    self.inner.frame_stack.pop();
                }
                if self.inner.frame_stack.index() == base {
                    break result;
                }
                self.inner
                    .frame_stack
                    .get()
                    .return_result::<_, ContextDbError<Ctx>>(&mut self.inner.ctx, result)?;
            },
        };
        self.inner
            .frame_stack
            .get()
            .interpreter
            .memory
            .free_child_context();
        std::mem::replace(&mut self.inner.ctx.error, Ok(()))?;
        Ok(result)
    }

    fn emit(&mut self, log: Log) {
        self.inner.ctx.journaled_state.log(log.clone());
        if self.inspecting {
            self.inner.inspector.log(&mut self.inner.ctx, log);
        }
    }
}

impl<INSP: Inspector<Ctx>> EvmTr for Machine<INSP> {
    type Context = Ctx;
    type Instructions = EthInstructions<EthInterpreter, Ctx>;
    type Precompiles = ChainPrecompiles;
    type Frame = EthFrame<EthInterpreter>;

    fn all(
        &self,
    ) -> (
        &Ctx,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<Self::Frame>,
    ) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Ctx,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
    ) {
        self.inner.all_mut()
    }

    fn frame_init(
        &mut self,
        mut init: <Self::Frame as FrameTr>::FrameInit,
    ) -> Result<FrameInitResult<'_, Self::Frame>, ContextDbError<Ctx>> {
        delegation::resolve(&self.inner.ctx, &mut init.frame_input);
        let nested = init.depth > 0;
        if nested && let Some(recorder) = &mut self.inner.ctx.chain.recorder {
            recorder.enter(&init.frame_input);
        }
        let started = self.inner.frame_init(init)?;
        if let ItemOrResult::Result(result) = started {
            if nested && let Some(recorder) = &mut self.inner.ctx.chain.recorder {
                recorder.exit();
            }
            return Ok(ItemOrResult::Result(result));
        }
        let Inner::<INSP> {
            ctx, frame_stack, ..
        } = &mut self.inner;
        let frame = frame_stack.get();
        let delegated = match &frame.input {
            FrameInput::Call(inputs) => matches!(
                inputs.scheme,
                CallScheme::DelegateCall | CallScheme::CallCode
            ),
            FrameInput::Create(_) | FrameInput::Empty => false,
        };
        let inputs = &frame.interpreter.input;
        ctx.chain.spans.push(Span {
            context: inputs.target_address,
            caller: inputs.caller_address,
            delegated,
        });
        Ok(ItemOrResult::Item(frame))
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Ctx>> {
        let action = match program::of_frame(self) {
            Some((code_hash, code)) => program::run(self, code_hash, &code)?,
            None => {
                let Inner::<INSP> {
                    ctx,
                    instruction,
                    frame_stack,
                    ..
                } = &mut self.inner;
                let frame = frame_stack.get();
                frame.interpreter.run_plain(
                    instruction.instruction_table(),
                    instruction.gas_table(),
                    ctx,
                )
            }
        };
        self.end_frame(action)
    }

    fn frame_return_result(
        &mut self,
        result: <Self::Frame as FrameTr>::FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<Ctx>> {
        self.inner.frame_return_result(result)
    }
}

impl<INSP: Inspector<Ctx>> InspectorEvmTr for Machine<INSP> {
    type Inspector = INSP;

    fn all_inspector(
        &self,
    ) -> (
        &Ctx,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<Self::Frame>,
        &INSP,
    ) {
        let Inner::<INSP> {
            ctx,
            inspector,
            instruction,
            precompiles,
            frame_stack,
        } = &self.inner;
        (ctx, instruction, precompiles, frame_stack, inspector)
    }

    fn all_mut_inspector(
        &mut self,
    ) -> (
        &mut Ctx,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<Self::Frame>,
        &mut INSP,
    ) {
        let Inner::<INSP> {
            ctx,
            inspector,
            instruction,
            precompiles,
            frame_stack,
        } = &mut self.inner;
        (ctx, instruction, precompiles, frame_stack, inspector)
    }

    fn inspect_frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextDbError<Ctx>> {
        let action = match program::of_frame(self) {
            Some((code_hash, code)) => program::run(self, code_hash, &code)?,
            None => {
                let Inner::<INSP> {
                    ctx,
                    inspector,
                    instruction,
                    frame_stack,
                    ..
                } = &mut self.inner;
                let frame = frame_stack.get();
                inspect_instructions(
                    ctx,
                    &mut frame.interpreter,
                    inspector,
                    instruction.instruction_table(),
                    instruction.gas_table(),
                )
            }
        };
        let mut result = self.end_frame(action)?;
        if let ItemOrResult::Result(ended) = &mut result {
            let Inner::<INSP> {
                ctx,
                inspector,
                frame_stack,
                ..
            } = &mut self.inner;
            frame_end(ctx, inspector, &frame_stack.get().input, ended);
        }
        Ok(result)
    }
}
