//! Paying for memory before it grows.

use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::imports::{PAY_FOR_MEMORY_GROW, VM_HOOKS};
use super::super::outcome::Escape;
use super::super::pricing::HOSTIO;
use super::function::{Hostio, enter};

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    // the number of pages is taken modulo 2^16: more than memory can have, so that the growth itself fails
    linker.func_wrap(
        VM_HOOKS,
        PAY_FOR_MEMORY_GROW,
        |caller: Caller<'_, Frame>, pages: u32| {
            enter(caller, |io| io.pay_for_memory_grow(pages as u16))
        },
    )?;
    Ok(())
}

impl Hostio<'_> {
    fn pay_for_memory_grow(&mut self, pages: u16) -> Result<(), Escape> {
        if pages == 0 {
            self.buy_ink(HOSTIO)?;
        } else {
            let params = self.frame().params;
            let open = self.host().pages();
            let gas = open.gas(pages, &params);
            open.enter(pages);
            self.buy_gas(gas)?;
        }
        self.trace(PAY_FOR_MEMORY_GROW, &[&pages.to_be_bytes()], &[]);
        Ok(())
    }
}
