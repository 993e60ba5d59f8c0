//! Message calls, creations and logs.

use alloy_primitives::{Address, B256, U256};
use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::host::{Call, CallKind, Create};
use super::super::imports::VM_HOOKS;
use super::super::outcome::{Escape, Trap};
use super::super::pricing::{API, HOSTIO, POINTER, log_gas, read};
use super::function::{Hostio, enter};

/// What a call returns to the program when it did not succeed.
const FAILED: u32 = 2;

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            VM_HOOKS,
            "call_contract",
            |caller: Caller<'_, Frame>,
             to: u32,
             data: u32,
             len: u32,
             value: u32,
             gas: u64,
             ret_len: u32| {
                let target = Target {
                    kind: CallKind::Call,
                    to,
                    value: Some(value),
                    gas,
                };
                enter(caller, |io| {
                    io.call("call_contract", target, data, len, ret_len)
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "delegate_call_contract",
            |caller: Caller<'_, Frame>, to: u32, data: u32, len: u32, gas: u64, ret_len: u32| {
                let target = Target {
                    kind: CallKind::DelegateCall,
                    to,
                    value: None,
                    gas,
                };
                enter(caller, |io| {
                    io.call("delegate_call_contract", target, data, len, ret_len)
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "static_call_contract",
            |caller: Caller<'_, Frame>, to: u32, data: u32, len: u32, gas: u64, ret_len: u32| {
                let target = Target {
                    kind: CallKind::StaticCall,
                    to,
                    value: None,
                    gas,
                };
                enter(caller, |io| {
                    io.call("static_call_contract", target, data, len, ret_len)
                })
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "create1",
            |caller: Caller<'_, Frame>,
             code: u32,
             len: u32,
             value: u32,
             contract: u32,
             ret_len: u32| {
                let creation = Creation {
                    value,
                    salt: None,
                    contract,
                    ret_len,
                };
                enter(caller, |io| io.create("create1", code, len, creation))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "create2",
            |caller: Caller<'_, Frame>,
             code: u32,
             len: u32,
             value: u32,
             salt: u32,
             contract: u32,
             ret_len: u32| {
                let creation = Creation {
                    value,
                    salt: Some(salt),
                    contract,
                    ret_len,
                };
                enter(caller, |io| io.create("create2", code, len, creation))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "emit_log",
            |caller: Caller<'_, Frame>, data: u32, len: u32, topics: u32| {
                enter(caller, |io| io.emit_log(data, len, topics))
            },
        )?;
    Ok(())
}

/// Whom a program calls and how; pointers into its memory, and the gas it asks for.
struct Target {
    kind: CallKind,
    to: u32,
    value: Option<u32>,
    gas: u64,
}

/// What a program creates with and where it wants the result; pointers into its memory.
struct Creation {
    value: u32,
    salt: Option<u32>,
    contract: u32,
    ret_len: u32,
}

impl Hostio<'_> {
    fn call(
        &mut self,
        name: &str,
        target: Target,
        data: u32,
        len: u32,
        ret_len: u32,
    ) -> Result<u32, Escape> {
        self.buy_ink(HOSTIO + 3 * POINTER + API)?;
        self.buy_ink(read(len))?;
        self.buy_ink(read(len))?;
        let gas_left = self.gas();
        let address = self.read_array(target.to).map(Address::new)?;
        let input = self.read(data, len)?;
        let value = target
            .value
            .map(|pointer| self.read_array::<32>(pointer))
            .transpose()?;
        let result = self.host().call(Call {
            kind: target.kind,
            address,
            input: &input,
            value: value.map_or(U256::ZERO, U256::from_be_bytes),
            gas_left,
            gas_requested: target.gas.min(gas_left),
        })?;
        self.buy_gas(result.gas_cost)?;
        let returned = (result.output.len() as u32).to_be_bytes();
        self.frame().return_data = result.output;
        self.write_len(ret_len)?;
        let status = if result.success { 0 } else { FAILED };
        let value = value.as_ref().map_or(&[][..], |value| value.as_slice());
        let args = [address.as_slice(), &target.gas.to_be_bytes(), value, &input];
        self.trace(name, &args, &[&returned, &[status as u8]]);
        Ok(status)
    }

    fn create(
        &mut self,
        name: &str,
        code: u32,
        len: u32,
        creation: Creation,
    ) -> Result<(), Escape> {
        let pointers = if creation.salt.is_some() { 4 } else { 3 };
        self.buy_ink(HOSTIO + pointers * POINTER + API)?;
        self.buy_ink(read(len))?;
        self.buy_ink(read(len))?;
        let init_code = self.read(code, len)?;
        let value = self.read_array::<32>(creation.value)?;
        let salt = creation
            .salt
            .map(|pointer| self.read_array::<32>(pointer))
            .transpose()?
            .map(B256::new);
        let gas_left = self.gas();
        let create = Create {
            init_code: &init_code,
            value: U256::from_be_bytes(value),
            salt,
            gas_left,
        };
        let result = self.host().create(create)?;
        self.buy_gas(result.gas_cost)?;
        let returned = (result.output.len() as u32).to_be_bytes();
        self.frame().return_data = result.output;
        self.write_len(creation.ret_len)?;
        let address = result.address.unwrap_or_default();
        self.write(creation.contract, address.as_slice())?;
        let salt = salt.as_ref().map_or(&[][..], |salt| salt.as_slice());
        self.trace(
            name,
            &[&value, salt, &init_code],
            &[address.as_slice(), &returned],
        );
        Ok(())
    }

    /// Tells the program how long the return data is.
    fn write_len(&mut self, pointer: u32) -> Result<(), Escape> {
        let len = self.frame().return_data.len() as u32;
        self.write(pointer, &len.to_le_bytes())
    }

    fn emit_log(&mut self, data: u32, len: u32, topics: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + API)?;
        if topics > 4 || len < topics * 32 {
            return Err(Trap::Topics { topics, len }.into());
        }
        self.buy_ink(read(len))?;
        self.buy_gas(log_gas(topics, len - topics * 32))?;
        let bytes = self.read(data, len)?;
        let (words, rest) = bytes.split_at(topics as usize * 32);
        let words = words.chunks_exact(32).map(B256::from_slice).collect();
        self.host().log(words, rest.to_vec())?;
        self.trace("emit_log", &[&topics.to_be_bytes(), &bytes], &[]);
        Ok(())
    }
}
