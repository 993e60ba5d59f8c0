//! The same state seen by revm and by the interpreter.
use std::{collections::BTreeMap, rc::Rc};

use alloy_primitives::{Address, B256, U256, keccak256};
use revm::{
    Context, InspectEvm, Inspector, MainBuilder, MainContext,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    interpreter::{
        CallInputs, CallOutcome, InstructionResult, Interpreter,
        interpreter_types::{Jumps, LegacyBytecode},
    },
    primitives::{TxKind, hardfork::SpecId},
    state::{AccountInfo, Bytecode},
};
use smartsync_evm::{Answer, Call, Code, Environment, Host, Refusal, Resolved, run};

pub const SENDER: Address = Address::repeat_byte(0xee);
pub const FORWARDER: Address = Address::repeat_byte(0xfa);
/// CALLDATACOPY, STATICCALL of the source (at 7), the flag and what it answered.
const FORWARD: &str = "365f5f375f5f365f73{}5afa5f533d5f60013e3d6001015ff3";

/// The block of all states.
pub const ENVIRONMENT: Environment = Environment {
    chain_id: 1,
    number: Some(77),
    timestamp: 99,
    clz: true,
};

/// Whether revm may have a precompiled contract there.
pub fn is_precompile(account: &Address) -> bool {
    let number = U256::from_be_bytes(account.into_word().0);
    !number.is_zero() && number <= U256::from(0x100)
}

/// What a call comes to of an account with this code, or none.
pub fn resolved(code: Option<Rc<Code>>) -> Resolved {
    match code {
        Some(code) => Resolved::Run(code),
        None => Resolved::Answer {
            success: true,
            data: Vec::new(),
        },
    }
}

#[derive(Clone, Default)]
pub struct Account {
    pub code: Vec<u8>,
    pub balance: U256,
    pub storage: BTreeMap<U256, U256>,
}

pub type State = BTreeMap<Address, Account>;

#[derive(Debug)]
pub enum Unknown {
    Refused(Refusal),
    Precompile,
}

pub struct World(pub State);

impl Host for World {
    type Unknown = Unknown;
    fn storage(&mut self, account: &Address, slot: &B256) -> Result<B256, Unknown> {
        let value = self
            .0
            .get(account)
            .and_then(|it| it.storage.get(&U256::from_be_bytes(slot.0)));
        Ok(value.copied().unwrap_or_default().into())
    }
    fn balance(&mut self, account: &Address) -> Result<U256, Unknown> {
        Ok(self.0.get(account).map(|it| it.balance).unwrap_or_default())
    }
    fn code(&mut self, account: &Address) -> Result<Option<Rc<Code>>, Unknown> {
        let code = self.0.get(account).filter(|it| !it.code.is_empty());
        Ok(code.map(|it| Rc::new(Code::new(&it.code))))
    }
    fn code_hash(&mut self, account: &Address) -> Result<B256, Unknown> {
        Ok(match self.0.get(account) {
            Some(it) if !it.code.is_empty() || !it.balance.is_zero() => keccak256(&it.code),
            _ => B256::ZERO,
        })
    }
    fn environment(&mut self) -> Result<Environment, Unknown> {
        Ok(ENVIRONMENT)
    }
    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Unknown> {
        if is_precompile(call.target) {
            return Err(Unknown::Precompile);
        }
        Ok(resolved(self.code(call.target)?))
    }
    fn keccak256(&mut self, data: &[u8]) -> B256 {
        keccak256(data)
    }
    fn refuse(&mut self, refusal: Refusal) -> Unknown {
        Unknown::Refused(refusal)
    }
}

/// What revm did.
pub struct Seen {
    pub opcodes: [bool; 256],
    /// `GAS` that is not the operand of the call behind it.
    pub gas: bool,
    pub out_of_gas: bool,
    pub depth: usize,
    pub deepest: usize,
    pub steps: usize,
}

impl<C> Inspector<C> for Seen {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        if self.depth < 2 {
            return;
        }
        let opcode = interpreter.bytecode.opcode();
        self.steps += 1;
        self.opcodes[usize::from(opcode)] = true;
        if opcode == 0x5a {
            let next = interpreter.bytecode.pc() + 1;
            let next = interpreter
                .bytecode
                .bytecode_slice()
                .get(next)
                .copied()
                .unwrap_or_default();
            self.gas |= !matches!(next, 0xf1 | 0xf2 | 0xf4 | 0xfa);
        }
    }
    fn call(&mut self, _: &mut C, _: &mut CallInputs) -> Option<CallOutcome> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        None
    }
    fn call_end(&mut self, _: &mut C, _: &CallInputs, outcome: &mut CallOutcome) {
        self.depth -= 1;
        self.out_of_gas |= matches!(
            outcome.result.result,
            InstructionResult::OutOfGas
                | InstructionResult::MemoryOOG
                | InstructionResult::MemoryLimitOOG
                | InstructionResult::PrecompileOOG
                | InstructionResult::InvalidOperandOOG
                | InstructionResult::ReentrancySentryOOG
        );
    }
}

/// What a STATICCALL of the source answers by revm, with this gas.
pub fn home(state: &State, source: Address, input: &[u8], gas: u64) -> (Answer, Seen) {
    let mut database = CacheDB::new(EmptyDB::default());
    for (address, account) in state {
        let code = Bytecode::new_raw(account.code.clone().into());
        database.insert_account_info(
            *address,
            AccountInfo::new(account.balance, 0, code.hash_slow(), code),
        );
        for (slot, value) in &account.storage {
            database
                .insert_account_storage(*address, *slot, *value)
                .expect("stored");
        }
    }
    let seen = Seen {
        opcodes: [false; 256],
        gas: false,
        out_of_gas: false,
        depth: 0,
        deepest: 0,
        steps: 0,
    };
    let mut evm = Context::mainnet()
        .with_db(database)
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        })
        .modify_block_chained(|block| {
            block.number = U256::from(77);
            block.timestamp = U256::from(99);
            block.gas_limit = u64::MAX;
        })
        .build_mainnet_with_inspector(seen);
    let tx = TxEnv {
        caller: SENDER,
        kind: TxKind::Call(FORWARDER),
        data: input.to_vec().into(),
        gas_limit: gas,
        gas_price: 0,
        chain_id: Some(1),
        ..Default::default()
    };
    let _ = source;
    let result = evm.inspect_one_tx(tx).expect("it runs");
    let output = result.output().cloned().unwrap_or_default();
    let answer = match output.split_first() {
        Some((flag, data)) => Answer {
            success: *flag == 1,
            data: data.to_vec(),
        },
        None => {
            evm.inspector.out_of_gas = true;
            Answer {
                success: false,
                data: Vec::new(),
            }
        }
    };
    (answer, evm.inspector)
}

/// The state with the forwarder to this source.
pub fn with_forwarder(mut state: State, source: Address) -> State {
    let text = FORWARD.replace("{}", &alloy_primitives::hex::encode(source));
    let code = alloy_primitives::hex::decode(text).expect("hexadecimal");
    state.insert(
        FORWARDER,
        Account {
            code,
            ..Default::default()
        },
    );
    state
}

/// What the interpreter answers.
pub fn ours(state: &State, source: Address, input: &[u8]) -> Result<Answer, Unknown> {
    let code = Rc::new(Code::new(&state[&source].code));
    run(
        &mut World(state.clone()),
        code,
        source,
        FORWARDER,
        input.to_vec(),
    )
}
