//! The host functions by name.

use wasmi::{Engine, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::{account, block, call, console, data, math, memory, storage};

/// All host functions by name; what a program may import of them is decided at activation.
pub(in crate::wasm) fn linker(engine: &Engine) -> Result<Linker<Frame>, LinkerError> {
    let mut linker = Linker::new(engine);
    account::define(&mut linker)?;
    block::define(&mut linker)?;
    call::define(&mut linker)?;
    console::define(&mut linker)?;
    data::define(&mut linker)?;
    math::define(&mut linker)?;
    memory::define(&mut linker)?;
    storage::define(&mut linker)?;
    Ok(linker)
}
