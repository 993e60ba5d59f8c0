use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_abi::{IProgramErrors::AlreadyInitialized, IRegistry::InvalidConfiguration};
use smartsync_program::{
    Arguments, Reply, ToWord, encode, host, revert,
    source_chain::{self, Facts, SourceChain},
    storage,
};

// Variables 0, 5, 7 and 8 are those of `source_chain`.
const REGISTRY: u8 = 1;

/// The constructor, once. Deployment and this call are one transaction.
pub fn initialize(arguments: Arguments<'_>) -> Reply {
    if source_chain::is_initialized() {
        return Err(revert(AlreadyInitialized {}));
    }
    let (root_source, registry) = (arguments.address(0)?, arguments.address(1)?);
    if host::code_size(&root_source) == 0 || host::code_size(&registry) == 0 {
        return Err(revert(InvalidConfiguration {}));
    }
    Facts {
        root_source,
        chain_id: arguments.uint64(2)?,
        first_block: arguments.uint64(3)?,
        clz_block: arguments.uint64(4)?,
        // Code is proven anew in each call.
        permanent_code: false,
        number_is_headers: arguments.boolean(5)?,
        precompiles: arguments.words(6)?,
        native_ranges: arguments.words(7)?,
    }
    .store()?;
    storage::store_variable(REGISTRY, &registry.into_word());
    Ok(Vec::new())
}

/// The registry whose codes are used.
pub fn registry() -> Address {
    storage::address(&storage::load_variable(REGISTRY))
}

/// The view of what the constructor was told about the source chain.
pub fn encoded_source_chain() -> Vec<u8> {
    let facts = SourceChain::load();
    encode(&[
        facts.chain_id.to_word(),
        source_chain::root_source().1.to_word(),
        facts.clz_block.to_word(),
        u64::from(facts.number_is_headers).to_word(),
    ])
}
