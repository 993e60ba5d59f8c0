//! The same state seen by revm and by the interpreter.
use std::{collections::BTreeMap, rc::Rc};

use alloy_primitives::{Address, B256, U256, hex, keccak256};
use revm::{
    Context, InspectEvm, Inspector, MainBuilder, MainContext,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    interpreter::{
        CallInputs, CallOutcome, InstructionResult, Interpreter,
        interpreter_types::{Jumps, LegacyBytecode, MemoryTr},
    },
    precompile::Precompiles,
    primitives::{TxKind, hardfork::SpecId},
    state::{AccountInfo, Bytecode},
};
use smartsync_evm::{Answer, Call, Code, Entry, Environment, Host, Refusal, Resolved, run};

pub const SENDER: Address = Address::repeat_byte(0xee);
/// Gas of a run in revm: a frame that halts leaves a 64th.
pub const GAS_LIMIT: u64 = 1 << 34;
/// Most instructions of a random program in revm.
pub const MAX_STEPS: usize = 2_000;
/// Most gas that counts as little.
pub const LITTLE: u64 = 100_000;
pub const FORWARDER: Address = Address::repeat_byte(0xfa);
/// CALLDATACOPY of all behind the first word, STATICCALL of the address in that, the flag and what it answered.
pub const FORWARD: [u8; 32] =
    hex!("6020360360205f375f5f602036035f5f355afa5f533d5f60013e3d6001015ff3");

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

/// What one of the precompiled contracts 1 to 9 answers, as revm has it. `None` when it fails, or may not know such input on every fork.
pub fn precompiled(account: &Address, input: &[u8]) -> Option<Resolved> {
    let number = account.0.0[19];
    let gas = smartsync_evm::precompile_gas(number, input)?;
    let precompile = Precompiles::osaka().get(account)?;
    let output = precompile.execute(input, u64::MAX, 0).ok()?;
    if !output.status.is_success() {
        return None;
    }
    assert!(output.gas_used <= gas, "{account}: {gas}");
    Some(Resolved::Answer {
        success: true,
        data: output.bytes.to_vec(),
        gas: Some(gas),
    })
}

