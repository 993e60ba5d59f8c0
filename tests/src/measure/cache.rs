use alloy_primitives::{Address, address, keccak256};
use alloy_sol_types::sol;

use crate::{Chain, Error};

const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

sol! {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
}

/// Caches programs, or evicts them.
pub async fn cache(chain: &Chain, programs: &[Address], cached: bool) -> Result<(), Error> {
    for program in programs {
        if cached {
            let call = cacheProgramCall { program: *program };
            chain.send(ARB_WASM_CACHE, call).await?;
        } else {
            let codehash = keccak256(chain.code(*program).await?);
            chain
                .send(ARB_WASM_CACHE, evictCodehashCall { codehash })
                .await?;
        }
    }
    Ok(())
}
