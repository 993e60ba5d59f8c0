//! The instructions of one frame.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};

use crate::{
    Code, Environment, Host, Refusal, arithmetic, bytes, call,
    code::WINDOW,
    frame::{self, Frame, Outcome},
    gas,
    machine::Machine,
    memory,
    stack::{Items, Stack},
    stop::{Failure, Halt, Stop},
};

/// Runs a frame until it ends, or enters one of its own. Instructions by number, as in the Yellow Paper's appendix H.2 and in the
/// EIPs since. They are told apart in two steps, by the high half of the byte and then by the low: a jump table costs by its size.
pub fn run<H: Host>(
    machine: &mut Machine<'_, H>,
    stack: &mut Stack,
    frame: &mut Frame,
) -> Result<Outcome, Failure<H::Unknown>> {
    if frame.allowance.is_none() {
        return steps::<H, false>(machine, stack, frame);
    }
    let outcome = steps::<H, true>(machine, stack, frame)?;
    if let Some(allowance) = &mut frame.allowance {
        allowance.pay_memory(machine.memory.size())?;
    }
    Ok(outcome)
}

/// The same, counting gas or not: what is not counted is not asked for at every instruction.
fn steps<H: Host, const COUNTS: bool>(
    machine: &mut Machine<'_, H>,
    stack: &mut Stack,
    frame: &mut Frame,
) -> Result<Outcome, Failure<H::Unknown>> {
    let code = frame.code.clone();
    let map = code.map();
    let mut rest = code.tail(frame.pc);
    let mut items = stack.items();
    // Macros, since the stack is borrowed for the loop and made longer by it: a frame begins with room for few items.
    macro_rules! make_room {
        () => {
            let height = items.height();
            items = stack.grow(height)?;
        };
    }
    macro_rules! push {
        ($item:expr) => {
            let item = $item;
            if !items.push(item) {
                make_room!();
                items.push(item);
            }
        };
    }
    // What is out of line. It pushes one item more, at most, than it pops.
    macro_rules! call {
        ($run:expr) => {{
            if items.lack_room() {
                make_room!();
            }
            items.lend($run)
        }};
    }
    loop {
        let Some(window) = rest.first_chunk::<WINDOW>() else {
            return Ok(ended(true, Vec::new()));
        };
        let [instruction, data @ ..] = window;
        let instruction = *instruction;
        rest = rest.get(1..).unwrap_or_default();
        if COUNTS && let Some(allowance) = &mut frame.allowance {
            let memory = machine.memory.size();
            items.lend(|items| gas::charge(items, memory, allowance, instruction))?;
        }
        match instruction >> 4 {
            0x6 | 0x7 => {
                let length = usize::from(instruction & 31).wrapping_add(1);
                push!(push_data(data, length));
                rest = rest.get(length..).unwrap_or_default();
            }
            0x8 => {
                let depth = usize::from(instruction & 15).wrapping_add(1);
                if !items.duplicate(depth)? {
                    make_room!();
                    items.duplicate(depth)?;
                }
            }
            0x9 => items.swap(usize::from(instruction & 15).wrapping_add(1))?,
            0x5 => match instruction & 15 {
                0x0 => {
                    items.pop()?;
                }
                0x1 => {
                    let top = items.top()?;
                    let range = (machine.memory).expand_by(&U256::from_limbs(*top), 32)?;
                    *top = machine.memory.word(range).into_limbs();
                }
                0x2 => {
                    let [offset, word] = items.pop_many()?;
                    let range = machine.memory.expand_by(&offset, 32)?;
                    machine.memory.set_word(range, &word);
                }
                0x6 => {
                    let destination = items.pop()?;
                    rest = jump(&code, map, &destination)?;
                }
                0x7 => {
                    let [destination, condition] = items.pop_many()?;
                    if !arithmetic::is_zero(&condition) {
                        rest = jump(&code, map, &destination)?;
                    }
                }
                0xb => {}
                0xf => {
                    push!(U256::ZERO);
                }
                _ => {
                    let next = code.offset(rest);
                    call!(|items: &mut Items<'_>| {
                        storage_and_memory(machine, items, frame, instruction, next)
                    })?
                }
            },
            0x1 => match instruction & 15 {
                0x0 => items.combine(|a, b| arithmetic::truth(arithmetic::less(&a, &b)))?,
                0x1 => items.combine(|a, b| arithmetic::truth(arithmetic::less(&b, &a)))?,
                0x4 => items.combine(|a, b| arithmetic::truth(arithmetic::is_zero(&(a ^ b))))?,
                0x5 => items.replace(|a| arithmetic::truth(arithmetic::is_zero(&a)))?,
                0x6 => items.combine(|a, b| a & b)?,
                0x7 => items.combine(|a, b| a | b)?,
                0x9 => items.replace(|a| !a)?,
                0xb => items.combine(arithmetic::shl)?,
                0xc => items.combine(arithmetic::shr)?,
                _ => call!(|items: &mut Items<'_>| bits(machine, items, frame, instruction))?,
            },
            0x0 => match instruction & 15 {
                0x0 => return Ok(ended(true, Vec::new())),
                0x1 => items.combine(arithmetic::add)?,
                0x2 => items.combine(arithmetic::mul)?,
                0x3 => items.combine(arithmetic::sub)?,
                0x4 => items.combine(|a, b| arithmetic::div(machine.host, a, b))?,
                _ => call!(|items: &mut Items<'_>| numbers(machine, items, frame, instruction))?,
            },
            0x3 => {
                call!(|items: &mut Items<'_>| context(machine, items, frame, &code, instruction))?;
            }
            // No arm by its number: the table would be twice as long.
            _ if instruction >= 0xf0 => {
                let outcome = items.lend(|items| end_or_call(machine, items, frame, instruction));
                if let Some(outcome) = outcome? {
                    let height = items.height();
                    frame.pc = code.offset(rest);
                    stack.keep(height);
                    return Ok(outcome);
                }
            }
            _ => call!(|items: &mut Items<'_>| others(machine, items, frame, instruction))?,
        }
    }
}

fn ended(success: bool, data: Vec<u8>) -> Outcome {
    Outcome::Ended { success, data }
}

/// The data of a `PUSH`: the first bytes of a word of the code, moved down.
#[inline(always)]
fn push_data(word: &[u8; 32], length: usize) -> U256 {
    if length <= 8 {
        let [a, b, c, d, e, f, g, h, ..] = *word;
        let high = bytes::limb([a, b, c, d, e, f, g, h]);
        let unused = 64u32.wrapping_sub((length as u32).wrapping_mul(8));
        return U256::from(high.wrapping_shr(unused));
    }
    let unused = 32usize.wrapping_sub(length).wrapping_mul(8);
    bytes::word(word).wrapping_shr(unused)
}

/// The code behind a jump's destination, which itself does nothing.
#[inline(always)]
fn jump<'a>(code: &'a Code, map: &[u8], destination: &U256) -> Result<&'a [u8], Halt> {
    let offset = memory::small(destination).ok_or(Halt)?;
    if !smartsync_trap::is_jump_destination(map, offset) {
        return Err(Halt);
    }
    Ok(code.tail(offset.wrapping_add(1)))
}

fn unsupported(instruction: u8, account: &Address) -> Stop {
    Stop::Refuse(Refusal::Unsupported {
        instruction,
        account: *account,
    })
}

/// `05` to `0b`.
#[inline(never)]
fn numbers<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &Frame,
    instruction: u8,
) -> Result<(), Stop> {
    match instruction {
        0x08 | 0x09 => {
            let [a, b, modulus] = items.pop_many()?;
            return Ok(items.put(if instruction == 0x08 {
                machine.host.add_mod(a, b, modulus)
            } else {
                machine.host.mul_mod(a, b, modulus)
            })?);
        }
        0x0c.. => return Err(unsupported(instruction, &frame.address)),
        _ => {}
    }
    Ok(items.combine(|a, b| match instruction {
        0x05 => arithmetic::sdiv(machine.host, a, b),
        0x06 => arithmetic::rem(machine.host, a, b),
        0x07 => arithmetic::smod(machine.host, a, b),
        0x0a => machine.host.pow(a, b),
        _ => arithmetic::sign_extend(a, b),
    })?)
}

