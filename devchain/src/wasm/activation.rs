//! Activation: whether a program may run, and what its runs will cost before their first instruction.

use super::activation_error::ActivationError;
use super::instrument::instrument;
use super::params::StylusParams;
use super::program::Program;

/// Gas that `ArbWasm.activateProgram` burns at its start, before [`ProgramInfo::activation_gas`].
pub const ACTIVATION_FIXED_GAS: u64 = 1_659_168;

/// What activation learns about a program, as the chain keeps it under the code hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramInfo {
    /// Stylus version it was activated for.
    pub version: u16,
    /// Gas, before scaling, that entering it costs more when it is not cached.
    pub init_cost: u16,
    /// Gas, before scaling, that entering it costs in any case.
    pub cached_cost: u16,
    /// Memory pages it starts with.
    pub footprint: u16,
    /// Predicted machine code in bytes; the data fee is for these.
    pub asm_estimate: u32,
    /// Gas that the activation itself costs, beside [`ACTIVATION_FIXED_GAS`].
    pub activation_gas: u64,
}

impl ProgramInfo {
    /// `init_cost` scaled, with its minimum: what an uncached program pays on top of [`ProgramInfo::cached_gas`].
    pub fn init_gas(&self, params: &StylusParams) -> u64 {
        scaled(
            params.min_init_gas,
            128,
            self.init_cost,
            params.init_cost_scalar,
        )
    }

    /// `cached_cost` scaled, with its minimum.
    pub fn cached_gas(&self, params: &StylusParams) -> u64 {
        scaled(
            params.min_cached_init_gas,
            32,
            self.cached_cost,
            params.cached_cost_scalar,
        )
    }

    /// `asm_estimate` in whole KiB, rounded up, as the chain stores it.
    pub fn asm_estimate_kb(&self) -> u32 {
        self.asm_estimate.div_ceil(1024)
    }
}

/// `minimum` units of `unit` gas plus `cost` scaled in steps of 2 %, rounded up.
fn scaled(minimum: u8, unit: u64, cost: u16, scalar: u8) -> u64 {
    u64::from(minimum) * unit + (u64::from(cost) * u64::from(scalar) * 2).div_ceil(100)
}

/// Checks a program and prices its runs.
///
/// # Errors
/// The first rule the program breaks.
pub fn activate(wasm: &[u8], params: &StylusParams) -> Result<ProgramInfo, ActivationError> {
    let program = Program::parse(wasm, params.debug)?;
    let instrumented = instrument(&program)?;
    let pages = program.memory.initial;
    let footprint = u16::try_from(pages)
        .ok()
        .filter(|pages| *pages <= params.page_limit);
    let footprint = footprint.ok_or(ActivationError::Pages {
        got: pages,
        max: params.page_limit.into(),
    })?;

    let funcs = program.bodies.len() as u64;
    let type_len = program.type_len();
    let wasm_len = wasm.len() as u64;
    let globals = u64::from(program.globals) + instrumented.added_globals;
    let data_len = program.data_bytes + program.element_bytes;

    // every term is floored on its own, as the chain does
    let cached_cost = funcs * 13_420 / 100_000
        + type_len * 89 / 100_000
        + wasm_len * 122 / 100_000
        + globals * 1_628 / 1_000
        + data_len * 75_244 / 100_000
        + u64::from(footprint) * 5;
    let init_cost = funcs * 8_252 / 1_000 + type_len * 1_059 / 1_000 + wasm_len * 1_286 / 10_000;
    let asm_estimate =
        512_000 + funcs * 996_829 / 1_000 + type_len * 11_416 / 1_000 + wasm_len * 62_628 / 10_000;

    // microseconds of work, each term floored, at 28 gas a microsecond
    let micros = [
        wasm_len * 31_733 / 100_000,
        funcs * 17_263 / 100_000,
        program.data_payload * 17_376 / 100_000,
        program.element_bytes * 17_376 / 100_000,
        pages * 2_217,
        instrumented.operators * 535 / 1_000,
    ];
    Ok(ProgramInfo {
        version: params.version,
        init_cost: narrow("init cost", init_cost)?,
        cached_cost: narrow("cached init cost", cached_cost)?,
        footprint,
        asm_estimate: narrow("machine code estimate", asm_estimate)?,
        activation_gas: micros.iter().sum::<u64>() * 28,
    })
}

/// Fits a cost into the field the chain keeps it in.
fn narrow<T: TryFrom<u64>>(what: &'static str, cost: u64) -> Result<T, ActivationError> {
    T::try_from(cost)
        .ok()
        .ok_or(ActivationError::TooCostly { what, got: cost })
}
