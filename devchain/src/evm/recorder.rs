//! Host functions as programs run them, in the shape of Nitro's `stylusTracer`, which `cargo stylus trace` reads.

use alloy_primitives::{Address, Bytes};
use revm::interpreter::{CallScheme, CreateScheme, FrameInput};
use serde::Serialize;

use crate::wasm::HostioTrace;

/// Host functions that run a frame, which becomes part of their own step.
const NESTS: [&str; 3] = [
    "call_contract",
    "delegate_call_contract",
    "static_call_contract",
];

/// A host function that ran, or a frame that was not called by one.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name in module `vm_hooks`, or `evm_` and that of the function which would have called the frame.
    pub name: String,
    /// What the program gave.
    pub args: Bytes,
    /// What it got.
    pub outs: Bytes,
    /// Ink before.
    pub start_ink: u64,
    /// Ink after.
    pub end_ink: u64,
    /// The account whose code the frame ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What happened in the frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Step>>,
}

/// Words that a step takes beside what it was given.
const STEP_WORDS: usize = 16;

/// Puts steps into their frames.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    open: Vec<Step>,
    outer: Vec<Vec<Step>>,
    /// Words of 32 bytes left; none once it was too much.
    left: Option<usize>,
}

impl Recorder {
    /// A recorder that keeps at most so many words of 32 bytes.
    pub fn new(words: usize) -> Self {
        Self {
            left: Some(words),
            ..Self::default()
        }
    }

    /// Takes room for a step with so many bytes; if there is none, all steps are forgotten, and none is kept any more.
    fn take(&mut self, bytes: usize) -> bool {
        self.left = self
            .left
            .and_then(|left| left.checked_sub(STEP_WORDS + bytes.div_ceil(32)));
        if self.left.is_none() {
            self.open.clear();
            self.outer.clear();
        }
        self.left.is_some()
    }

    /// A frame below the transaction's own begins.
    pub fn enter(&mut self, input: &FrameInput) {
        let (name, address) = match input {
            FrameInput::Call(inputs) => {
                let name = match inputs.scheme {
                    CallScheme::Call | CallScheme::CallCode => "evm_call_contract",
                    CallScheme::DelegateCall => "evm_delegate_call_contract",
                    CallScheme::StaticCall => "evm_static_call_contract",
                };
                (name, inputs.bytecode_address)
            }
            FrameInput::Create(inputs) => match inputs.scheme() {
                CreateScheme::Create2 { .. } => ("evm_create2", Address::ZERO),
                CreateScheme::Create | CreateScheme::Custom { .. } => {
                    ("evm_create1", Address::ZERO)
                }
            },
            FrameInput::Empty => return,
        };
        if !self.take(0) {
            return;
        }
        self.open.push(Step {
            name: name.to_owned(),
            address: Some(address),
            ..Step::default()
        });
        self.outer.push(std::mem::take(&mut self.open));
    }

    /// The frame ends.
    pub fn exit(&mut self) {
        let Some(outer) = self.outer.pop() else {
            return;
        };
        let inner = std::mem::replace(&mut self.open, outer);
        if let Some(frame) = self.open.last_mut() {
            frame.steps = Some(inner);
        }
    }

    /// A host function ran.
    pub fn hostio(&mut self, event: &HostioTrace<'_>) {
        if !self.take(event.args.len() + event.outs.len()) {
            return;
        }
        let mut step = Step {
            name: event.name.to_owned(),
            args: Bytes::copy_from_slice(event.args),
            outs: Bytes::copy_from_slice(event.outs),
            start_ink: event.start_ink,
            end_ink: event.end_ink,
            ..Step::default()
        };
        if NESTS.contains(&event.name) {
            let frame = self
                .open
                .pop_if(|last| last.name.strip_prefix("evm_") == Some(event.name));
            // A call that failed at once ran no frame; readers expect one all the same.
            let called = event.args.get(..20).map(Address::from_slice);
            step.address = frame.as_ref().map_or(called, |frame| frame.address);
            step.steps = Some(frame.and_then(|frame| frame.steps).unwrap_or_default());
        }
        self.open.push(step);
    }

    /// The steps of the transaction's own frame, and the words left; none if there were more.
    pub fn finish(mut self) -> (Vec<Step>, Option<usize>) {
        while !self.outer.is_empty() {
            self.exit();
        }
        (self.open, self.left)
    }
}
