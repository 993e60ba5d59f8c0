//! Stylus program: confirms a transition in its own storage, and nothing else. `src/main.rs` measures it.
#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg(target_arch = "wasm32")]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::B256;
use smartsync_proof::{Slots, confirm_transition};

#[global_allocator]
static ALLOCATOR: mini_alloc::MiniAlloc = mini_alloc::MiniAlloc::INIT;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[link(wasm_import_module = "vm_hooks")]
unsafe extern "C" {
    fn read_args(dest: *mut u8);
    fn write_result(data: *const u8, length: usize);
    fn storage_load_bytes32(key: *const u8, dest: *mut u8);
    fn storage_cache_bytes32(key: *const u8, value: *const u8);
    fn storage_flush_cache(clear: bool);
    fn pay_for_memory_grow(pages: u16);
}

struct OwnStorage;

impl Slots for OwnStorage {
    fn load(&mut self, slot: &B256) -> B256 {
        let mut value = B256::ZERO;
        // SAFETY: both pointers are of 32 bytes.
        unsafe { storage_load_bytes32(slot.as_ptr(), value.as_mut_ptr()) };
        value
    }

    fn store(&mut self, slot: &B256, value: &B256) {
        // SAFETY: both pointers are of 32 bytes.
        unsafe { storage_cache_bytes32(slot.as_ptr(), value.as_ptr()) };
    }
}

/// Input: pre storage root, post storage root, multi-proof. Reverts with the number of the check that failed.
#[unsafe(no_mangle)]
pub extern "C" fn user_entrypoint(length: usize) -> usize {
    let mut input = Vec::with_capacity(length);
    // SAFETY: the runtime writes exactly `length` bytes.
    unsafe {
        pay_for_memory_grow(0);
        read_args(input.as_mut_ptr());
        input.set_len(length);
    }
    let Some((pre, rest)) = input.split_first_chunk::<32>() else {
        return 1;
    };
    let Some((post, multi_proof)) = rest.split_first_chunk::<32>() else {
        return 1;
    };
    match confirm_transition(
        multi_proof,
        &B256::new(*pre),
        &B256::new(*post),
        &mut OwnStorage,
    ) {
        Ok(_) => {
            // SAFETY: takes no pointer.
            unsafe { storage_flush_cache(true) };
            0
        }
        Err(error) => {
            let reason = [error.reason()];
            // SAFETY: pointer and length are of one array.
            unsafe { write_result(reason.as_ptr(), reason.len()) };
            1
        }
    }
}
