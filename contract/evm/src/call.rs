//! Instructions that call.

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::{
    Host,
    frame::{self, Frame, Outcome, Outer},
    gas::Allowance,
    host::{Call, CallKind, Refusal, Resolved},
    machine::Machine,
    stack::Items,
    stop::{Failure, Stop},
};

const CALL: u8 = 0xf1;
const CALLCODE: u8 = 0xf2;
const DELEGATECALL: u8 = 0xf4;

/// Runs `CALL`, `CALLCODE`, `DELEGATECALL` or `STATICCALL`. `None`: it is answered, go on.
#[inline(never)]
pub fn call<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &mut Frame,
    instruction: u8,
) -> Result<Option<Outcome>, Failure<H::Unknown>> {
    let [gas, target] = items.pop_many()?;
    let value = if matches!(instruction, CALL | CALLCODE) {
        items.pop()?
    } else {
        U256::ZERO
    };
    let [input_at, input_size, output_at, output_size] = items.pop_many()?;
    if !value.is_zero() {
        if instruction == CALL {
            // EIP-214.
            return Err(Stop::Halt.into());
        }
        return Err(Stop::Refuse(Refusal::Unsupported {
            instruction,
            account: frame.address,
        })
        .into());
    }
    let input = machine.memory.expand(&input_at, &input_size)?;
    let output = machine.memory.expand(&output_at, &output_size)?;
    let account = frame::address(&target);
    let limit = limit::<H>(frame, machine.memory.size(), &gas)?;
    let kind = if matches!(instruction, CALLCODE | DELEGATECALL) {
        CallKind::Delegate
    } else {
        CallKind::Call
    };
    let input = machine.memory.get(input);
    let question = Call {
        kind,
        from: &frame.address,
        target: &account,
        input,
        gas: limit,
        depth: machine.depth.saturating_add(1),
    };
    match machine.host.call(&question).map_err(Failure::Unknown)? {
        Resolved::Answer { success, data, gas } => {
            if let Some(limit) = limit {
                let taken = gas.filter(|gas| *gas <= limit);
                let taken = taken.ok_or(Refusal::GasLimited {
                    account,
                    gas: U256::from(limit),
                })?;
                if let Some(allowance) = &mut frame.allowance {
                    allowance.pay(taken)?;
                }
            }
            machine.memory.copy_prefix(output, &data);
            frame.return_data = data;
            items.put(U256::from(success))?;
            Ok(None)
        }
        Resolved::Run(code) => {
            let (address, caller) = match (kind, instruction) {
                (CallKind::Call, _) => (account, frame.address),
                (CallKind::Delegate, DELEGATECALL) => (frame.address, frame.caller),
                (CallKind::Delegate, _) => (frame.address, frame.address),
            };
            Ok(Some(Outcome::Entered(Frame {
                code,
                pc: 0,
                address,
                caller,
                input: input.to_vec(),
                return_data: Vec::new(),
                allowance: limit.map(|limit| Allowance::new(account, limit)),
                outer: Outer {
                    stack: 0,
                    memory: 0,
                    output: Some(output),
                },
            })))
        }
    }
}

/// Whether a call is given as much gas as it takes: what comes of `GAS`, from a 64th less on (EIP-150), or more than there can be. What
/// lies between is a limit that the code sets itself, however high.
fn is_unlimited<H: Host>(gas: &U256) -> bool {
    let answered = U256::from(const { H::GAS.saturating_sub(H::GAS / 64) })..=U256::from(H::GAS);
    answered.contains(gas) || *gas >= U256::from(u64::MAX)
}

/// The gas that a call is given, where that is limited.
fn limit<H: Host>(frame: &mut Frame, memory: usize, gas: &U256) -> Result<Option<u64>, Stop> {
    match &mut frame.allowance {
        None if is_unlimited::<H>(gas) => Ok(None),
        None => Ok(Some(gas.saturating_to())),
        Some(allowance) => {
            allowance.pay_memory(memory)?;
            Ok(Some(allowance.for_calls().min(gas.saturating_to())))
        }
    }
}
