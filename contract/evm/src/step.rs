//! The instructions of one frame.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};

use crate::{
    Code, Environment, Host, Refusal, arithmetic, call,
    frame::{self, Frame, Outcome},
    gas,
    machine::Machine,
    memory,
    stop::{Failure, Stop},
};

/// Runs a frame until it ends, or enters one of its own. Instructions by number, as in the Yellow Paper's appendix H.2 and in the
/// EIPs since. They are told apart in two steps, by the high half of the byte and then by the low: a jump table costs by its size.
pub fn run<H: Host>(
    machine: &mut Machine<'_, H>,
    frame: &mut Frame,
) -> Result<Outcome, Failure<H::Unknown>> {
    if frame.allowance.is_none() {
        return steps::<H, false>(machine, frame);
    }
    let outcome = steps::<H, true>(machine, frame)?;
    if let Some(allowance) = &mut frame.allowance {
        allowance.pay_memory(machine.memory.size())?;
    }
    Ok(outcome)
}

/// The same, counting gas or not: what is not counted is not asked for at every instruction.
fn steps<H: Host, const COUNTS: bool>(
    machine: &mut Machine<'_, H>,
    frame: &mut Frame,
) -> Result<Outcome, Failure<H::Unknown>> {
    let code = frame.code.clone();
    let bytes = code.padded();
    let mut pc = frame.pc;
    loop {
        let Some(instruction) = bytes.get(pc).copied() else {
            // Push data may lead beyond the padding.
            return Ok(ended(true, Vec::new()));
        };
        pc = pc.wrapping_add(1);
        if COUNTS && let Some(allowance) = &mut frame.allowance {
            gas::charge(machine, allowance, instruction)?;
        }
        let stack = &mut machine.stack;
        match instruction >> 4 {
            0x6 | 0x7 => {
                let length = usize::from(instruction.wrapping_sub(0x5f));
                stack.push(push_data(bytes, pc, length))?;
                pc = pc.wrapping_add(length);
            }
            0x8 => stack.duplicate(usize::from(instruction & 15).wrapping_add(1))?,
            0x9 => stack.swap(usize::from(instruction & 15).wrapping_add(1))?,
            0x5 => match instruction & 15 {
                0x0 => {
                    stack.pop()?;
                }
                0x1 => {
                    let offset = stack.top()?;
                    let range = machine.memory.expand_by(offset, 32)?;
                    *offset = machine.memory.word(range);
                }
                0x2 => {
                    let [offset, word] = stack.pop_many()?;
                    let range = machine.memory.expand_by(&offset, 32)?;
                    machine.memory.set_word(range, &word);
                }
                0x6 => pc = jump(&code, &stack.pop()?)?,
                0x7 => {
                    let [destination, condition] = stack.pop_many()?;
                    if !condition.is_zero() {
                        pc = jump(&code, &destination)?;
                    }
                }
                0xb => {}
                0xf => stack.push(U256::ZERO)?,
                _ => storage_and_memory(machine, frame, instruction, pc)?,
            },
            0x1 => match instruction & 15 {
                0x0 => {
                    let (a, b) = stack.pop_top()?;
                    *b = U256::from(a < *b);
                }
                0x1 => {
                    let (a, b) = stack.pop_top()?;
                    *b = U256::from(a > *b);
                }
                0x4 => {
                    let (a, b) = stack.pop_top()?;
                    *b = U256::from(a == *b);
                }
                0x5 => {
                    let a = stack.top()?;
                    *a = U256::from(a.is_zero());
                }
                0x6 => {
                    let (a, b) = stack.pop_top()?;
                    *b &= a;
                }
                0x7 => {
                    let (a, b) = stack.pop_top()?;
                    *b |= a;
                }
                0x9 => {
                    let a = stack.top()?;
                    *a = !*a;
                }
                0xb => {
                    let (a, b) = stack.pop_top()?;
                    *b = arithmetic::shl(a, *b);
                }
                0xc => {
                    let (a, b) = stack.pop_top()?;
                    *b = arithmetic::shr(a, *b);
                }
                _ => bits(machine, frame, instruction)?,
            },
            0x0 => match instruction & 15 {
                0x0 => return Ok(ended(true, Vec::new())),
                0x1 => {
                    let (a, b) = stack.pop_top()?;
                    *b = a.wrapping_add(*b);
                }
                0x2 => {
                    let (a, b) = stack.pop_top()?;
                    *b = a.wrapping_mul(*b);
                }
                0x3 => {
                    let (a, b) = stack.pop_top()?;
                    *b = a.wrapping_sub(*b);
                }
                0x4 => {
                    let (a, b) = stack.pop_top()?;
                    *b = arithmetic::div(machine.host, a, *b);
                }
                _ => numbers(machine, frame, instruction)?,
            },
            0x3 => context(machine, frame, &code, instruction)?,
            0xf => {
                if let Some(outcome) = end_or_call(machine, frame, instruction)? {
                    frame.pc = pc;
                    return Ok(outcome);
                }
            }
            _ => others(machine, frame, instruction)?,
        }
    }
}

