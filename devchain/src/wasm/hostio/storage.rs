//! Storage, through the frame's cache, and transient storage.

use alloy_primitives::B256;
use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::host::HostError;
use super::super::imports::VM_HOOKS;
use super::super::outcome::Escape;
use super::super::pricing::{
    API, COLD_SLOAD_GAS, HOSTIO, POINTER, SSTORE_SENTRY_GAS, TRANSIENT_GAS,
};
use super::super::storage_cache::REQUIRED_ACCESS_GAS;
use super::function::{Hostio, enter};

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            VM_HOOKS,
            "storage_load_bytes32",
            |caller: Caller<'_, Frame>, key: u32, dest: u32| {
                enter(caller, |io| io.storage_load(key, dest))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "storage_cache_bytes32",
            |caller: Caller<'_, Frame>, key: u32, value: u32| {
                enter(caller, |io| io.storage_cache(key, value))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "storage_flush_cache",
            |caller: Caller<'_, Frame>, clear: u32| {
                enter(caller, |io| io.storage_flush(clear != 0))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "transient_load_bytes32",
            |caller: Caller<'_, Frame>, key: u32, dest: u32| {
                enter(caller, |io| io.transient_load(key, dest))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "transient_store_bytes32",
            |caller: Caller<'_, Frame>, key: u32, value: u32| {
                enter(caller, |io| io.transient_store(key, value))
            },
        )?;
    Ok(())
}

impl Hostio<'_> {
    fn word(&self, pointer: u32) -> Result<B256, Escape> {
        self.read_array(pointer).map(B256::new)
    }

    fn storage_load(&mut self, key: u32, dest: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER)?;
        // here, and only here, the trip to the node is charged in whole gas, rounded down
        let api_gas = API / self.frame().ink_price;
        self.require_gas(COLD_SLOAD_GAS + REQUIRED_ACCESS_GAS + api_gas)?;
        let key = self.word(key)?;
        let mut gas = self.frame().storage.read_gas();
        let value = match self.frame().storage.get(&key) {
            Some(value) => value,
            None => {
                let (value, access) = self.host().load_storage(key)?;
                gas += access + api_gas;
                self.frame().storage.loaded(key, value);
                value
            }
        };
        self.buy_gas(gas)?;
        self.write(dest, value.as_slice())?;
        self.trace(
            "storage_load_bytes32",
            &[key.as_slice()],
            &[value.as_slice()],
        );
        Ok(())
    }

    fn storage_cache(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER)?;
        self.require_gas(SSTORE_SENTRY_GAS + REQUIRED_ACCESS_GAS)?;
        let key = self.word(key)?;
        let value = self.word(value)?;
        let gas = self.frame().storage.write_gas();
        self.frame().storage.set(key, value);
        self.buy_gas(gas)?;
        self.trace(
            "storage_cache_bytes32",
            &[key.as_slice(), value.as_slice()],
            &[],
        );
        Ok(())
    }

    fn storage_flush(&mut self, clear: bool) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + API)?;
        self.require_gas(SSTORE_SENTRY_GAS)?;
        // one more than there is, so that what costs exactly all that is left can be paid
        let gas = self.gas().saturating_add(1);
        let dirty = self.frame().storage.flush(clear);
        let mut left = gas;
        for (key, value) in dirty {
            left = match self.host().store_storage(key, value, left) {
                Ok(cost) if cost <= left => left - cost,
                Ok(_) | Err(HostError::OutOfGas) => return self.out_of_ink(),
                Err(error) => return Err(error.into()),
            };
        }
        if left == 0 {
            return self.out_of_ink();
        }
        self.buy_gas(gas - left)?;
        self.trace("storage_flush_cache", &[&[u8::from(clear)]], &[]);
        Ok(())
    }

    fn transient_load(&mut self, key: u32, dest: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER + API)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.word(key)?;
        let value = self.host().transient_load(key);
        self.write(dest, value.as_slice())?;
        self.trace(
            "transient_load_bytes32",
            &[key.as_slice()],
            &[value.as_slice()],
        );
        Ok(())
    }

    fn transient_store(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO + 2 * POINTER + API)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.word(key)?;
        let value = self.word(value)?;
        self.host().transient_store(key, value)?;
        self.trace(
            "transient_store_bytes32",
            &[key.as_slice(), value.as_slice()],
            &[],
        );
        Ok(())
    }
}
