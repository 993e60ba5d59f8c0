//! ArbOwner (0x70): the owners of the chain, and the managers of its program cache. Only owners may call it; what they
//! do costs no gas, which [`super::run`] sees to.

use alloy_primitives::{Bytes, FixedBytes};
use alloy_sol_types::SolInterface;

use super::{
    ARB_OWNER, Request,
    abi::ArbOwner::{self, ArbOwnerCalls},
    address_set::{CACHE_MANAGERS, CHAIN_OWNERS},
    burner::{Burner, Fault},
    sys::returns,
    wasm::emit,
};
use crate::evm::machine::Ctx;

/// Serves a call.
pub fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    if !CHAIN_OWNERS.contains(ctx, burner, request.caller)? {
        return Err(Fault::Refused(
            "ArbOwner: unauthorized caller to access-controlled method",
        ));
    }
    let call = ArbOwnerCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbOwner: unknown method or bad arguments"))?;
    Ok(match call {
        ArbOwnerCalls::isChainOwner(call) => {
            let owner = CHAIN_OWNERS.contains(ctx, burner, call.addr)?;
            returns::<ArbOwner::isChainOwnerCall>(&owner)
        }
        ArbOwnerCalls::getAllChainOwners(_) => {
            let owners = CHAIN_OWNERS.members(ctx, burner)?;
            returns::<ArbOwner::getAllChainOwnersCall>(&owners)
        }
        change => {
            if !request.writable {
                return Err(Fault::Refused("ArbOwner: write protection"));
            }
            match change {
                ArbOwnerCalls::addChainOwner(call) => {
                    CHAIN_OWNERS.add(ctx, burner, call.newOwner)?;
                }
                ArbOwnerCalls::removeChainOwner(call) => {
                    CHAIN_OWNERS.remove(ctx, burner, call.ownerToRemove)?;
                }
                ArbOwnerCalls::addWasmCacheManager(call) => {
                    CACHE_MANAGERS.add(ctx, burner, call.manager)?;
                }
                ArbOwnerCalls::removeWasmCacheManager(call) => {
                    CACHE_MANAGERS.remove(ctx, burner, call.manager)?;
                }
                // Served above.
                ArbOwnerCalls::isChainOwner(_) | ArbOwnerCalls::getAllChainOwners(_) => {}
            }
            let acts = ArbOwner::OwnerActs {
                method: FixedBytes::left_padding_from(request.input.get(..4).unwrap_or_default()),
                owner: request.caller,
                data: Bytes::copy_from_slice(request.input),
            };
            emit(ctx, burner, ARB_OWNER, &acts)?;
            Bytes::new()
        }
    })
}