fn ended(success: bool, data: Vec<u8>) -> Outcome {
    Outcome::Ended { success, data }
}

/// The data of a `PUSH`: what lies behind the code is zero.
#[inline(always)]
fn push_data(bytes: &[u8], pc: usize, length: usize) -> U256 {
    // The first bytes of the word from `pc` on, moved down. The padding lets 32 bytes be read at every offset of the code.
    match bytes.get(pc..).and_then(|tail| tail.first_chunk::<32>()) {
        Some(word) if length <= 8 => {
            let [a, b, c, d, e, f, g, h, ..] = *word;
            let high = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            let unused = 64u32.wrapping_sub((length as u32).wrapping_mul(8));
            U256::from(high.wrapping_shr(unused))
        }
        Some(word) => {
            let unused = 32usize.wrapping_sub(length).wrapping_mul(8);
            U256::from_be_bytes(*word).wrapping_shr(unused)
        }
        None => U256::ZERO,
    }
}

#[inline(always)]
fn jump(code: &Code, destination: &U256) -> Result<usize, Stop> {
    match memory::small(destination) {
        // Behind the destination itself: it does nothing.
        Some(offset) if code.is_jump_destination(offset) => Ok(offset.wrapping_add(1)),
        _ => Err(Stop::Halt),
    }
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
    frame: &Frame,
    instruction: u8,
) -> Result<(), Stop> {
    let stack = &mut machine.stack;
    match instruction {
        0x08 | 0x09 => {
            let [a, b, modulus] = stack.pop_many()?;
            return stack.push(if instruction == 0x08 {
                machine.host.add_mod(a, b, modulus)
            } else {
                machine.host.mul_mod(a, b, modulus)
            });
        }
        0x0c.. => return Err(unsupported(instruction, &frame.address)),
        _ => {}
    }
    let (a, b) = stack.pop_top()?;
    *b = match instruction {
        0x05 => arithmetic::sdiv(machine.host, a, *b),
        0x06 => arithmetic::rem(machine.host, a, *b),
        0x07 => arithmetic::smod(machine.host, a, *b),
        0x0a => machine.host.pow(a, *b),
        _ => arithmetic::sign_extend(a, *b),
    };
    Ok(())
}

/// `12`, `13`, `18`, `1a`, `1d`, `1e`.
#[inline(never)]
fn bits<H: Host>(
    machine: &mut Machine<'_, H>,
    frame: &Frame,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    match instruction {
        0x1e => {
            let environment = machine.host.environment().map_err(Failure::Unknown)?;
            if !environment.clz {
                return Err(unsupported(instruction, &frame.address).into());
            }
            let a = machine.stack.top()?;
            *a = arithmetic::leading_zeros(a);
            return Ok(());
        }
        0x1f => return Err(unsupported(instruction, &frame.address).into()),
        _ => {}
    }
    let (a, b) = machine.stack.pop_top()?;
    *b = match instruction {
        0x12 => U256::from(arithmetic::signed_less(&a, b)),
        0x13 => U256::from(arithmetic::signed_less(b, &a)),
        0x18 => a ^ *b,
        0x1a => arithmetic::byte(a, *b),
        _ => arithmetic::sar(a, *b),
    };
    Ok(())
}