/// What a call comes to of an account with this code, or none.
pub fn resolved(code: Option<Rc<Code>>) -> Resolved {
    match code {
        Some(code) => Resolved::Run(code),
        None => Resolved::Answer {
            success: true,
            data: Vec::new(),
            gas: Some(0),
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

/// The account that is asked.
pub const SOURCE: Address = Address::repeat_byte(0xa0);

/// A state in which it alone has code.
pub fn of(code: Vec<u8>) -> State {
    let account = Account {
        code,
        ..Default::default()
    };
    State::from([(SOURCE, account)])
}

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
            return precompiled(call.target, call.input).ok_or(Unknown::Precompile);
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

/// A state with nothing in it, whose calls are answered by a function.
pub struct Answering<F>(pub F);

impl<F: FnMut(&Call<'_>) -> Resolved> Host for Answering<F> {
    type Unknown = Unknown;
    fn storage(&mut self, _account: &Address, _slot: &B256) -> Result<B256, Unknown> {
        Ok(B256::ZERO)
    }
    fn balance(&mut self, _account: &Address) -> Result<U256, Unknown> {
        Ok(U256::ZERO)
    }
    fn code(&mut self, _account: &Address) -> Result<Option<Rc<Code>>, Unknown> {
        Ok(None)
    }
    fn code_hash(&mut self, _account: &Address) -> Result<B256, Unknown> {
        Ok(B256::ZERO)
    }
    fn environment(&mut self) -> Result<Environment, Unknown> {
        Ok(ENVIRONMENT)
    }
    fn call(&mut self, call: &Call<'_>) -> Result<Resolved, Unknown> {
        Ok((self.0)(call))
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
    /// Instructions that a run has left.
    steps: usize,
    /// Gas or steps ended in a frame that was given all that there was.
    pub out_of_gas: bool,
    /// Of each frame, whether it or one around it is given little gas.
    frames: Vec<bool>,
    next: bool,
    /// Whether any frame was given little gas.
    pub limited: bool,
    /// The least gas that a frame had that was given all.
    pub least: u64,
    pub deepest: usize,
    /// The largest memory of a frame, in bytes.
    pub memory: usize,
}

impl Seen {
    fn new(steps: usize) -> Self {
        Self {
            opcodes: [false; 256],
            gas: false,
            steps,
            out_of_gas: false,
            frames: Vec::new(),
            next: false,
            limited: false,
            least: u64::MAX,
            deepest: 0,
            memory: 0,
        }
    }

    /// Whether this says nothing of what gas without limit comes to.
    pub fn lacked_gas(&self) -> bool {
        self.out_of_gas || self.least < 2 * LITTLE
    }
}

impl<C> Inspector<C> for Seen {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        if self.frames.len() < 2 {
            return;
        }
        if self.frames.last() == Some(&false) {
            self.least = self.least.min(interpreter.gas.remaining());
        }
        let Some(left) = self.steps.checked_sub(1) else {
            self.out_of_gas = true;
            interpreter.halt_oog();
            return;
        };
        self.steps = left;
        let opcode = interpreter.bytecode.opcode();
        if matches!(opcode, 0xf1 | 0xf2 | 0xf4 | 0xfa) {
            let gas = interpreter.stack.peek(0).unwrap_or(U256::MAX);
            self.next = gas <= U256::from(LITTLE);
        }
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
    fn step_end(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        self.memory = self.memory.max(interpreter.memory.size());
    }
    fn call(&mut self, _: &mut C, _: &mut CallInputs) -> Option<CallOutcome> {
        let limited = self.next || self.frames.last() == Some(&true);
        self.next = false;
        self.limited |= limited;
        self.frames.push(limited);
        self.deepest = self.deepest.max(self.frames.len());
        None
    }
    fn call_end(&mut self, _: &mut C, _: &CallInputs, outcome: &mut CallOutcome) {
        let limited = self.frames.pop() == Some(true);
        self.out_of_gas |= !limited
            && matches!(
                outcome.result.result,
                InstructionResult::OutOfGas
                    | InstructionResult::MemoryOOG
                    | InstructionResult::MemoryLimitOOG
                    | InstructionResult::PrecompileOOG
                    | InstructionResult::ReentrancySentryOOG
            );
    }
}

/// What a STATICCALL of the source answers by revm.
pub fn home(state: &State, source: Address, input: &[u8]) -> (Answer, Seen) {
    let mut answers = homes(state, &[(source, input)], MAX_STEPS);
    answers.pop().expect("one answer")
}

/// The same for several sources, with an input each, and the instructions that each may take.
pub fn homes(state: &State, questions: &[(Address, &[u8])], steps: usize) -> Vec<(Answer, Seen)> {
    let mut database = CacheDB::new(EmptyDB::default());
    let mut insert = |address: Address, code: &[u8], balance: U256| {
        let code = Bytecode::new_raw(code.to_vec().into());
        database.insert_account_info(
            address,
            AccountInfo::new(balance, 0, code.hash_slow(), code),
        );
    };
    for (address, account) in state {
        insert(*address, &account.code, account.balance);
    }
    insert(FORWARDER, &FORWARD, U256::ZERO);
    for (address, account) in state {
        for (slot, value) in &account.storage {
            database
                .insert_account_storage(*address, *slot, *value)
                .expect("stored");
        }
    }
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
        .build_mainnet_with_inspector(Seen::new(steps));
    let ask = |(source, input): &(Address, &[u8])| {
        let tx = TxEnv {
            caller: SENDER,
            kind: TxKind::Call(FORWARDER),
            data: [source.into_word().as_slice(), input].concat().into(),
            gas_limit: GAS_LIMIT,
            gas_price: 0,
            chain_id: Some(1),
            ..Default::default()
        };
        let result = evm.inspect_tx(tx).expect("it runs").result;
        let mut seen = core::mem::replace(&mut evm.inspector, Seen::new(steps));
        let output = result.output().cloned().unwrap_or_default();
        seen.out_of_gas |= output.is_empty();
        let answer = Answer {
            success: output.first() == Some(&1),
            data: output.get(1..).unwrap_or_default().to_vec(),
        };
        (answer, seen)
    };
    questions.iter().map(ask).collect()
}

/// A STATICCALL by the forwarder.
pub fn entry(source: Address, input: &[u8]) -> Entry {
    Entry {
        address: source,
        caller: FORWARDER,
        input: input.to_vec(),
        ..Entry::default()
    }
}

/// What the interpreter answers.
pub fn ours(world: &mut World, source: Address, input: &[u8]) -> Result<Answer, Unknown> {
    let code = Rc::new(Code::new(&world.0[&source].code));
    run(world, code, entry(source, input))
}