/// `12`, `13`, `18`, `1a`, `1d`, `1e`.
#[inline(never)]
fn bits<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &Frame,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    match instruction {
        0x1e => {
            let environment = machine.host.environment().map_err(Failure::Unknown)?;
            if !environment.clz {
                return Err(unsupported(instruction, &frame.address).into());
            }
            return Ok(items.replace(|a| arithmetic::leading_zeros(&a))?);
        }
        0x1f => return Err(unsupported(instruction, &frame.address).into()),
        _ => {}
    }
    Ok(items.combine(|a, b| match instruction {
        0x12 => arithmetic::truth(arithmetic::signed_less(&a, &b)),
        0x13 => arithmetic::truth(arithmetic::signed_less(&b, &a)),
        0x18 => a ^ b,
        0x1a => arithmetic::byte(a, b),
        _ => arithmetic::sar(a, b),
    })?)
}

/// `53` to `55`, `58` to `5a`, `5c` to `5e`.
#[inline(never)]
fn storage_and_memory<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &Frame,
    instruction: u8,
    next: usize,
) -> Result<(), Failure<H::Unknown>> {
    match instruction {
        0x53 => {
            let [offset, word] = items.pop_many()?;
            let range = machine.memory.expand_by(&offset, 1)?;
            machine.memory.copy(range, &[word.byte(0)], 0);
        }
        0x54 => {
            let top = items.top()?;
            let slot = frame::to_bytes(&U256::from_limbs(*top));
            let value = machine.host.storage(&frame.address, &slot);
            *top = frame::from_bytes(&value.map_err(Failure::Unknown)?).into_limbs();
        }
        0x58 => items.put(U256::from(next.wrapping_sub(1)))?,
        0x59 => items.put(U256::from(machine.memory.size()))?,
        0x5a => items.put(U256::from(H::GAS))?,
        // Nothing was ever written in this transaction (EIP-1153).
        0x5c => items.replace(|_| U256::ZERO)?,
        0x5e => {
            let [to, from, size] = items.pop_many()?;
            // The larger offset decides how far memory reaches.
            let from = machine.memory.expand(&from, &size)?;
            let to = machine.memory.expand(&to, &size)?;
            machine.memory.copy_within(to, from);
        }
        // SSTORE, TSTORE in a static context (EIP-214).
        _ => return Err(Stop::Halt.into()),
    }
    Ok(())
}

