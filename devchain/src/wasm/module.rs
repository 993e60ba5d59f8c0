//! Programs translated and ready to run, each kept under its code hash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use alloy_primitives::B256;
use wasmi::{CompilationMode, Config, Engine, Error, Instance, Linker, Store, errors::LinkerError};

use super::activation_error::ActivationError;
use super::compression::decompress;
use super::frame::Frame;
use super::hostio;
use super::instrument::instrument;
use super::params::StylusParams;
use super::program::Program;

/// Bytes that the interpreter keeps of a frame's locals and operands at most.
///
/// The stack allowance ([`StylusParams::max_stack_depth`], 22,000 words) runs out before.
const STACK_BYTES: usize = 2 << 20;
/// Functions of a frame that may be open at once: the least that one takes of the allowance is a word.
const CALLS: usize = 1 << 16;

/// Modules kept at most; beyond that all are dropped and translated again when called.
const CAPACITY: usize = 256;

/// A metered program, translated for the interpreter.
pub struct Module {
    module: wasmi::Module,
    linker: Arc<Linker<Frame>>,
}

impl Module {
    pub(super) fn engine(&self) -> &Engine {
        self.module.engine()
    }

    pub(super) fn instantiate(&self, store: &mut Store<Frame>) -> Result<Instance, Error> {
        self.linker.instantiate_and_start(store, &self.module)
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").finish_non_exhaustive()
    }
}

/// Why a program cannot be made ready to run.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// It breaks a rule of activation.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// The interpreter refused it: a fault of this layer.
    #[error("cannot translate the program: {0}")]
    Translation(Error),
    /// The host functions could not be set up: a fault of this layer.
    #[error("cannot set up the host functions: {0}")]
    Linker(Arc<LinkerError>),
}

/// Translates programs and keeps them by code hash.
pub struct ModuleCache {
    engine: Engine,
    linker: Arc<Linker<Frame>>,
    modules: Mutex<HashMap<(B256, bool), Arc<Module>>>,
}

impl ModuleCache {
    /// The cache of this process: programs are the same on every chain in it.
    ///
    /// # Errors
    /// [`ModuleError::Linker`], which no program brings about.
    pub fn shared() -> Result<&'static Self, ModuleError> {
        static SHARED: OnceLock<Result<ModuleCache, Arc<LinkerError>>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::new().map_err(Arc::new));
        shared
            .as_ref()
            .map_err(|error| ModuleError::Linker(Arc::clone(error)))
    }

    fn new() -> Result<Self, LinkerError> {
        let mut config = Config::default();
        config
            .compilation_mode(CompilationMode::Eager)
            .set_max_recursion_depth(CALLS)
            .set_max_stack_height(STACK_BYTES);
        let engine = Engine::new(&config);
        Ok(Self {
            linker: Arc::new(hostio::linker(&engine)?),
            engine,
            modules: Mutex::default(),
        })
    }

    /// The module of a program as it stands on chain, translated now if it has not been run before.
    ///
    /// # Errors
    /// [`ModuleError`]; a program that [`activate`](super::activate) accepts gives none.
    pub fn get(
        &self,
        code_hash: B256,
        code: &[u8],
        params: &StylusParams,
    ) -> Result<Arc<Module>, ModuleError> {
        let key = (code_hash, params.debug);
        if let Some(module) = self.lock().get(&key) {
            return Ok(Arc::clone(module));
        }
        // translated outside the lock: two threads may do the same work, but none waits for another's
        // the limit was checked at activation, and may have been another one then
        let wasm = decompress(code, u32::MAX as usize)?;
        let module = Arc::new(self.translate(&wasm, params)?);
        let mut modules = self.lock();
        if modules.len() >= CAPACITY {
            modules.clear();
        }
        Ok(Arc::clone(modules.entry(key).or_insert(module)))
    }

    /// Translates a program from its WASM.
    ///
    /// # Errors
    /// As [`ModuleCache::get`].
    pub fn translate(&self, wasm: &[u8], params: &StylusParams) -> Result<Module, ModuleError> {
        let program = Program::parse(wasm, params.debug)?;
        let metered = instrument(&program)?.wasm;
        let module =
            wasmi::Module::new(&self.engine, &metered).map_err(ModuleError::Translation)?;
        Ok(Module {
            module,
            linker: Arc::clone(&self.linker),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(B256, bool), Arc<Module>>> {
        // the map is whole after any panic: entries are inserted in one step
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ModuleCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModuleCache")
            .field("modules", &self.lock().len())
            .finish_non_exhaustive()
    }
}
