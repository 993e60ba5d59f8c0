//! Other accounts: balance and code.

use alloy_primitives::{Address, Bytes};
use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::imports::VM_HOOKS;
use super::super::outcome::Escape;
use super::super::pricing::{API, CODE_GAS, COLD_ACCOUNT_GAS, HOSTIO, POINTER, write};
use super::data::part;
use super::function::{Hostio, enter};

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            VM_HOOKS,
            "account_balance",
            |caller: Caller<'_, Frame>, address: u32, dest: u32| {
                enter(caller, |io| io.account_balance(address, dest))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "account_codehash",
            |caller: Caller<'_, Frame>, address: u32, dest: u32| {
                enter(caller, |io| io.account_codehash(address, dest))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "account_code",
            |caller: Caller<'_, Frame>, address: u32, offset: u32, size: u32, dest: u32| {
                enter(caller, |io| io.account_code(address, offset, size, dest))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "account_code_size",
            |caller: Caller<'_, Frame>, address: u32| {
                enter(caller, |io| io.account_code_size(address))
            },
        )?;
    Ok(())
}

impl Hostio<'_> {
    fn address(&self, pointer: u32) -> Result<Address, Escape> {
        self.read_array(pointer).map(Address::new)
    }

    fn account_balance(&mut self, address: u32, dest: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER + API)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.address(address)?;
        let (balance, gas) = self.host().balance(address)?;
        self.buy_gas(gas)?;
        let balance = balance.to_be_bytes::<32>();
        self.write(dest, &balance)?;
        self.trace("account_balance", &[address.as_slice()], &[&balance]);
        Ok(())
    }

    fn account_codehash(&mut self, address: u32, dest: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER + API)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.address(address)?;
        let (hash, gas) = self.host().code_hash(address)?;
        self.buy_gas(gas)?;
        self.write(dest, hash.as_slice())?;
        self.trace(
            "account_codehash",
            &[address.as_slice()],
            &[hash.as_slice()],
        );
        Ok(())
    }

    fn account_code(
        &mut self,
        address: u32,
        offset: u32,
        size: u32,
        dest: u32,
    ) -> Result<u32, Escape> {
        let (address, code) = self.load_code(address)?;
        self.buy_ink(write(code.len() as u32))?;
        let copied = part(&code, offset, size);
        self.write(dest, copied)?;
        let args = [
            address.as_slice(),
            &offset.to_be_bytes(),
            &size.to_be_bytes(),
        ];
        self.trace("account_code", &args, &[copied]);
        Ok(copied.len() as u32)
    }

    fn account_code_size(&mut self, address: u32) -> Result<u32, Escape> {
        let (address, code) = self.load_code(address)?;
        let len = code.len() as u32;
        self.trace(
            "account_code_size",
            &[address.as_slice()],
            &[&len.to_be_bytes()],
        );
        Ok(len)
    }

    /// An account's code. The last one that was not empty is remembered, and reading it again touches no account.
    fn load_code(&mut self, address: u32) -> Result<(Address, Bytes), Escape> {
        self.buy_ink(HOSTIO + API)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.address(address)?;
        if let Some((last, code)) = &self.frame().last_code
            && *last == address
        {
            return Ok((address, code.clone()));
        }
        let (code, touch) = self.host().code(address)?;
        self.buy_gas(touch + CODE_GAS)?;
        if !code.is_empty() {
            self.frame().last_code = Some((address, code.clone()));
        }
        Ok((address, code))
    }
}