/// `53` to `55`, `58` to `5a`, `5c` to `5e`.
#[inline(never)]
fn storage_and_memory<H: Host>(
    machine: &mut Machine<'_, H>,
    frame: &Frame,
    instruction: u8,
    next: usize,
) -> Result<(), Failure<H::Unknown>> {
    let stack = &mut machine.stack;
    match instruction {
        0x53 => {
            let [offset, word] = stack.pop_many()?;
            let range = machine.memory.expand_by(&offset, 1)?;
            machine.memory.copy(range, &[word.byte(0)], 0);
        }
        0x54 => {
            let slot = stack.top()?;
            let value = machine.host.storage(&frame.address, &frame::to_bytes(slot));
            *slot = frame::from_bytes(&value.map_err(Failure::Unknown)?);
        }
        0x58 => stack.push(U256::from(next.wrapping_sub(1)))?,
        0x59 => stack.push(U256::from(machine.memory.size()))?,
        0x5a => stack.push(U256::from(H::GAS))?,
        // Nothing was ever written in this transaction (EIP-1153).
        0x5c => *stack.top()? = U256::ZERO,
        0x5e => {
            let [to, from, size] = stack.pop_many()?;
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
    frame: &Frame,
    code: &Code,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    let stack = &mut machine.stack;
    let host = &mut *machine.host;
    match instruction {
        0x30 => stack.push(frame::word(&frame.address))?,
        0x33 => stack.push(frame::word(&frame.caller))?,
        0x34 => stack.push(U256::ZERO)?,
        0x35 => {
            let offset = stack.top()?;
            *offset = data_word(&frame.input, offset);
        }
        0x36 => stack.push(U256::from(frame.input.len()))?,
        0x38 => stack.push(U256::from(code.bytes().len()))?,
        0x3d => stack.push(U256::from(frame.return_data.len()))?,
        0x37 | 0x39 | 0x3e => {
            let [to, from, size] = stack.pop_many()?;
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
            let account = stack.top()?;
            *account = host
                .balance(&frame::address(account))
                .map_err(Failure::Unknown)?;
        }
        0x3b => {
            let account = stack.top()?;
            let code = host
                .code(&frame::address(account))
                .map_err(Failure::Unknown)?;
            *account = U256::from(code.map_or(0, |code| code.bytes().len()));
        }
        0x3f => {
            let account = stack.top()?;
            let hash = host.code_hash(&frame::address(account));
            *account = frame::from_bytes(&hash.map_err(Failure::Unknown)?);
        }
        0x3c => {
            let [account, to, from, size] = stack.pop_many()?;
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
    frame: &mut Frame,
    instruction: u8,
) -> Result<Option<Outcome>, Failure<H::Unknown>> {
    match instruction {
        0xf1 | 0xf2 | 0xf4 | 0xfa => call::call(machine, frame, instruction),
        0xf3 | 0xfd => {
            let [offset, size] = machine.stack.pop_many()?;
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
    frame: &Frame,
    instruction: u8,
) -> Result<(), Failure<H::Unknown>> {
    let stack = &mut machine.stack;
    match instruction {
        0x20 => {
            let [offset, size] = stack.pop_many()?;
            let range = machine.memory.expand(&offset, &size)?;
            let hash = machine.host.keccak256(machine.memory.get(range));
            stack.push(frame::from_bytes(&hash))?;
        }
        0x42 | 0x43 | 0x46 => {
            let environment = machine.host.environment().map_err(Failure::Unknown)?;
            stack.push(U256::from(
                block(&environment, instruction)
                    .ok_or_else(|| unsupported(instruction, &frame.address))?,
            ))?;
        }
        0x47 => {
            let balance = machine.host.balance(&frame.address);
            stack.push(balance.map_err(Failure::Unknown)?)?;
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
