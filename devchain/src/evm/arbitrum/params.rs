//! The chain's Stylus parameters: a word of ArbOS's state, which chain owners may change.

use std::sync::LazyLock;

use alloy_primitives::U256;

use super::storage;
use crate::{evm::context::Ctx, wasm::StylusParams};

/// The slot of the word.
static SLOT: LazyLock<U256> = LazyLock::new(|| storage::slot("stylus", b"parameters"));

/// The slot and the word of parameters, for a genesis state.
pub fn entry(params: &StylusParams) -> (U256, U256) {
    (*SLOT, pack(params))
}

/// The parameters as they are now. Whether the chain is a debug chain is no parameter, nor are the ramp of the page price and
/// whether pages are capped.
pub fn get(ctx: &mut Ctx) -> StylusParams {
    let configured = ctx
        .chain
        .arbitrum
        .as_ref()
        .map(|arbitrum| *arbitrum.stylus)
        .unwrap_or_default();
    let word = storage::read(ctx, *SLOT);
    // A state that was loaded from elsewhere may have none.
    if word.is_zero() {
        return configured;
    }
    unpack(word, configured)
}

/// Keeps parameters.
pub fn set(ctx: &mut Ctx, params: &StylusParams) {
    storage::write(ctx, *SLOT, pack(params));
}

/// The fields in the order and the widths that Nitro has, so that all of them take 32 bytes or less.
fn pack(params: &StylusParams) -> U256 {
    let mut word = Vec::with_capacity(32);
    word.extend(params.version.to_be_bytes());
    word.extend(&params.ink_price.to_be_bytes()[1..]);
    word.extend(params.max_stack_depth.to_be_bytes());
    word.extend(params.free_pages.to_be_bytes());
    word.extend(params.page_gas.to_be_bytes());
    word.extend(params.page_limit.to_be_bytes());
    word.extend([
        params.min_init_gas,
        params.min_cached_init_gas,
        params.init_cost_scalar,
        params.cached_cost_scalar,
    ]);
    word.extend(params.expiry_days.to_be_bytes());
    word.extend(params.keepalive_days.to_be_bytes());
    word.extend(params.block_cache_size.to_be_bytes());
    word.extend(params.max_wasm_size.to_be_bytes());
    word.push(params.max_fragments);
    word.resize(32, 0);
    U256::from_be_slice(&word)
}

fn unpack(word: U256, configured: StylusParams) -> StylusParams {
    let word = word.to_be_bytes::<32>();
    let short = |at: usize| u16::from_be_bytes([word[at], word[at + 1]]);
    let long = |at: usize| u32::from_be_bytes([word[at], word[at + 1], word[at + 2], word[at + 3]]);
    StylusParams {
        version: short(0),
        ink_price: u32::from_be_bytes([0, word[2], word[3], word[4]]),
        max_stack_depth: long(5),
        free_pages: short(9),
        page_gas: short(11),
        page_limit: short(13),
        min_init_gas: word[15],
        min_cached_init_gas: word[16],
        init_cost_scalar: word[17],
        cached_cost_scalar: word[18],
        expiry_days: short(19),
        keepalive_days: short(21),
        block_cache_size: short(23),
        max_wasm_size: long(25),
        max_fragments: word[29],
        page_ramp: configured.page_ramp,
        debug: configured.debug,
        pages_capped: configured.pages_capped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_parameters_unpack_to_themselves() {
        let params = StylusParams {
            version: 2,
            ink_price: 0x00ab_cdef,
            max_stack_depth: 0x0102_0304,
            free_pages: 0x0506,
            page_gas: 0x0708,
            page_ramp: 9,
            page_limit: 0x0a0b,
            pages_capped: true,
            min_init_gas: 12,
            min_cached_init_gas: 13,
            init_cost_scalar: 14,
            cached_cost_scalar: 15,
            expiry_days: 0x1011,
            keepalive_days: 0x1213,
            block_cache_size: 0x1415,
            debug: true,
            max_wasm_size: 0x1617_1819,
            max_fragments: 0x1a,
        };
        assert_eq!(unpack(pack(&params), params), params);
    }
}
