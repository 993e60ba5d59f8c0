//! The chain's Stylus parameters, as ArbWasm reports them.

use crate::arbos::ArbOs;

/// What an Arbitrum chain's owner may set about Stylus; the default is that of ArbOS 60 and 61.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StylusParams {
    /// Version programs are activated for.
    pub version: u16,
    /// Ink that one EVM gas buys.
    pub ink_price: u32,
    /// Words of stack that one program frame may use.
    pub max_stack_depth: u32,
    /// Pages of a transaction that cost nothing.
    pub free_pages: u16,
    /// Gas for each further page.
    pub page_gas: u16,
    /// The exponent of the exponential page cost, as ArbWasm's `pageRamp` reports it.
    pub page_ramp: u64,
    /// Pages that may be open at once in a transaction.
    pub page_limit: u16,
    /// Whether calls keep to the page limit, and not only activations (from ArbOS 60); no owner can change it.
    pub pages_capped: bool,
    /// Least entry gas of an uncached program, in units of 128 gas.
    pub min_init_gas: u8,
    /// Least entry gas of a cached program, in units of 32 gas.
    pub min_cached_init_gas: u8,
    /// Scale of the initialisation cost, in units of 2 %.
    pub init_cost_scalar: u8,
    /// Scale of the cached initialisation cost, in units of 2 %.
    pub cached_cost_scalar: u8,
    /// Days after which an activation expires.
    pub expiry_days: u16,
    /// Days before an activation may be renewed.
    pub keepalive_days: u16,
    /// Recently used programs that count as cached (from ArbOS 60).
    pub block_cache_size: u16,
    /// Whether programs may import `console` functions, as on debug chains.
    pub debug: bool,
    /// Most bytes of a program after decompression.
    pub max_wasm_size: u32,
    /// Most pieces of a program (from ArbOS 60).
    pub max_fragments: u8,
}

/// Most bytes of a program after decompression before ArbOS 60.
const OLD_MAX_WASM_SIZE: u32 = 128 * 1024;
/// Version programs were activated for before ArbOS 60.
const OLD_VERSION: u16 = 2;

impl StylusParams {
    /// The same for a chain of this ArbOS: an older one has the older version and size, and no programs in pieces.
    #[must_use]
    pub fn on(mut self, arbos: ArbOs) -> Self {
        if arbos < ArbOs::V60 {
            let new = Self::default();
            if self.version == new.version {
                self.version = OLD_VERSION;
            }
            if self.max_wasm_size == new.max_wasm_size {
                self.max_wasm_size = OLD_MAX_WASM_SIZE;
            }
            self.max_fragments = 0;
            self.pages_capped = false;
        }
        self
    }
}

impl Default for StylusParams {
    fn default() -> Self {
        Self {
            version: 3,
            ink_price: 10_000,
            max_stack_depth: 22_000,
            free_pages: 2,
            page_gas: 1_000,
            page_ramp: 620_674_314,
            page_limit: 128,
            pages_capped: true,
            min_init_gas: 69,
            min_cached_init_gas: 11,
            init_cost_scalar: 50,
            cached_cost_scalar: 50,
            expiry_days: 365,
            keepalive_days: 31,
            block_cache_size: 32,
            debug: false,
            max_wasm_size: 256 * 1024,
            max_fragments: 4,
        }
    }
}
