//! How large a trace may become: a loop that runs until its gas is gone would fill the memory of any machine.

use alloy_primitives::{Address, Log, U256};
use alloy_rpc_types_trace::geth::GethDebugTracingOptions;
use revm::{
    Inspector,
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter,
        interpreter::EthInterpreter,
    },
};

use super::error::RpcError;
use crate::evm::Ctx;

/// Words that a trace may keep, of 32 bytes each; all transactions of a block together, if a block is traced.
pub const WORDS: usize = 16 << 20;
/// Words that an opcode, a frame, a log or a host function takes beside what it was given.
pub const ENTRY: usize = 16;

/// The error for a trace that became too large.
pub fn exceeded() -> RpcError {
    RpcError::server(format!(
        "the trace is too large: more than {WORDS} words; use callTracer or prestateTracer, or leave out stack and memory"
    ))
}

/// Words that bytes take.
pub fn words(bytes: usize) -> usize {
    bytes.div_ceil(32)
}

/// An inspector that is told nothing more once it knows too much.
#[derive(Debug)]
pub struct Bounded<I> {
    /// The inspector.
    pub inner: I,
    /// Words left; none once it was too much.
    pub left: Option<usize>,
    /// Whether opcodes are kept, and what of them.
    steps: Option<Kept>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    stack: bool,
    memory: bool,
}

impl<I> Bounded<I> {
    /// Bounds an inspector of these options to so many words.
    pub fn new(inner: I, options: &GethDebugTracingOptions, left: usize) -> Self {
        let config = &options.config;
        let steps = options.tracer.is_none().then(|| Kept {
            stack: !config.disable_stack.unwrap_or(false),
            memory: config.enable_memory.unwrap_or(false)
                || config.disable_memory.is_some_and(|disabled| !disabled),
        });
        Self {
            inner,
            left: Some(left),
            steps,
        }
    }

    /// Takes room; false if there is not enough.
    fn take(&mut self, words: usize) -> bool {
        self.left = self.left.and_then(|left| left.checked_sub(words));
        self.left.is_some()
    }
}

impl<I: Inspector<Ctx>> Inspector<Ctx> for Bounded<I> {
    fn initialize_interp(&mut self, interp: &mut Interpreter<EthInterpreter>, context: &mut Ctx) {
        if self.left.is_some() {
            self.inner.initialize_interp(interp, context);
        }
    }

    fn step(&mut self, interp: &mut Interpreter<EthInterpreter>, context: &mut Ctx) {
        let taken = match self.steps {
            Some(kept) => {
                let stack = if kept.stack { interp.stack.len() } else { 0 };
                let memory = if kept.memory {
                    words(interp.memory.len())
                } else {
                    0
                };
                self.take(ENTRY + stack + memory)
            }
            None => self.left.is_some(),
        };
        if taken {
            self.inner.step(interp, context);
        }
    }

    fn step_end(&mut self, interp: &mut Interpreter<EthInterpreter>, context: &mut Ctx) {
        if self.left.is_some() {
            self.inner.step_end(interp, context);
        }
    }

    fn log(&mut self, context: &mut Ctx, log: Log) {
        if self.take(ENTRY + words(log.data.data.len())) {
            self.inner.log(context, log);
        }
    }

    fn log_full(&mut self, interp: &mut Interpreter<EthInterpreter>, context: &mut Ctx, log: Log) {
        if self.take(ENTRY + words(log.data.data.len())) {
            self.inner.log_full(interp, context, log);
        }
    }

    fn call(&mut self, context: &mut Ctx, inputs: &mut CallInputs) -> Option<CallOutcome> {
        if self.take(ENTRY + words(inputs.input.len())) {
            return self.inner.call(context, inputs);
        }
        None
    }

    fn call_end(&mut self, context: &mut Ctx, inputs: &CallInputs, outcome: &mut CallOutcome) {
        if self.take(words(outcome.result.output.len())) {
            self.inner.call_end(context, inputs, outcome);
        }
    }

    fn create(&mut self, context: &mut Ctx, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        if self.take(ENTRY + words(inputs.init_code().len())) {
            return self.inner.create(context, inputs);
        }
        None
    }

    fn create_end(
        &mut self,
        context: &mut Ctx,
        inputs: &CreateInputs,
        outcome: &mut CreateOutcome,
    ) {
        if self.take(words(outcome.result.output.len())) {
            self.inner.create_end(context, inputs, outcome);
        }
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        if self.left.is_some() {
            <I as Inspector<Ctx>>::selfdestruct(&mut self.inner, contract, target, value);
        }
    }
}