/// `30` to `3f`: the call, the code, other accounts.
#[inline(never)]
fn context<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &Frame,
    code: &Code,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    let host = &mut *machine.host;
    match instruction {
        0x30 => items.put(frame::word(&frame.address))?,
        0x33 => items.put(frame::word(&frame.caller))?,
        0x34 => items.put(U256::ZERO)?,
        0x35 => {
            items.replace(|offset| data_word(&frame.input, &offset))?;
        }
        0x36 => items.put(U256::from(frame.input.len()))?,
        0x38 => items.put(U256::from(code.bytes().len()))?,
        0x3d => items.put(U256::from(frame.return_data.len()))?,
        0x37 | 0x39 | 0x3e => {
            let [to, from, size] = items.pop_many()?;
            let data = match instruction {
                0x37 => frame.input.as_slice(),
                0x39 => code.bytes(),
                _ => {
                    // EIP-211: nothing behind the end is read.
                    let end = from.checked_add(size).ok_or(Stop::Halt)?;
                    if end > U256::from(frame.return_data.len()) {
                        return Err(Stop::Halt.into());
                    }
                    frame.return_data.as_slice()
                }
            };
            let range = machine.memory.expand(&to, &size)?;
            machine.memory.copy(range, data, memory::saturated(&from));
        }
        0x31 => {
            let top = items.top()?;
            let balance = host.balance(&frame::address(&U256::from_limbs(*top)));
            *top = balance.map_err(Failure::Unknown)?.into_limbs();
        }
        0x3b => {
            let top = items.top()?;
            let code = host.code(&frame::address(&U256::from_limbs(*top)));
            let code = code.map_err(Failure::Unknown)?;
            *top = U256::from(code.map_or(0, |code| code.bytes().len())).into_limbs();
        }
        0x3f => {
            let top = items.top()?;
            let hash = host.code_hash(&frame::address(&U256::from_limbs(*top)));
            *top = frame::from_bytes(&hash.map_err(Failure::Unknown)?).into_limbs();
        }
        0x3c => {
            let [account, to, from, size] = items.pop_many()?;
            let range = machine.memory.expand(&to, &size)?;
            let code = host
                .code(&frame::address(&account))
                .map_err(Failure::Unknown)?;
            let bytes = code.as_deref().map_or(&[][..], Code::bytes);
            machine.memory.copy(range, bytes, memory::saturated(&from));
        }
        // ORIGIN, GASPRICE.
        _ => return Err(unsupported(instruction, &frame.address).into()),
    }
    Ok(())
}

