//! Programs compiled and ready to run, each kept under its code hash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};

use alloy_primitives::{B256, Bytes};
use wasmtime::{Config, Engine, InstancePre, Linker, OptLevel};

use super::activation_error::ActivationError;
use super::compression::decompress;
use super::frame::Frame;
use super::hostio;
use super::instrument::instrument;
use super::params::StylusParams;
use super::program::Program;

/// Bytes of native stack that one program frame may use.
///
/// The stack allowance ([`StylusParams::max_stack_depth`], 22,000 words) runs out long before: it is here so that the
/// process is safe even if machine code needed many times the words it is counted for. A thread that runs programs
/// needs this much for each frame that may be open at once only in that unlikely case.
pub const NATIVE_STACK: usize = 2 << 20;

/// Modules kept at most; beyond that all are dropped and compiled again when called.
const CAPACITY: usize = 256;
/// Programs that may wait to be compiled ahead of their first call; those beyond are compiled at it.
const WAITING: usize = 64;

/// Stack of the thread that compiles them, in bytes; address space only.
const COMPILER_STACK: usize = 256 << 20;

/// A program to compile ahead: its code hash, its code and the parameters.
type Order = (B256, Bytes, StylusParams);

/// A metered program as machine code. Cheap to run, expensive to make.
pub struct Module {
    pre: InstancePre<Frame>,
}

impl Module {
    pub(super) fn pre(&self) -> &InstancePre<Frame> {
        &self.pre
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
    /// The compiler refused it: a fault of this layer.
    #[error("cannot compile the program: {0}")]
    Compile(wasmtime::Error),
    /// The compiler could not be set up on this machine.
    #[error("cannot set up the WASM engine: {0}")]
    Engine(Arc<wasmtime::Error>),
}

/// Compiles programs and keeps them by code hash.
pub struct ModuleCache {
    engine: Engine,
    linker: Linker<Frame>,
    modules: Mutex<HashMap<(B256, bool), Arc<Module>>>,
}

impl ModuleCache {
    /// The cache of this process: programs are the same on every chain in it.
    ///
    /// # Errors
    /// [`ModuleError::Engine`] if the machine cannot run the compiler.
    pub fn shared() -> Result<&'static Self, ModuleError> {
        static SHARED: OnceLock<Result<ModuleCache, Arc<wasmtime::Error>>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::new().map_err(Arc::new));
        shared
            .as_ref()
            .map_err(|error| ModuleError::Engine(Arc::clone(error)))
    }

    /// Has a program compiled on a thread of its own, so that its first call need not wait for that. Where there is no such
    /// thread, or too much to do for it, the first call compiles.
    pub fn compile_ahead(code_hash: B256, code: Bytes, params: StylusParams) {
        static ORDERS: OnceLock<Option<mpsc::SyncSender<Order>>> = OnceLock::new();
        let orders = ORDERS.get_or_init(|| {
            let (sender, orders) = mpsc::sync_channel::<Order>(WAITING);
            let compile = move || {
                for (code_hash, code, params) in orders {
                    let compiled = Self::shared()
                        .and_then(|modules| modules.get(code_hash, &code, &params).map(drop));
                    if let Err(error) = compiled {
                        tracing::warn!(%code_hash, %error, "cannot compile a program ahead");
                    }
                }
            };
            std::thread::Builder::new()
                .name("devchain-compiler".to_owned())
                .stack_size(COMPILER_STACK)
                .spawn(compile)
                .inspect_err(|error| tracing::warn!(%error, "no thread to compile programs ahead"))
                .ok()
                .map(|_detached| sender)
        });
        if let Some(orders) = orders
            && orders.try_send((code_hash, code, params)).is_err()
        {
            tracing::debug!(%code_hash, "too many programs to compile ahead");
        }
    }

    fn new() -> Result<Self, wasmtime::Error> {
        let mut config = Config::new();
        config.max_wasm_stack(NATIVE_STACK);
        // optimising halves the second that 32 million gas of arithmetic take, and makes compiling several times longer
        config.cranelift_opt_level(OptLevel::None);
        config.wasm_backtrace_max_frames(None);
        config.native_unwind_info(false);
        let engine = Engine::new(&config)?;
        let linker = hostio::linker(&engine)?;
        Ok(Self {
            engine,
            linker,
            modules: Mutex::default(),
        })
    }

    /// The module of a program as it stands on chain, compiled now if it has not been run before.
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
        // compiled outside the lock: two threads may do the same work, but none waits for another's
        // the limit was checked at activation, and may have been another one then
        let wasm = decompress(code, u32::MAX as usize)?;
        let module = Arc::new(self.compile(&wasm, params)?);
        let mut modules = self.lock();
        if modules.len() >= CAPACITY {
            modules.clear();
        }
        Ok(Arc::clone(modules.entry(key).or_insert(module)))
    }

    /// Compiles a program from its WASM.
    ///
    /// # Errors
    /// As [`ModuleCache::get`].
    pub fn compile(&self, wasm: &[u8], params: &StylusParams) -> Result<Module, ModuleError> {
        let program = Program::parse(wasm, params.debug)?;
        let metered = instrument(&program)?.wasm;
        let module = wasmtime::Module::new(&self.engine, &metered).map_err(ModuleError::Compile)?;
        let pre = self
            .linker
            .instantiate_pre(&module)
            .map_err(ModuleError::Compile)?;
        Ok(Module { pre })
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
