//! ArbOwner (0x70): the owners of the chain, the managers of its program cache, and the Stylus parameters. Only owners may
//! call it; what they do costs no gas, which [`super::dispatch`] sees to.

use alloy_primitives::{Address, Bytes, FixedBytes};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbOwner::{self, ArbOwnerCalls},
    address::{ARB_OWNER, NETWORK_FEE_ACCOUNT},
    address_set::{CACHE_MANAGERS, CHAIN_OWNERS},
    burner::{Burner, Fault},
    constraints,
    contract::{Contract, Purity, decode, returns},
    gas_info, params,
    request::Request,
    tips,
    wasm::{emit, set_activation_gas},
};
use crate::{evm::context::Ctx, wasm::StylusParams};

/// Steps in which the least entry gas of an uncached program is kept.
const MIN_INIT_GAS_STEP: u64 = 128;
/// Steps in which the least entry gas of a cached program is kept.
const MIN_CACHED_GAS_STEP: u64 = 32;
/// Steps, in percent, in which the scale of the init cost is kept.
const SCALAR_STEP: u64 = 2;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbOwnerCalls>(
    "ArbOwner",
    run,
    &[(
        Purity::Write,
        &[
            ArbOwner::addChainOwnerCall::SELECTOR,
            ArbOwner::removeChainOwnerCall::SELECTOR,
            ArbOwner::addWasmCacheManagerCall::SELECTOR,
            ArbOwner::removeWasmCacheManagerCall::SELECTOR,
            ArbOwner::setInkPriceCall::SELECTOR,
            ArbOwner::setWasmMaxStackDepthCall::SELECTOR,
            ArbOwner::setWasmFreePagesCall::SELECTOR,
            ArbOwner::setWasmPageGasCall::SELECTOR,
            ArbOwner::setWasmPageLimitCall::SELECTOR,
            ArbOwner::setWasmMaxSizeCall::SELECTOR,
            ArbOwner::setWasmMinInitGasCall::SELECTOR,
            ArbOwner::setWasmInitCostScalarCall::SELECTOR,
            ArbOwner::setWasmExpiryDaysCall::SELECTOR,
            ArbOwner::setWasmKeepaliveDaysCall::SELECTOR,
            ArbOwner::setWasmBlockCacheSizeCall::SELECTOR,
            ArbOwner::setWasmActivationGasCall::SELECTOR,
            ArbOwner::setL1PricePerUnitCall::SELECTOR,
            ArbOwner::setMaxStylusContractFragmentsCall::SELECTOR,
            ArbOwner::setCollectTipsCall::SELECTOR,
            ArbOwner::setMultiGasPricingConstraintsCall::SELECTOR,
        ],
    )],
)
.since_60(&[
    ArbOwner::setWasmActivationGasCall::SELECTOR,
    ArbOwner::setMaxStylusContractFragmentsCall::SELECTOR,
    ArbOwner::setCollectTipsCall::SELECTOR,
    ArbOwner::setMultiGasPricingConstraintsCall::SELECTOR,
])
.for_owners();

/// Whether an account may call it.
pub fn may(ctx: &mut Ctx, caller: Address) -> bool {
    CHAIN_OWNERS
        .contains(ctx, &mut Burner::new(u64::MAX), caller)
        .is_ok_and(|owner| owner)
}

/// Says in an event what an owner has done, views included.
///
/// # Errors
/// None: nobody pays for the event.
pub fn record(ctx: &mut Ctx, request: &Request<'_>) -> Result<(), Fault> {
    let acts = ArbOwner::OwnerActs {
        method: FixedBytes::left_padding_from(request.input.get(..4).unwrap_or_default()),
        owner: request.caller,
        data: Bytes::copy_from_slice(request.input),
    };
    emit(ctx, &mut Burner::new(u64::MAX), ARB_OWNER, &acts)
}

/// A number in whole steps, rounded up; at most 255 of them.
fn steps(number: u64, step: u64) -> u8 {
    u8::try_from(number.div_ceil(step)).unwrap_or(u8::MAX)
}

