//! A host function while it runs: its ink, its program's memory, and the EVM around it.

use wasmi::{Caller, Error, Global, Val};

use super::super::frame::{Frame, Handles};
use super::super::host::{Host, HostioTrace};
use super::super::outcome::{Escape, Trap};

/// One host function while it runs.
pub(super) struct Hostio<'a> {
    pub(super) caller: Caller<'a, Frame>,
    pub(super) handles: Handles,
    start_ink: u64,
}

/// Runs a host function.
pub(super) fn enter<T>(
    mut caller: Caller<'_, Frame>,
    function: impl FnOnce(&mut Hostio<'_>) -> Result<T, Escape>,
) -> Result<T, Error> {
    let Some(handles) = caller.data().handles else {
        return Err(Error::host(Escape::Fatal(
            "a host function was called before the program was set up".into(),
        )));
    };
    let start_ink = match handles.ink.get(&mut caller) {
        Val::I64(ink) => ink as u64,
        _ => 0,
    };
    function(&mut Hostio {
        caller,
        handles,
        start_ink,
    })
    .map_err(Error::host)
}

impl Hostio<'_> {
    /// Ink left.
    pub(super) fn ink(&mut self) -> u64 {
        match self.handles.ink.get(&mut self.caller) {
            Val::I64(ink) => ink as u64,
            _ => 0,
        }
    }

    /// Gas left, rounded down.
    pub(super) fn gas(&mut self) -> u64 {
        self.ink() / self.caller.data().ink_price
    }

    /// Takes ink.
    pub(super) fn buy_ink(&mut self, ink: u64) -> Result<(), Escape> {
        let left = self.require_ink(ink)?;
        self.set(self.handles.ink, Val::I64(left as i64))
    }

    /// Takes gas.
    pub(super) fn buy_gas(&mut self, gas: u64) -> Result<(), Escape> {
        self.buy_ink(gas.saturating_mul(self.caller.data().ink_price))
    }

    /// Fails if less gas is left, but takes none.
    pub(super) fn require_gas(&mut self, gas: u64) -> Result<(), Escape> {
        let ink = gas.saturating_mul(self.caller.data().ink_price);
        self.require_ink(ink).map(|_| ())
    }

    /// Ink that would be left after taking so much.
    pub(super) fn require_ink(&mut self, ink: u64) -> Result<u64, Escape> {
        match self.ink().checked_sub(ink) {
            Some(left) => Ok(left),
            None => self.out_of_ink(),
        }
    }

    /// Ends the program for want of ink, all of it gone.
    pub(super) fn out_of_ink<T>(&mut self) -> Result<T, Escape> {
        self.set(self.handles.ink, Val::I64(0))?;
        self.set(self.handles.ink_status, Val::I32(1))?;
        Err(Escape::OutOfInk)
    }

    fn set(&mut self, global: Global, value: Val) -> Result<(), Escape> {
        global
            .set(&mut self.caller, value)
            .map_err(|error| Escape::Fatal(error.to_string()))
    }

    /// The EVM around the program.
    pub(super) fn host(&mut self) -> &mut dyn Host {
        self.caller.data_mut().host()
    }

    /// What the frame keeps.
    pub(super) fn frame(&mut self) -> &mut Frame {
        self.caller.data_mut()
    }

    /// Reads bytes at a pointer.
    pub(super) fn read(&self, pointer: u32, len: u32) -> Result<Vec<u8>, Escape> {
        let memory = self.handles.memory.data(&self.caller);
        let bytes = memory.get(pointer as usize..pointer as usize + len as usize);
        Ok(bytes.ok_or(Trap::Pointer { pointer, len })?.to_vec())
    }

    /// Reads a fixed number of bytes at a pointer.
    pub(super) fn read_array<const N: usize>(&self, pointer: u32) -> Result<[u8; N], Escape> {
        let memory = self.handles.memory.data(&self.caller);
        let bytes = memory
            .get(pointer as usize..)
            .and_then(|rest| rest.first_chunk::<N>());
        Ok(*bytes.ok_or(Trap::Pointer {
            pointer,
            len: N as u32,
        })?)
    }

    /// Writes bytes at a pointer.
    pub(super) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Escape> {
        let memory = self.handles.memory.data_mut(&mut self.caller);
        let target = memory.get_mut(pointer as usize..pointer as usize + bytes.len());
        target
            .ok_or(Trap::Pointer {
                pointer,
                len: bytes.len() as u32,
            })?
            .copy_from_slice(bytes);
        Ok(())
    }

    /// Reports the function to a tracing host.
    pub(super) fn trace(&mut self, name: &str, args: &[&[u8]], outs: &[&[u8]]) {
        if !self.host().tracing() {
            return;
        }
        let (start_ink, end_ink) = (self.start_ink, self.ink());
        let event = HostioTrace {
            name,
            args: &args.concat(),
            outs: &outs.concat(),
            start_ink,
            end_ink,
        };
        self.host().trace(event);
    }
}
