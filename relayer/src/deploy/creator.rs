//! The init code that deploys a program, activates it and runs its constructor in one transaction.
//!
//! A Stylus constructor is an ordinary call after the deployment. Sent as a transaction of its own, somebody else could
//! send theirs first. Here a short-lived creator contract does all of it, or nothing:
//!
//! 1. `CREATE` the program: its address is the creator's with nonce 1, known beforehand.
//! 2. Unless its code hash is activated already (`ArbWasm.codehashVersion` answers), `ArbWasm.activateProgram` with the
//!    whole value sent; the precompile gives back what the data fee leaves.
//! 3. Call the constructor, if there is one.
//! 4. Send the remaining value to the sender. The creator itself is left without code.
//!
//! A failure of any of them reverts everything with the same data.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use smartsync_abi::ArbWasm::{activateProgramCall, codehashVersionCall};
use smartsync_clone::DATA_INIT_PREFIX;

/// Gas for the question whether a code hash is active; it needs a few thousand.
const QUESTION_GAS: [u8; 3] = [0x01, 0x86, 0xa0];

/// Where the program stands that a creator at an address deploys (EIP-161: a contract's nonce starts at 1).
pub fn program_address(creator: Address) -> Address {
    creator.create(1)
}

/// Init code of the creator of a program. `code` is what stands on chain, `constructor` the calldata of its
/// constructor, empty for none.
pub fn init_code(code: &[u8], constructor: &[u8]) -> Bytes {
    // The parts behind the instructions are copied by offset, and the instructions' length does not depend on the
    // offsets (all are two bytes): assemble twice.
    let program_length = DATA_INIT_PREFIX.len() + code.len();
    let draft = instructions(0, program_length, 0, constructor.len());
    let program_at = draft.len();
    let constructor_at = program_at + program_length;
    let mut init_code = instructions(
        program_at,
        program_length,
        constructor_at,
        constructor.len(),
    );
    init_code.extend_from_slice(&DATA_INIT_PREFIX);
    init_code.extend_from_slice(code);
    init_code.extend_from_slice(constructor);
    init_code.into()
}

