//! The block, the transaction, the frame, and what is left of its gas.

use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::host::Env;
use super::super::imports::VM_HOOKS;
use super::super::outcome::Escape;
use super::super::pricing::{HOSTIO, POINTER};
use super::function::{Hostio, enter};

/// A function's name, and how its answer is found.
type Answer<T> = (&'static str, fn(&Env) -> T);

/// Functions that write a word or an address where the program wants it.
const WRITTEN: [Answer<Vec<u8>>; 7] = [
    ("block_basefee", |env| env.base_fee.to_be_bytes_vec()),
    ("block_coinbase", |env| env.coinbase.to_vec()),
    ("contract_address", |env| env.contract_address.to_vec()),
    ("msg_sender", |env| env.msg_sender.to_vec()),
    ("msg_value", |env| env.msg_value.to_be_bytes_vec()),
    ("tx_gas_price", |env| env.gas_price.to_be_bytes_vec()),
    ("tx_origin", |env| env.tx_origin.to_vec()),
];

/// Functions that return a number.
const RETURNED: [Answer<u64>; 4] = [
    ("block_gas_limit", |env| env.gas_limit),
    ("block_number", |env| env.l1_block_number),
    ("block_timestamp", |env| env.timestamp),
    ("chainid", |env| env.chain_id),
];

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    for (name, value) in WRITTEN {
        linker.func_wrap(
            VM_HOOKS,
            name,
            move |caller: Caller<'_, Frame>, dest: u32| {
                enter(caller, |io| io.write_env(name, value, dest))
            },
        )?;
    }
    for (name, value) in RETURNED {
        linker.func_wrap(VM_HOOKS, name, move |caller: Caller<'_, Frame>| {
            enter(caller, |io| io.number(name, |io| value(io.host().env())))
        })?;
    }
    linker
        .func_wrap(VM_HOOKS, "evm_gas_left", |caller: Caller<'_, Frame>| {
            enter(caller, |io| io.number("evm_gas_left", Hostio::gas))
        })?
        .func_wrap(VM_HOOKS, "evm_ink_left", |caller: Caller<'_, Frame>| {
            enter(caller, |io| io.number("evm_ink_left", Hostio::ink))
        })?
        .func_wrap(VM_HOOKS, "msg_reentrant", |caller: Caller<'_, Frame>| {
            enter(caller, |io| {
                io.flag("msg_reentrant", |io| u32::from(io.host().env().reentrant))
            })
        })?
        .func_wrap(VM_HOOKS, "tx_ink_price", |caller: Caller<'_, Frame>| {
            enter(caller, |io| {
                io.flag("tx_ink_price", |io| io.frame().ink_price as u32)
            })
        })?;
    Ok(())
}

impl Hostio<'_> {
    fn write_env(
        &mut self,
        name: &str,
        value: fn(&Env) -> Vec<u8>,
        dest: u32,
    ) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + POINTER)?;
        let value = value(self.host().env());
        self.write(dest, &value)?;
        self.trace(name, &[], &[&value]);
        Ok(())
    }

    fn number(&mut self, name: &str, value: impl FnOnce(&mut Self) -> u64) -> Result<u64, Escape> {
        self.buy_ink(HOSTIO)?;
        let value = value(self);
        self.trace(name, &[], &[&value.to_be_bytes()]);
        Ok(value)
    }

    fn flag(&mut self, name: &str, value: impl FnOnce(&mut Self) -> u32) -> Result<u32, Escape> {
        self.buy_ink(HOSTIO)?;
        let value = value(self);
        self.trace(name, &[], &[&value.to_be_bytes()]);
        Ok(value)
    }
}
