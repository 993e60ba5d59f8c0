//! The EVM as a Stylus program sees it.

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use revm::{
    DatabaseRef,
    bytecode::Bytecode,
    context::JournalTr,
    context_interface::{context::ContextError, journaled_state::AccountInfoLoad},
    handler::{FrameResult, evm::ContextDbError},
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput,
        InstructionResult, interpreter_action::FrameInit,
    },
};

use super::{context::Ctx, frames::Frames};
use crate::wasm::{
    Call, CallKind, CallResult, Create, CreateResult, Env, Host, HostError, HostioTrace, Pages,
};

/// EIP-2929: touching an account or slot that is warm.
const WARM: u64 = 100;
/// EIP-2929: touching an account for the first time in a transaction.
const COLD_ACCOUNT: u64 = 2_600;
/// EIP-2929: reading a slot for the first time in a transaction.
const COLD_SLOT: u64 = 2_100;
/// Sending value.
const VALUE: u64 = 9_000;
/// Sending value to an account that does not exist.
const NEW_ACCOUNT: u64 = 25_000;
/// What a callee that is sent value gets on top.
const STIPEND: u64 = 2_300;
/// Creating a contract.
const CREATE: u64 = 32_000;
/// CREATE2 hashes the init code: for each word.
const HASH_WORD: u64 = 6;

/// The EVM as the program in the frame on top sees it.
pub(super) struct ProgramHost<'a, F> {
    pub(super) frames: &'a mut F,
    pub(super) env: Env,
    pub(super) is_static: bool,
    pub(super) depth: usize,
    /// Gas to be refunded so far.
    pub(super) refund: i64,
}

impl<F: Frames> ProgramHost<'_, F> {
    fn ctx(&mut self) -> &mut Ctx {
        self.frames.context_mut()
    }

    /// Notes a slot of the program's, if accesses are listed.
    fn note_slot(&mut self, key: B256) {
        let context = self.env.contract_address;
        if let Some(accesses) = &mut self.ctx().chain.accesses {
            accesses.slot(context, key);
        }
    }

    /// Notes an account, if accesses are listed.
    fn note_account(&mut self, address: Address) {
        if let Some(accesses) = &mut self.ctx().chain.accesses {
            accesses.account(address);
        }
    }

    /// The account's code, delegation resolved (EIP-7702), and what touching it costs. Unlike the opcodes, a call from a
    /// program neither pays for the account that is delegated to nor warms it, as Nitro has it.
    fn load_callee(&mut self, address: Address) -> Result<Callee, HostError> {
        self.note_account(address);
        let journal = &mut self.ctx().journaled_state;
        let account = load(journal, address)?;
        let mut callee = Callee {
            gas: touch(account.is_cold),
            is_empty: account.is_empty,
            hash: account.code_hash(),
            code: account.code.clone().unwrap_or_default(),
        };
        if let Some(delegate) = callee.code.eip7702_address() {
            let info = match journal.inner.state.get(&delegate) {
                Some(account) => Some(account.info.clone()),
                None => match journal.database.basic_ref(delegate) {
                    Ok(info) => info,
                    Err(never) => match never {},
                },
            };
            let info = info.unwrap_or_default();
            callee.hash = info.code_hash;
            callee.code = info.code.unwrap_or_default();
        }
        Ok(callee)
    }

    /// Runs a frame below this one.
    fn nested(&mut self, frame_input: FrameInput) -> Result<FrameResult, HostError> {
        let memory = self.frames.top().interpreter.memory.new_child_context();
        let init = FrameInit {
            depth: self.depth + 1,
            memory,
            frame_input,
        };
        let result = self
            .frames
            .run_frame(init)
            .map_err(|error| HostError::Fatal(reason(error)))?;
        if result.instruction_result().is_ok() {
            self.refund += result.gas().refunded();
        }
        Ok(result)
    }
}

struct Callee {
    gas: u64,
    is_empty: bool,
    hash: B256,
    code: Bytecode,
}

