//! Running a frame.

use wasmi::{Error, Instance, Store, TrapCode, Val};

use super::activation::ProgramInfo;
use super::frame::{Frame, Handles};
use super::host::{Host, HostioTrace};
use super::instrument::{INK, INK_STATUS, STACK};
use super::module::Module;
use super::outcome::{Escape, Outcome, Status, Trap};
use super::pages::Pages;
use super::params::StylusParams;
use super::program::{ENTRYPOINT, MEMORY};

/// Gas that entering a program costs before its first instruction, with so many pages open already.
pub fn entry_gas(info: &ProgramInfo, params: &StylusParams, cached: bool, pages: Pages) -> u64 {
    let init = if cached { 0 } else { info.init_gas(params) };
    pages
        .gas(info.footprint, params)
        .saturating_add(info.cached_gas(params))
        .saturating_add(init)
}

/// Runs one frame of a program as the chain does: entry gas, memory pages, the program, and the least charge for its output.
///
/// `gas` is all the frame has. Pages opened by the frame are closed again when it ends.
pub fn call_program(
    module: &Module,
    info: &ProgramInfo,
    cached: bool,
    host: &mut dyn Host,
    input: &[u8],
    gas: u64,
    params: &StylusParams,
) -> Outcome {
    let pages = *host.pages();
    let Some(gas_left) = gas.checked_sub(entry_gas(info, params, cached, pages)) else {
        return Outcome::exhausted(Status::OutOfInk);
    };
    host.pages().enter(info.footprint);
    let mut outcome = run(module, host, input, gas_left, params);
    host.pages().open = pages.open;
    if !outcome.output.is_empty() {
        match gas.checked_sub(memory_gas(outcome.output.len())) {
            Some(most) => outcome.gas_left = outcome.gas_left.min(most),
            None => return Outcome::exhausted(Status::OutOfInk),
        }
    }
    outcome
}

/// What the EVM takes for expanding memory to so many bytes: the least that output costs.
fn memory_gas(bytes: usize) -> u64 {
    let words = (bytes as u64).div_ceil(32);
    words
        .saturating_mul(3)
        .saturating_add(words.saturating_mul(words) / 512)
}

/// Runs a program's entrypoint with `gas` for its instructions and host functions. See [`call_program`] for a whole frame.
pub fn run(
    module: &Module,
    host: &mut dyn Host,
    input: &[u8],
    gas: u64,
    params: &StylusParams,
) -> Outcome {
    // SAFETY: the store that owns the frame is dropped below, while `host` is still borrowed, and `host` is not used meanwhile
    let frame = unsafe { Frame::new(host, input, params) };
    let ink_price = frame.ink_price;
    let ink = gas.saturating_mul(ink_price);
    let mut store = Store::new(module.engine(), frame);
    let start = match start(module, &mut store, ink, params.max_stack_depth) {
        Ok(start) => start,
        Err(reason) => {
            let status = Status::Trap(Trap::Instantiation(reason));
            return Outcome {
                status,
                output: Vec::new(),
                gas_left: gas,
            };
        }
    };
    let (instance, handles) = start;
    trace(
        &mut store,
        ENTRYPOINT,
        &(input.len() as u32).to_be_bytes(),
        &[],
        ink,
    );
    let result = instance
        .get_typed_func::<u32, u32>(&store, ENTRYPOINT)
        .and_then(|entrypoint| entrypoint.call(&mut store, input.len() as u32));
    let end = match result {
        Ok(status) => Ok(status),
        Err(error) => failure(&store, handles, error),
    };
    let ink_left = match handles.ink.get(&store) {
        Val::I64(ink) => ink as u64,
        _ => 0,
    };
    let gas_left = ink_left / ink_price;
    match end {
        Ok(code) => {
            trace(&mut store, "user_returned", &[], &code.to_be_bytes(), ink);
            let status = if code == 0 {
                Status::Return
            } else {
                Status::Revert
            };
            Outcome {
                status,
                output: std::mem::take(&mut store.data_mut().output),
                gas_left,
            }
        }
        Err(status @ (Status::OutOfInk | Status::OutOfStack)) => Outcome::exhausted(status),
        Err(status) => Outcome {
            status,
            output: Vec::new(),
            gas_left,
        },
    }
}

/// Sets up an instance with its meters.
fn start(
    module: &Module,
    store: &mut Store<Frame>,
    ink: u64,
    stack: u32,
) -> Result<(Instance, Handles), String> {
    let instance = module
        .instantiate(&mut *store)
        .map_err(|error| error.to_string())?;
    let missing = |name: &str| format!("the metered module has no {name}");
    let memory = instance
        .get_memory(&*store, MEMORY)
        .ok_or_else(|| missing(MEMORY))?;
    let global = |name: &str| {
        instance
            .get_global(&*store, name)
            .ok_or_else(|| missing(name))
    };
    let handles = Handles {
        memory,
        ink: global(INK)?,
        ink_status: global(INK_STATUS)?,
        stack: global(STACK)?,
    };
    handles
        .ink
        .set(&mut *store, Val::I64(ink as i64))
        .map_err(|error| error.to_string())?;
    handles
        .stack
        .set(&mut *store, Val::I32(stack as i32))
        .map_err(|error| error.to_string())?;
    store.data_mut().handles = Some(handles);
    Ok((instance, handles))
}

/// Why a program stopped: an exhausted meter first, then what it did.
fn failure(store: &Store<Frame>, handles: Handles, error: Error) -> Result<u32, Status> {
    if matches!(handles.stack.get(store), Val::I32(0)) {
        return Err(Status::OutOfStack);
    }
    if !matches!(handles.ink_status.get(store), Val::I32(0)) {
        return Err(Status::OutOfInk);
    }
    match error.as_trap_code() {
        Some(TrapCode::StackOverflow) => return Err(Status::OutOfStack),
        Some(trap) => return Err(Status::Trap(Trap::Wasm(trap))),
        None => {}
    }
    let reason = error.to_string();
    match error.downcast::<Escape>() {
        Some(Escape::Exit(status)) => Ok(status),
        Some(Escape::OutOfInk) => Err(Status::OutOfInk),
        Some(Escape::Trap(trap)) => Err(Status::Trap(trap)),
        Some(Escape::Fatal(reason)) => Err(Status::Fatal(reason)),
        None => Err(Status::Fatal(reason)),
    }
}

/// Reports the frame's beginning or end to a tracing host.
fn trace(store: &mut Store<Frame>, name: &str, args: &[u8], outs: &[u8], ink: u64) {
    let host = store.data_mut().host();
    if host.tracing() {
        host.trace(HostioTrace {
            name,
            args,
            outs,
            start_ink: ink,
            end_ink: ink,
        });
    }
}
