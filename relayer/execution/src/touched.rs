use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use revm::{
    Inspector,
    bytecode::opcode,
    context_interface::ContextTr,
    interpreter::{
        CallInputs, CallOutcome, Interpreter,
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, Jumps},
    },
};

/// What a run needs to know of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Slots that are read.
    pub slots: BTreeSet<U256>,
    /// Whether its code is run as itself.
    pub called: bool,
    /// Whether others run its code on their storage.
    pub delegated_to: bool,
    /// Whether its balance is read.
    pub balance: bool,
    /// Whether its code is looked at: size, hash or bytes.
    pub inspected: bool,
}

/// All accounts that a run needs to know something of.
pub type TouchedAccounts = BTreeMap<Address, Touched>;

/// Notes what is touched, and makes the outermost call a static one.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    pub accounts: TouchedAccounts,
}

impl Observer {
    fn note(&mut self, account: Address) -> &mut Touched {
        self.accounts.entry(account).or_default()
    }
}

impl<CTX: ContextTr> Inspector<CTX, EthInterpreter> for Observer {
    fn step(&mut self, interpreter: &mut Interpreter<EthInterpreter>, _context: &mut CTX) {
        let this = interpreter.input.target_address();
        let top = || interpreter.stack.peek(0).ok();
        let account = || top().map(|word| Address::from_word(word.into()));
        match interpreter.bytecode.opcode() {
            opcode::SLOAD => {
                if let Some(slot) = top() {
                    self.note(this).slots.insert(slot);
                }
            }
            opcode::BALANCE => {
                if let Some(account) = account() {
                    self.note(account).balance = true;
                }
            }
            opcode::SELFBALANCE => self.note(this).balance = true,
            opcode::EXTCODESIZE | opcode::EXTCODECOPY | opcode::EXTCODEHASH => {
                if let Some(account) = account() {
                    self.note(account).inspected = true;
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, _context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        // The outermost call is a transaction's; whatever it calls inherits this.
        inputs.is_static = true;
        if inputs.bytecode_address == inputs.target_address {
            self.note(inputs.target_address).called = true;
        } else {
            self.note(inputs.bytecode_address).delegated_to = true;
        }
        None
    }
}
