use alloc::vec::Vec;

/// What a program answers: return data, or revert data.
pub type Reply = Result<Vec<u8>, Vec<u8>>;

/// The allocator of a program.
#[doc(hidden)]
#[macro_export]
macro_rules! allocator {
    () => {
        #[cfg(target_arch = "wasm32")]
        #[global_allocator]
        static ALLOCATOR: $crate::mini_alloc::MiniAlloc = $crate::mini_alloc::MiniAlloc::INIT;
    };
}

/// Defines a program's WASM entry point around `fn(calldata: Vec<u8>) -> Reply`.
///
/// It differs from the SDK's in one thing: cached storage writes are flushed on success only, so that a refused proof,
/// whose writes were cached while it was walked, costs nothing for storage.
#[macro_export]
macro_rules! entrypoint {
    ($main:path) => {
        $crate::allocator!();

        /// Called by the Stylus runtime with the length of the calldata; returns 0 to return, 1 to revert.
        #[cfg(target_arch = "wasm32")]
        #[unsafe(no_mangle)]
        pub extern "C" fn user_entrypoint(length: usize) -> usize {
            $crate::host::pay_for_no_memory();
            match $main($crate::host::calldata(length)) {
                Ok(output) => {
                    $crate::host::flush_storage();
                    $crate::host::write_result(&output);
                    0
                }
                Err(output) => {
                    $crate::host::write_result(&output);
                    1
                }
            }
        }
    };
}

/// The same for a program that only reads: it imports nothing that writes.
#[macro_export]
macro_rules! view_entrypoint {
    ($main:path) => {
        $crate::allocator!();

        /// Called by the Stylus runtime with the length of the calldata; returns 0 to return, 1 to revert.
        #[cfg(target_arch = "wasm32")]
        #[unsafe(no_mangle)]
        pub extern "C" fn user_entrypoint(length: usize) -> usize {
            $crate::host::pay_for_no_memory();
            let (output, status) = match $main($crate::host::calldata(length)) {
                Ok(output) => (output, 0),
                Err(output) => (output, 1),
            };
            $crate::host::write_result(&output);
            status
        }
    };
}
