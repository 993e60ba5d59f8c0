//! ArbOwnerPublic (0x6b): what the chain's owner has set; a dev chain has no owner.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolInterface;

use super::{
    NETWORK_FEE_ACCOUNT, Request, STORAGE_READ,
    abi::ArbOwnerPublic::{self, ArbOwnerPublicCalls},
    burner::{Burner, Fault},
    sys::returns,
};
use crate::evm::machine::Ctx;

/// Serves a call.
pub fn run(_ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = ArbOwnerPublicCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbOwnerPublic: unknown method or bad arguments"))?;
    burner.burn(STORAGE_READ)?;
    Ok(match call {
        ArbOwnerPublicCalls::isChainOwner(_) => returns::<ArbOwnerPublic::isChainOwnerCall>(&false),
        ArbOwnerPublicCalls::getAllChainOwners(_) => {
            returns::<ArbOwnerPublic::getAllChainOwnersCall>(&Vec::new())
        }
        ArbOwnerPublicCalls::getNetworkFeeAccount(_) => {
            returns::<ArbOwnerPublic::getNetworkFeeAccountCall>(&NETWORK_FEE_ACCOUNT)
        }
        ArbOwnerPublicCalls::getInfraFeeAccount(_) => {
            returns::<ArbOwnerPublic::getInfraFeeAccountCall>(&Address::ZERO)
        }
        ArbOwnerPublicCalls::getBrotliCompressionLevel(_) => {
            returns::<ArbOwnerPublic::getBrotliCompressionLevelCall>(&1)
        }
        ArbOwnerPublicCalls::getScheduledUpgrade(_) => {
            returns::<ArbOwnerPublic::getScheduledUpgradeCall>(
                &ArbOwnerPublic::getScheduledUpgradeReturn {
                    arbosVersion: 0,
                    scheduledForTimestamp: 0,
                },
            )
        }
    })
}
