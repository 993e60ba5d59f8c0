use alloc::{rc::Rc, vec::Vec};

use alloy_primitives::{Address, U256};

use crate::{
    code::Code,
    frame::{Frame, Outcome, Outer},
    gas::Allowance,
    host::{Host, Limit, Refusal},
    limits::{MAX_DEPTH, MAX_FRAMES},
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

/// How code is called.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Whose code and storage it is.
    pub address: Address,
    /// Who calls.
    pub caller: Address,
    /// Calldata.
    pub input: Vec<u8>,
    /// The gas that it is given, where that is little.
    pub gas: Option<u64>,
    /// Frames of other runs that wait for this one.
    pub depth: usize,
}

/// Runs code as a STATICCALL.
pub fn run<H: Host>(host: &mut H, code: Rc<Code>, entry: Entry) -> Result<Answer, H::Unknown> {
    run_counting(host, code, entry).map(|(answer, _)| answer)
}

/// The same, and the most gas that it took, where that is little.
pub fn run_counting<H: Host>(
    host: &mut H,
    code: Rc<Code>,
    entry: Entry,
) -> Result<(Answer, Option<u64>), H::Unknown> {
    let Entry {
        address,
        caller,
        input,
        gas,
        depth,
    } = entry;
    let mut machine = Machine {
        host,
        memory: Memory::default(),
        depth,
    };
    let mut stack = Stack::new();
    let mut frame = Frame {
        code,
        pc: 0,
        address,
        caller,
        input,
        return_data: Vec::new(),
        allowance: gas.map(|gas| Allowance::new(address, gas)),
        outer: Outer {
            stack: 0,
            memory: 0,
            output: None,
        },
    };
    let mut waiting: Vec<Frame> = Vec::new();
    loop {
        let outcome = step::run(&mut machine, &mut stack, &mut frame);
        let (success, data, halted) = match outcome {
            Ok(Outcome::Entered(mut inner)) => {
                if waiting.len() >= MAX_FRAMES || machine.depth >= MAX_DEPTH {
                    let refusal = Refusal::Limit(Limit::Frames);
                    return Err(machine.host.refuse(refusal));
                }
                inner.outer.stack = stack.enter();
                inner.outer.memory = machine.memory.enter();
                waiting.push(core::mem::replace(&mut frame, inner));
                machine.depth = depth.saturating_add(waiting.len());
                continue;
            }
            Ok(Outcome::Ended { success, data }) => (success, data, false),
            Err(Failure::Stop(Stop::Halt)) => (false, Vec::new(), true),
            Err(Failure::Stop(Stop::Limit(limit))) => {
                return Err(machine.host.refuse(Refusal::Limit(limit)));
            }
            Err(Failure::Stop(Stop::Refuse(refusal))) => return Err(machine.host.refuse(refusal)),
            Err(Failure::Unknown(unknown)) => return Err(unknown),
        };
        let Some(outer) = waiting.pop() else {
            let used = frame.allowance.map(|allowance| allowance.used(halted));
            return Ok((Answer { success, data }, used));
        };
        machine.depth = depth.saturating_add(waiting.len());
        let inner = core::mem::replace(&mut frame, outer);
        if let (Some(allowance), Some(inner)) = (&mut frame.allowance, inner.allowance)
            && let Err(refusal) = allowance.pay(inner.used(halted))
        {
            return Err(machine.host.refuse(refusal));
        }
        let inner = inner.outer;
        stack.leave(inner.stack);
        machine.memory.leave(inner.memory);
        if let Some(output) = inner.output {
            machine.memory.copy_prefix(output, &data);
        }
        frame.return_data = data;
        // The call took its operands from the stack, so there is room.
        if let Err(_full) = stack.push(U256::from(success)) {
            let refusal = Refusal::Limit(Limit::Frames);
            return Err(machine.host.refuse(refusal));
        }
    }
}
