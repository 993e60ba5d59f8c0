//! `SELFDESTRUCT` on an Arbitrum chain: programs cannot be destroyed.

use revm::{
    bytecode::opcode::SELFDESTRUCT,
    context::JournalTr,
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::host, interpreter::EthInterpreter, interpreter_types::InputsTr,
    },
};

use super::context::Ctx;
use crate::wasm::{is_program, is_root};

/// Gas of the opcode, beside what it does.
const GAS: u16 = 5_000;

/// Puts the opcode into a chain's instructions.
pub fn install(instructions: &mut EthInstructions<EthInterpreter, Ctx>) {
    instructions.insert_instruction(SELFDESTRUCT, Instruction::new(selfdestruct), GAS);
}

/// Reverts, its gas paid, in a frame that acts for a program, which contracts that a program delegates to do.
fn selfdestruct(context: InstructionContext<'_, Ctx, EthInterpreter>) -> InstructionExecResult {
    let acting = context.interpreter.input.target_address();
    let Ok(code) = context.host.journaled_state.code(acting);
    let program = is_program(&code.data) || is_root(&code.data);
    match host::selfdestruct(context) {
        // What it did is undone with the frame.
        Err(InstructionResult::SelfDestruct) if program => Err(InstructionResult::Revert),
        ended => ended,
    }
}
