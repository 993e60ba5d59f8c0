//! Debugging functions, free of charge; programs may import them on debug chains only.

use wasmi::{Caller, Linker, errors::LinkerError};

use super::super::frame::Frame;
use super::super::imports::CONSOLE;
use super::function::enter;

pub(super) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(
            CONSOLE,
            "log_txt",
            |caller: Caller<'_, Frame>, text: u32, len: u32| {
                enter(caller, |io| {
                    let text = io.read(text, len)?;
                    tracing::info!(target: "stylus", "{}", String::from_utf8_lossy(&text));
                    io.trace("console_log_text", &[&text], &[]);
                    Ok(())
                })
            },
        )?
        .func_wrap(
            CONSOLE,
            "log_i32",
            |_: Caller<'_, Frame>, value: i32| tracing::info!(target: "stylus", value),
        )?
        .func_wrap(
            CONSOLE,
            "log_i64",
            |_: Caller<'_, Frame>, value: i64| tracing::info!(target: "stylus", value),
        )?
        .func_wrap(CONSOLE, "tee_i32", |_: Caller<'_, Frame>, value: i32| {
            tracing::info!(target: "stylus", value);
            value
        })?
        .func_wrap(CONSOLE, "tee_i64", |_: Caller<'_, Frame>, value: i64| {
            tracing::info!(target: "stylus", value);
            value
        })?;
    Ok(())
}
