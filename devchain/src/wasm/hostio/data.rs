//! Calldata, output and return data.

use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::imports::VM_HOOKS;
use super::super::outcome::Escape;
use super::super::pricing::{API, HOSTIO, read, write};
use super::function::{Hostio, enter};

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            VM_HOOKS,
            "read_args",
            |caller: Caller<'_, Frame>, dest: u32| enter(caller, |io| io.read_args(dest)),
        )?
        .func_wrap(
            VM_HOOKS,
            "write_result",
            |caller: Caller<'_, Frame>, data: u32, len: u32| {
                enter(caller, |io| io.write_result(data, len))
            },
        )?
        .func_wrap(
            VM_HOOKS,
            "exit_early",
            |caller: Caller<'_, Frame>, status: u32| enter(caller, |io| io.exit_early(status)),
        )?
        .func_wrap(
            VM_HOOKS,
            "read_return_data",
            |caller: Caller<'_, Frame>, dest: u32, offset: u32, size: u32| {
                enter(caller, |io| io.read_return_data(dest, offset, size))
            },
        )?
        .func_wrap(VM_HOOKS, "return_data_size", |caller: Caller<'_, Frame>| {
            enter(caller, |io| io.return_data_size())
        })?;
    Ok(())
}

impl Hostio<'_> {
    fn read_args(&mut self, dest: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO)?;
        let input = std::mem::take(&mut self.frame().input);
        let written = self
            .buy_ink(write(input.len() as u32))
            .and_then(|()| self.write(dest, &input));
        if written.is_ok() {
            self.trace("read_args", &[], &[&input]);
        }
        self.frame().input = input;
        written
    }

    fn write_result(&mut self, data: u32, len: u32) -> Result<(), Escape> {
        self.buy_ink(HOSTIO)?;
        self.buy_ink(read(len))?;
        self.buy_ink(read(len))?;
        let output = self.read(data, len)?;
        self.trace("write_result", &[&output], &[]);
        self.frame().output = output;
        Ok(())
    }

    fn exit_early(&mut self, status: u32) -> Result<(), Escape> {
        self.trace("exit_early", &[&status.to_be_bytes()], &[]);
        Err(Escape::Exit(status))
    }

    fn read_return_data(&mut self, dest: u32, offset: u32, size: u32) -> Result<u32, Escape> {
        self.buy_ink(HOSTIO + API)?;
        let data = self.frame().return_data.clone();
        let available = (data.len() as u32).saturating_sub(offset).min(size);
        self.buy_ink(write(available))?;
        let copied = part(&data, offset, size);
        if !copied.is_empty() {
            self.write(dest, copied)?;
        }
        self.trace(
            "read_return_data",
            &[&offset.to_be_bytes(), &size.to_be_bytes()],
            &[copied],
        );
        Ok(available)
    }

    fn return_data_size(&mut self) -> Result<u32, Escape> {
        self.buy_ink(HOSTIO)?;
        let len = self.frame().return_data.len() as u32;
        self.trace("return_data_size", &[], &[&len.to_be_bytes()]);
        Ok(len)
    }
}

/// The bytes of `data` that lie in a window, possibly fewer than `size`.
pub(super) fn part(data: &[u8], offset: u32, size: u32) -> &[u8] {
    let start = (offset as usize).min(data.len());
    let end = (offset.saturating_add(size) as usize).min(data.len());
    data.get(start..end).unwrap_or_default()
}
