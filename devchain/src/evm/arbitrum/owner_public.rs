//! ArbOwnerPublic (0x6b): what the chain's owners have set.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbOwnerPublic::{self, ArbOwnerPublicCalls},
    address::NETWORK_FEE_ACCOUNT,
    address_set::CHAIN_OWNERS,
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    cost::STORAGE_READ,
    params,
    request::Request,
    tips,
};
use crate::evm::context::Ctx;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbOwnerPublicCalls>(
    "ArbOwnerPublic",
    run,
    &[(
        Purity::Write,
        &[ArbOwnerPublic::rectifyChainOwnerCall::SELECTOR],
    )],
)
.since_60(&[
    ArbOwnerPublic::getCollectTipsCall::SELECTOR,
    ArbOwnerPublic::getMaxStylusContractFragmentsCall::SELECTOR,
]);

/// Gas of reading the chain's Stylus parameters.
const PARAMS: u64 = 100;

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbOwnerPublicCalls>(request)?;
    // What most methods read; the sets count for themselves.
    burner.burn(match &call {
        ArbOwnerPublicCalls::isChainOwner(_)
        | ArbOwnerPublicCalls::getAllChainOwners(_)
        | ArbOwnerPublicCalls::rectifyChainOwner(_) => 0,
        ArbOwnerPublicCalls::getMaxStylusContractFragments(_) => PARAMS,
        ArbOwnerPublicCalls::getScheduledUpgrade(_) => 2 * STORAGE_READ,
        _ => STORAGE_READ,
    })?;
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
        ArbOwnerPublicCalls::getCollectTips(_) => {
            returns::<ArbOwnerPublic::getCollectTipsCall>(&tips::get(ctx))
        }
        ArbOwnerPublicCalls::getMaxStylusContractFragments(_) => {
            let params = params::get(ctx);
            returns::<ArbOwnerPublic::getMaxStylusContractFragmentsCall>(&params.max_fragments)
        }
        // The calldata floor of EIP-7623 is off.
        ArbOwnerPublicCalls::isCalldataPriceIncreaseEnabled(_) => {
            returns::<ArbOwnerPublic::isCalldataPriceIncreaseEnabledCall>(&false)
        }
        // Data for the parent chain costs nothing here.
        ArbOwnerPublicCalls::getParentGasFloorPerToken(_) => {
            returns::<ArbOwnerPublic::getParentGasFloorPerTokenCall>(&0)
        }
        ArbOwnerPublicCalls::rectifyChainOwner(call) => {
            if !CHAIN_OWNERS.contains(ctx, burner, call.ownerToRectify)? {
                return Err(Fault::Failed("the account is not an owner"));
            }
            // Its position, the member there, and the size.
            burner.burn(3 * STORAGE_READ)?;
            return Err(Fault::Failed("the owner is correctly mapped"));
        }
        // Nobody may make the native token.
        ArbOwnerPublicCalls::isNativeTokenOwner(_) => {
            returns::<ArbOwnerPublic::isNativeTokenOwnerCall>(&false)
        }
        ArbOwnerPublicCalls::getAllNativeTokenOwners(_) => {
            returns::<ArbOwnerPublic::getAllNativeTokenOwnersCall>(&Vec::new())
        }
        ArbOwnerPublicCalls::getNativeTokenManagementFrom(_) => {
            returns::<ArbOwnerPublic::getNativeTokenManagementFromCall>(&0)
        }
    })
}
