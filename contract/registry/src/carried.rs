use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_clone::{Configuration, LENGTH};
use smartsync_program::{host, malformed};

/// What a mirror carries in its code.
pub fn configuration(proxy: &Address) -> Result<Configuration, Vec<u8>> {
    Configuration::of(&host::code_head::<LENGTH>(proxy)).ok_or_else(malformed)
}