fn touch(cold: bool) -> u64 {
    if cold { COLD_ACCOUNT } else { WARM }
}

fn load(
    journal: &mut revm::Journal<crate::state::Reader>,
    address: Address,
) -> Result<AccountInfoLoad<'_>, HostError> {
    journal
        .load_account_info_skip_cold_load(address, true, false)
        .map_err(|error| HostError::Fatal(format!("{error:?}")))
}

fn reason(error: ContextDbError<Ctx>) -> String {
    match error {
        ContextError::Db(never) => match never {},
        ContextError::Custom(reason) => reason,
    }
}

/// What a call may take: 63/64 of the gas that is left, rounded down (EIP-150 rounds up).
fn all_but_a_64th(gas: u64) -> u64 {
    (u128::from(gas) * 63 / 64) as u64
}

fn slot(key: B256) -> U256 {
    U256::from_be_bytes(key.0)
}

/// Gas that a finished frame gives back.
fn returned(result: &FrameResult) -> u64 {
    if result.instruction_result().is_ok_or_revert() {
        result.gas().remaining()
    } else {
        0
    }
}

impl<F: Frames> Host for ProgramHost<'_, F> {
    fn load_storage(&mut self, key: B256) -> Result<(B256, u64), HostError> {
        self.note_slot(key);
        let context = self.env.contract_address;
        let Ok(loaded) = self.ctx().journaled_state.sload(context, slot(key));
        Ok((
            loaded.data.into(),
            if loaded.is_cold { COLD_SLOT } else { WARM },
        ))
    }

    fn store_storage(&mut self, key: B256, value: B256, gas_left: u64) -> Result<u64, HostError> {
        if self.is_static {
            return Err(HostError::StaticWrite);
        }
        self.note_slot(key);
        let context = self.env.contract_address;
        let ctx = self.ctx();
        let checkpoint = ctx.journaled_state.checkpoint();
        let Ok(stored) = ctx.journaled_state.sstore(context, slot(key), slot(value));
        let params = &ctx.cfg.gas_params;
        let cost = params.sstore_static_gas()
            + params.sstore_dynamic_gas(true, &stored.data, stored.is_cold);
        let refund = params.sstore_refund(true, &stored.data);
        if cost > gas_left {
            ctx.journaled_state.checkpoint_revert(checkpoint);
            return Err(HostError::OutOfGas);
        }
        ctx.journaled_state.checkpoint_commit();
        self.refund += refund;
        Ok(cost)
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        let context = self.env.contract_address;
        self.ctx().journaled_state.tload(context, slot(key)).into()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> Result<(), HostError> {
        if self.is_static {
            return Err(HostError::StaticWrite);
        }
        let context = self.env.contract_address;
        self.ctx()
            .journaled_state
            .tstore(context, slot(key), slot(value));
        Ok(())
    }

    fn call(&mut self, call: Call<'_>) -> Result<CallResult, HostError> {
        let sends_value = !call.value.is_zero();
        if self.is_static && sends_value {
            return Ok(CallResult::default());
        }
        let callee = self.load_callee(call.address)?;
        let mut base = callee.gas;
        if sends_value {
            base += VALUE + if callee.is_empty { NEW_ACCOUNT } else { 0 };
        }
        let Some(left) = call.gas_left.checked_sub(base) else {
            return Ok(CallResult {
                gas_cost: call.gas_left,
                ..CallResult::default()
            });
        };
        let mut gas = call.gas_requested.min(all_but_a_64th(left));
        if sends_value {
            gas += STIPEND;
        }
        let env = &self.env;
        let (target_address, caller, value, scheme, is_static) = match call.kind {
            CallKind::Call => (
                call.address,
                env.contract_address,
                CallValue::Transfer(call.value),
                CallScheme::Call,
                self.is_static,
            ),
            CallKind::DelegateCall => (
                env.contract_address,
                env.msg_sender,
                CallValue::Apparent(env.msg_value),
                CallScheme::DelegateCall,
                self.is_static,
            ),
            CallKind::StaticCall => (
                call.address,
                env.contract_address,
                CallValue::Transfer(U256::ZERO),
                CallScheme::StaticCall,
                true,
            ),
        };
        let inputs = CallInputs {
            input: CallInput::Bytes(Bytes::copy_from_slice(call.input)),
            return_memory_offset: 0..0,
            gas_limit: gas,
            reservoir: 0,
            bytecode_address: call.address,
            known_bytecode: (callee.hash, callee.code),
            target_address,
            caller,
            value,
            scheme,
            is_static,
            charged_new_account_state_gas: false,
        };
        let result = self.nested(FrameInput::Call(Box::new(inputs)))?;
        Ok(CallResult {
            success: result.instruction_result().is_ok(),
            gas_cost: base.saturating_add(gas.saturating_sub(returned(&result))),
            output: result.into_interpreter_result().output,
        })
    }

    fn create(&mut self, create: Create<'_>) -> Result<CreateResult, HostError> {
        if self.is_static {
            return Err(HostError::StaticWrite);
        }
        let words = (create.init_code.len() as u64).div_ceil(32);
        let (base, scheme) = match create.salt {
            None => (CREATE, CreateScheme::Create),
            Some(salt) => (
                CREATE + HASH_WORD * words,
                CreateScheme::Create2 { salt: slot(salt) },
            ),
        };
        let left = create
            .gas_left
            .checked_sub(base)
            .ok_or(HostError::OutOfGas)?;
        let gas = left - left / 64;
        let inputs = CreateInputs::new(
            self.env.contract_address,
            scheme,
            create.value,
            Bytes::copy_from_slice(create.init_code),
            gas,
            0,
        );
        let result = self.nested(FrameInput::Create(Box::new(inputs)))?;
        let gas_cost = base + gas - returned(&result);
        let ended = result.instruction_result();
        let address = match &result {
            FrameResult::Create(outcome) if ended.is_ok() => outcome.address,
            _ => None,
        };
        let output = if ended == InstructionResult::Revert {
            result.into_interpreter_result().output
        } else {
            Bytes::new()
        };
        Ok(CreateResult {
            address,
            output,
            gas_cost,
        })
    }

    fn log(&mut self, topics: Vec<B256>, data: Vec<u8>) -> Result<(), HostError> {
        if self.is_static {
            return Err(HostError::StaticWrite);
        }
        let address = self.env.contract_address;
        let log = Log {
            address,
            data: LogData::new_unchecked(topics, data.into()),
        };
        self.frames.emit(log);
        Ok(())
    }

    fn balance(&mut self, address: Address) -> Result<(U256, u64), HostError> {
        self.note_account(address);
        let account = load(&mut self.ctx().journaled_state, address)?;
        Ok((account.balance, touch(account.is_cold)))
    }

    fn code(&mut self, address: Address) -> Result<(Bytes, u64), HostError> {
        self.note_account(address);
        let account = load(&mut self.ctx().journaled_state, address)?;
        let code = account
            .code
            .as_ref()
            .map(Bytecode::original_bytes)
            .unwrap_or_default();
        Ok((code, touch(account.is_cold)))
    }

    fn code_hash(&mut self, address: Address) -> Result<(B256, u64), HostError> {
        self.note_account(address);
        let account = load(&mut self.ctx().journaled_state, address)?;
        let hash = if account.is_empty {
            B256::ZERO
        } else {
            account.code_hash()
        };
        Ok((hash, touch(account.is_cold)))
    }

    fn env(&self) -> &Env {
        &self.env
    }

    fn pages(&mut self) -> &mut Pages {
        &mut self.ctx().chain.pages
    }

    fn tracing(&self) -> bool {
        self.frames.context().chain.recorder.is_some()
    }

    fn trace(&mut self, event: HostioTrace<'_>) {
        if let Some(recorder) = &mut self.ctx().chain.recorder {
            recorder.hostio(&event);
        }
    }
}
