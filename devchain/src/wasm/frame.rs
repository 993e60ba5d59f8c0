//! One running frame of a program: what its host functions work on.

use std::ptr::NonNull;

use alloy_primitives::{Address, Bytes};
use wasmi::{Global, Memory};

use super::host::Host;
use super::params::StylusParams;
use super::storage_cache::StorageCache;

/// The state of a frame, kept in its store.
pub(super) struct Frame {
    host: HostPointer,
    /// Calldata.
    pub(super) input: Vec<u8>,
    /// What the program has set to be returned.
    pub(super) output: Vec<u8>,
    /// What the last call or creation returned.
    pub(super) return_data: Bytes,
    /// The last account whose code was read, and that code.
    pub(super) last_code: Option<(Address, Bytes)>,
    /// Slots read and written.
    pub(super) storage: StorageCache,
    /// Ink that one gas buys.
    pub(super) ink_price: u64,
    /// The chain's parameters.
    pub(super) params: StylusParams,
    /// Memory and meters, known once the module is instantiated.
    pub(super) handles: Option<Handles>,
}

/// Handles into the instance.
#[derive(Clone, Copy)]
pub(super) struct Handles {
    /// The program's memory.
    pub(super) memory: Memory,
    /// Ink left.
    pub(super) ink: Global,
    /// 1 once ink ran out.
    pub(super) ink_status: Global,
    /// Stack words left.
    pub(super) stack: Global,
}

impl Frame {
    /// A frame before its first instruction.
    ///
    /// # Safety
    /// The frame must be dropped before the borrow of `host` ends, and `host` must not be used otherwise until then.
    pub(super) unsafe fn new(host: &mut dyn Host, input: &[u8], params: &StylusParams) -> Self {
        Self {
            // SAFETY: the caller keeps the borrow alive and exclusive for as long as the frame lives
            host: unsafe { HostPointer::new(host) },
            input: input.to_vec(),
            output: Vec::new(),
            return_data: Bytes::new(),
            last_code: None,
            storage: StorageCache::default(),
            ink_price: u64::from(params.ink_price).max(1),
            params: *params,
            handles: None,
        }
    }

    /// The EVM around the program.
    pub(super) fn host(&mut self) -> &mut dyn Host {
        self.host.get()
    }
}

/// A borrowed host whose lifetime the type does not show: a store holds `'static` data only.
struct HostPointer(NonNull<dyn Host>);

impl HostPointer {
    /// # Safety
    /// As [`Frame::new`].
    unsafe fn new(host: &mut dyn Host) -> Self {
        let pointer: NonNull<dyn Host + '_> = NonNull::from(host);
        // SAFETY: only the lifetime changes; the caller answers for it
        Self(unsafe {
            std::mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host + 'static>>(pointer)
        })
    }

    fn get(&mut self) -> &mut dyn Host {
        // SAFETY: made from an exclusive borrow that outlives `self` and is not used otherwise
        unsafe { self.0.as_mut() }
    }
}