/// What a call makes of the Stylus parameters, if it is about them.
///
/// # Errors
/// [`Fault::Failed`] for an ink price of 0 or of more than 24 bits.
fn changed(call: &ArbOwnerCalls, old: StylusParams) -> Result<Option<StylusParams>, Fault> {
    let mut new = old;
    match call {
        ArbOwnerCalls::setInkPrice(call) => {
            if call.price == 0 || call.price >= 1 << 24 {
                return Err(Fault::Failed("ink price must be a positive uint24"));
            }
            new.ink_price = call.price;
        }
        ArbOwnerCalls::setWasmMaxStackDepth(call) => new.max_stack_depth = call.depth,
        ArbOwnerCalls::setWasmFreePages(call) => new.free_pages = call.pages,
        ArbOwnerCalls::setWasmPageGas(call) => new.page_gas = call.gas,
        ArbOwnerCalls::setWasmPageLimit(call) => new.page_limit = call.limit,
        ArbOwnerCalls::setWasmMaxSize(call) => new.max_wasm_size = call.size,
        ArbOwnerCalls::setWasmMinInitGas(call) => {
            new.min_init_gas = steps(call.gas.into(), MIN_INIT_GAS_STEP);
            new.min_cached_init_gas = steps(call.cached.into(), MIN_CACHED_GAS_STEP);
        }
        ArbOwnerCalls::setWasmInitCostScalar(call) => {
            new.init_cost_scalar = steps(call.percent, SCALAR_STEP);
        }
        ArbOwnerCalls::setWasmExpiryDays(call) => new.expiry_days = call._days,
        ArbOwnerCalls::setWasmKeepaliveDays(call) => new.keepalive_days = call._days,
        ArbOwnerCalls::setWasmBlockCacheSize(call) => new.block_cache_size = call.count,
        ArbOwnerCalls::setMaxStylusContractFragments(call) => {
            new.max_fragments = call.maxFragments;
        }
        _ => return Ok(None),
    }
    Ok(Some(new))
}

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbOwnerCalls>(request)?;
    let old = params::get(ctx);
    if let Some(new) = changed(&call, old)? {
        params::set(ctx, &new);
        return Ok(Bytes::new());
    }
    Ok(match call {
        ArbOwnerCalls::isChainOwner(call) => {
            let owner = CHAIN_OWNERS.contains(ctx, burner, call.addr)?;
            returns::<ArbOwner::isChainOwnerCall>(&owner)
        }
        ArbOwnerCalls::getAllChainOwners(_) => {
            let owners = CHAIN_OWNERS.members(ctx, burner)?;
            returns::<ArbOwner::getAllChainOwnersCall>(&owners)
        }
        ArbOwnerCalls::getNetworkFeeAccount(_) => {
            returns::<ArbOwner::getNetworkFeeAccountCall>(&NETWORK_FEE_ACCOUNT)
        }
        ArbOwnerCalls::getInfraFeeAccount(_) => {
            returns::<ArbOwner::getInfraFeeAccountCall>(&Address::ZERO)
        }
        ArbOwnerCalls::addChainOwner(call) => {
            CHAIN_OWNERS.add(ctx, burner, call.newOwner)?;
            Bytes::new()
        }
        ArbOwnerCalls::removeChainOwner(call) => {
            CHAIN_OWNERS.remove(ctx, burner, call.ownerToRemove)?;
            Bytes::new()
        }
        ArbOwnerCalls::addWasmCacheManager(call) => {
            CACHE_MANAGERS.add(ctx, burner, call.manager)?;
            Bytes::new()
        }
        ArbOwnerCalls::removeWasmCacheManager(call) => {
            CACHE_MANAGERS.remove(ctx, burner, call.manager)?;
            Bytes::new()
        }
        ArbOwnerCalls::setWasmActivationGas(call) => {
            set_activation_gas(ctx, call.gas);
            Bytes::new()
        }
        ArbOwnerCalls::setCollectTips(call) => {
            tips::set(ctx, call.collectTips);
            Bytes::new()
        }
        ArbOwnerCalls::setMultiGasPricingConstraints(call) => {
            constraints::set(ctx, &call.constraints)?;
            Bytes::new()
        }
        ArbOwnerCalls::setL1PricePerUnit(call) => {
            gas_info::set_price_per_unit(ctx, call.pricePerUnit);
            Bytes::new()
        }
        // The others are about the parameters.
        _ => return Err(Fault::Refused("unknown method")),
    })
}
