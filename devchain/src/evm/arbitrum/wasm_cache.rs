//! ArbWasmCache (0x72): which programs enter without their init cost. On a dev chain everybody may cache and
//! evict, not only the managers.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;

use super::{
    abi::{
        ArbWasm,
        ArbWasmCache::{self, ArbWasmCacheCalls},
    },
    address::ARB_WASM_CACHE,
    address_set::CACHE_MANAGERS,
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    cost::{STORAGE_READ, STORAGE_WRITE},
    params, programs,
    request::Request,
    wasm::{code_hash, emit},
};
use crate::evm::context::Ctx;

/// Gas of reading the chain's Stylus parameters.
const PARAMS: u64 = 100;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbWasmCacheCalls>(
    "ArbWasmCache",
    run,
    &[(
        Purity::Write,
        &[
            ArbWasmCache::cacheProgramCall::SELECTOR,
            ArbWasmCache::evictCodehashCall::SELECTOR,
        ],
    )],
);

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    match decode::<ArbWasmCacheCalls>(request)? {
        ArbWasmCacheCalls::isCacheManager(call) => {
            let manager = CACHE_MANAGERS.contains(ctx, burner, call.manager)?;
            Ok(returns::<ArbWasmCache::isCacheManagerCall>(&manager))
        }
        ArbWasmCacheCalls::allCacheManagers(_) => {
            let managers = CACHE_MANAGERS.members(ctx, burner)?;
            Ok(returns::<ArbWasmCache::allCacheManagersCall>(&managers))
        }
        ArbWasmCacheCalls::codehashIsCached(call) => {
            burner.burn(STORAGE_READ)?;
            let program = programs::get(ctx, call.codehash);
            Ok(returns::<ArbWasmCache::codehashIsCachedCall>(
                &program.cached,
            ))
        }
        ArbWasmCacheCalls::cacheProgram(call) => {
            let hash = code_hash(ctx, burner, call.addr)?;
            set(ctx, burner, request, hash, true)
        }
        ArbWasmCacheCalls::evictCodehash(call) => set(ctx, burner, request, call.codehash, false),
    }
}

fn set(
    ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
    code_hash: B256,
    cached: bool,
) -> Result<Bytes, Fault> {
    let params = params::get(ctx);
    // Who is no manager is looked up among the chain's owners.
    if !CACHE_MANAGERS.contains(ctx, burner, request.caller)? {
        burner.burn(STORAGE_READ)?;
    }
    burner.burn(PARAMS + STORAGE_READ)?;
    let mut program = programs::get(ctx, code_hash);
    if cached {
        // A program that was never activated counts as one of an old version here.
        if program.version != params.version {
            return Err(Fault::typed(&ArbWasm::ProgramNeedsUpgrade {
                version: program.version,
                stylusVersion: params.version,
            }));
        }
        let now = ctx.block.timestamp.saturating_to();
        program = programs::check(program, now, &params)?;
    }
    if program.cached == cached {
        return Ok(Bytes::new());
    }
    let event = ArbWasmCache::UpdateProgramCache {
        manager: request.caller,
        codehash: code_hash,
        cached,
    };
    emit(ctx, burner, ARB_WASM_CACHE, &event)?;
    // Caching pays for the initialisation, and evicting too, in case it is undone. Then the module's hash, and the program.
    burner.burn(u64::from(program.init_cost) + STORAGE_READ + STORAGE_WRITE)?;
    program.cached = cached;
    programs::set(ctx, code_hash, &program);
    Ok(Bytes::new())
}