/// The word of data at an offset; what lies behind the end is zero.
fn data_word(data: &[u8], offset: &U256) -> U256 {
    let tail = data.get(memory::saturated(offset)..).unwrap_or_default();
    if let Some(word) = tail.first_chunk::<32>() {
        return frame::from_bytes(&B256::new(*word));
    }
    let mut word = B256::ZERO;
    for (byte, data) in word.iter_mut().zip(tail) {
        *byte = *data;
    }
    frame::from_bytes(&word)
}

/// `f0` to `ff`. `None`: go on.
#[inline(never)]
fn end_or_call<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &mut Frame,
    instruction: u8,
) -> Result<Option<Outcome>, Failure<H::Unknown>> {
    match instruction {
        0xf1 | 0xf2 | 0xf4 | 0xfa => call::call(machine, items, frame, instruction),
        0xf3 | 0xfd => {
            let [offset, size] = items.pop_many()?;
            let range = machine.memory.expand(&offset, &size)?;
            let data = machine.memory.get(range).to_vec();
            Ok(Some(ended(instruction == 0xf3, data)))
        }
        // CREATE, CREATE2, SELFDESTRUCT in a static context (EIP-214), and INVALID (EIP-141).
        0xf0 | 0xf5 | 0xfe | 0xff => Err(Stop::Halt.into()),
        _ => Err(unsupported(instruction, &frame.address).into()),
    }
}

/// `20`, `40` to `4a`, `a0` to `a4`, and what no fork knows.
#[inline(never)]
fn others<H: Host>(
    machine: &mut Machine<'_, H>,
    items: &mut Items<'_>,
    frame: &Frame,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    match instruction {
        0x20 => {
            let [offset, size] = items.pop_many()?;
            let range = machine.memory.expand(&offset, &size)?;
            let hash = machine.host.keccak256(machine.memory.get(range));
            items.put(frame::from_bytes(&hash))?;
        }
        0x42 | 0x43 | 0x46 => {
            let environment = machine.host.environment().map_err(Failure::Unknown)?;
            items.put(U256::from(
                block(&environment, instruction)
                    .ok_or_else(|| unsupported(instruction, &frame.address))?,
            ))?;
        }
        0x47 => {
            let balance = machine.host.balance(&frame.address);
            items.put(balance.map_err(Failure::Unknown)?)?;
        }
        // LOG in a static context (EIP-214).
        0xa0..=0xa4 => return Err(Stop::Halt.into()),
        _ => return Err(unsupported(instruction, &frame.address).into()),
    }
    Ok(())
}

/// `TIMESTAMP`, `NUMBER`, `CHAINID`.
fn block(environment: &Environment, instruction: u8) -> Option<u64> {
    match instruction {
        0x42 => Some(environment.timestamp),
        0x43 => environment.number,
        _ => Some(environment.chain_id),
    }
}
