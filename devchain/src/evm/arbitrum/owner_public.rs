//! ArbOwnerPublic (0x6b): what the chain's owners have set.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolInterface;

use super::{
    NETWORK_FEE_ACCOUNT, Request, STORAGE_READ,
    abi::ArbOwnerPublic::{self, ArbOwnerPublicCalls},
    address_set::CHAIN_OWNERS,
    burner::{Burner, Fault},
    sys::returns,
};
use crate::evm::machine::Ctx;

/// Serves a call.
pub fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = ArbOwnerPublicCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbOwnerPublic: unknown method or bad arguments"))?;
    burner.burn(STORAGE_READ)?;
    Ok(match call {
        ArbOwnerPublicCalls::isChainOwner(call) => {
            let owner = CHAIN_OWNERS.contains(ctx, burner, call.addr)?;
            returns::<ArbOwnerPublic::isChainOwnerCall>(&owner)
        }
        ArbOwnerPublicCalls::getAllChainOwners(_) => {
            let owners = CHAIN_OWNERS.members(ctx, burner)?;
            returns::<ArbOwnerPublic::getAllChainOwnersCall>(&owners)
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
        // The calldata floor of EIP-7623 is off.
        ArbOwnerPublicCalls::isCalldataPriceIncreaseEnabled(_) => {
            returns::<ArbOwnerPublic::isCalldataPriceIncreaseEnabledCall>(&false)
        }
        // Data for the parent chain costs nothing here.
        ArbOwnerPublicCalls::getParentGasFloorPerToken(_) => {
            returns::<ArbOwnerPublic::getParentGasFloorPerTokenCall>(&0)
        }
    })
}