/// A two-byte operand. Init code has at most 49,152 bytes (EIP-3860), so every offset and length fits; what does not
/// is refused by the chain for its length.
fn word(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

#[rustfmt::skip]
fn instructions(program_at: usize, program_length: usize, constructor_at: usize, constructor_length: usize) -> Vec<u8> {
    let mut code = Vec::new();
    // Jumps to the failure at the end; the operands are filled in when its offset is known.
    let mut failures = Vec::new();
    let fail_if = |code: &mut Vec<u8>, failures: &mut Vec<usize>| {
        code.extend([0x61]);                                // PUSH2 failure
        failures.push(code.len());
        code.extend([0, 0, 0x57]);                          // JUMPI
    };

    // The program.                                                                         stack, top first
    let [high, low] = word(program_length);
    code.extend([0x61, high, low, 0x80]);                   // PUSH2 length DUP1            length length
    let [high, low] = word(program_at);
    code.extend([0x61, high, low, 0x5f, 0x39]);             // PUSH2 offset PUSH0 CODECOPY  length
    code.extend([0x5f, 0x5f, 0xf0]);                        // PUSH0 PUSH0 CREATE           program
    code.extend([0x80, 0x15]);                              // DUP1 ISZERO
    fail_if(&mut code, &mut failures);                      //                              program

    // codehashVersion(EXTCODEHASH(program))
    code.push(0x63);                                        // PUSH4 selector
    code.extend(codehashVersionCall::SELECTOR);
    code.extend([0x60, 0xe0, 0x1b, 0x5f, 0x52]);            // PUSH1 224 SHL PUSH0 MSTORE
    code.extend([0x80, 0x3f, 0x60, 0x04, 0x52]);            // DUP1 EXTCODEHASH PUSH1 4 MSTORE
    code.extend([0x5f, 0x5f, 0x60, 0x24, 0x5f]);            // no output, 36 bytes of input
    code.extend([0x60, 0x71, 0x62]);                        // PUSH1 ArbWasm PUSH3 gas
    code.extend(QUESTION_GAS);
    code.extend([0xfa, 0x61]);                              // STATICCALL PUSH2 active
    let active_operand = code.len();
    code.extend([0, 0, 0x57]);                              // JUMPI                        program

    // activateProgram(program), with all value
    code.push(0x63);                                        // PUSH4 selector
    code.extend(activateProgramCall::SELECTOR);
    code.extend([0x60, 0xe0, 0x1b, 0x5f, 0x52]);            // PUSH1 224 SHL PUSH0 MSTORE
    code.extend([0x80, 0x60, 0x04, 0x52]);                  // DUP1 PUSH1 4 MSTORE
    code.extend([0x5f, 0x5f, 0x60, 0x24, 0x5f]);            // no output, 36 bytes of input
    code.extend([0x47, 0x60, 0x71, 0x5a, 0xf1, 0x15]);      // SELFBALANCE PUSH1 ArbWasm GAS CALL ISZERO
    fail_if(&mut code, &mut failures);                      //                              program

    let active = word(code.len());
    code.push(0x5b);                                        // JUMPDEST (active)
    if constructor_length > 0 {
        code.extend([0x5f, 0x5f]);                          // no output                    0 0 program
        let [high, low] = word(constructor_length);
        code.extend([0x61, high, low, 0x80]);               // PUSH2 length DUP1
        let [high, low] = word(constructor_at);
        code.extend([0x61, high, low, 0x5f, 0x39]);         // PUSH2 offset PUSH0 CODECOPY  length 0 0 program
        code.extend([0x5f, 0x5f, 0x85, 0x5a]);              // PUSH0 PUSH0 DUP6 GAS         gas program 0 0 length 0 0 program
        code.extend([0xf1, 0x15]);                          // CALL ISZERO
        fail_if(&mut code, &mut failures);                  //                              program
    }

    // The rest of the value goes back.
    code.extend([0x5f, 0x5f, 0x5f, 0x5f]);                  // no output, no input
    code.extend([0x47, 0x33, 0x5a, 0xf1, 0x15]);            // SELFBALANCE CALLER GAS CALL ISZERO
    fail_if(&mut code, &mut failures);
    code.extend([0x5f, 0x5f, 0xf3]);                        // PUSH0 PUSH0 RETURN

    let failure = word(code.len());
    code.extend([0x5b, 0x3d, 0x5f, 0x5f, 0x3e]);            // JUMPDEST RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    code.extend([0x3d, 0x5f, 0xfd]);                        // RETURNDATASIZE PUSH0 REVERT

    for (operands, destination) in [(failures, failure), (vec![active_operand], active)] {
        for at in operands {
            for (byte, value) in code.iter_mut().skip(at).zip(destination) {
                *byte = value;
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_lead_to_jump_destinations_and_data_starts_behind_the_instructions() {
        for constructor in [&[][..], &[1, 2, 3]] {
            let code = [0xef, 0xf0, 0x00, 0x00, 7, 7, 7];
            let init = init_code(&code, constructor);
            let mut offset = 0;
            let mut pushed = 0usize;
            let instructions_length =
                init.len() - constructor.len() - code.len() - DATA_INIT_PREFIX.len();
            while offset < instructions_length {
                let opcode = init[offset];
                if opcode == 0x57 {
                    assert_eq!(init[pushed], 0x5b, "jump at {offset} to {pushed}");
                }
                let length = if (0x60..=0x7f).contains(&opcode) {
                    usize::from(opcode - 0x5f)
                } else {
                    0
                };
                if length == 2 {
                    pushed = usize::from(u16::from_be_bytes([init[offset + 1], init[offset + 2]]));
                }
                offset += 1 + length;
            }
            assert_eq!(offset, instructions_length);
            assert!(init.ends_with(&[&DATA_INIT_PREFIX[..], &code, constructor].concat()));
        }
    }
}
