use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, U256};

use crate::{
    code::Code,
    frame::{Frame, Outcome, Outer},
    host::{Host, Limit, Refusal},
    limits::MAX_FRAMES,
    machine::Machine,
    memory::Memory,
    stack::Stack,
    step,
    stop::{Failure, Stop},
};

/// What the code answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it returned; else it reverted, or halted without data.
    pub success: bool,
    /// With what.
    pub data: Vec<u8>,
}

/// Runs code as a STATICCALL of `address` by `caller` with `input`.
pub fn run<H: Host>(
    host: &mut H,
    code: Rc<Code>,
    address: Address,
    caller: Address,
    input: Vec<u8>,
) -> Result<Answer, H::Unknown> {
    let mut machine = Machine {
        host,
        stack: Stack::new(),
        memory: Memory::default(),
        depth: 0,
    };
    let mut frame = Frame {
        code,
        pc: 0,
        address,
        caller,
        input,
        return_data: Vec::new(),
        outer: Outer {
            stack: 0,
            memory: 0,
            output: None,
        },
    };
    let mut waiting: Vec<Frame> = Vec::new();
    loop {
        let (success, data) = match step::run(&mut machine, &mut frame) {
            Ok(Outcome::Entered(mut inner)) => {
                if waiting.len() >= MAX_FRAMES {
                    let refusal = Refusal::Limit(Limit::Frames);
                    return Err(machine.host.refuse(refusal));
                }
                inner.outer.stack = machine.stack.enter();
                inner.outer.memory = machine.memory.enter();
                waiting.push(core::mem::replace(&mut frame, inner));
                machine.depth = waiting.len();
                continue;
            }
            Ok(Outcome::Ended { success, data }) => (success, data),
            Err(Failure::Stop(Stop::Halt)) => (false, Vec::new()),
            Err(Failure::Stop(Stop::Limit(limit))) => {
                return Err(machine.host.refuse(Refusal::Limit(limit)));
            }
            Err(Failure::Stop(Stop::Refuse(refusal))) => return Err(machine.host.refuse(refusal)),
            Err(Failure::Unknown(unknown)) => return Err(unknown),
        };
        let Some(outer) = waiting.pop() else {
            return Ok(Answer { success, data });
        };
        machine.depth = waiting.len();
        let inner = core::mem::replace(&mut frame, outer).outer;
        machine.stack.leave(inner.stack);
        machine.memory.leave(inner.memory);
        if let Some(output) = inner.output {
            machine.memory.copy_prefix(output, &data);
        }
        frame.return_data = data;
        // The call took its operands from the stack, so there is room.
        if let Err(_full) = machine.stack.push(U256::from(success)) {
            let refusal = Refusal::Limit(Limit::Frames);
            return Err(machine.host.refuse(refusal));
        }
    }
}
