//! ArbSys (0x64): this chain's block numbers and hashes, as the opcodes give the parent chain's.

use alloy_primitives::{Address, Bytes, U160, U256, address};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbSys::{self, ArbSysCalls},
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    request::Request,
};
use crate::evm::context::Ctx;

/// ArbOS versions are counted from here, for those before Nitro.
const VERSION_OFFSET: u64 = 55;
/// What is added to a parent chain contract's address when it sends here.
const ALIAS_OFFSET: Address = address!("1111000000000000000000000000000000001111");

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbSysCalls>(
    "ArbSys",
    run,
    &[(
        Purity::Pure,
        &[ArbSys::mapL1SenderContractAddressToL2AliasCall::SELECTOR],
    )],
);

fn run(ctx: &mut Ctx, _burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbSysCalls>(request)?;
    let number = ctx
        .chain
        .arbitrum
        .as_ref()
        .map_or(0, |arbitrum| arbitrum.number);
    Ok(match call {
        ArbSysCalls::arbBlockNumber(_) => {
            returns::<ArbSys::arbBlockNumberCall>(&U256::from(number))
        }
        ArbSysCalls::arbBlockHash(call) => {
            let asked: Option<u64> = call.arbBlockNum.try_into().ok();
            let hash = asked.and_then(|asked| ctx.chain.recent.get(asked));
            match hash {
                Some(hash) => returns::<ArbSys::arbBlockHashCall>(&hash),
                None => {
                    return Err(Fault::typed(&ArbSys::InvalidBlockNumber {
                        requested: call.arbBlockNum,
                        current: U256::from(number),
                    }));
                }
            }
        }
        ArbSysCalls::arbChainID(_) => {
            returns::<ArbSys::arbChainIDCall>(&U256::from(ctx.cfg.chain_id))
        }
        ArbSysCalls::arbOSVersion(_) => returns::<ArbSys::arbOSVersionCall>(&U256::from(
            VERSION_OFFSET + ctx.chain.arbos().number(),
        )),
        ArbSysCalls::getStorageGasAvailable(_) => {
            returns::<ArbSys::getStorageGasAvailableCall>(&U256::ZERO)
        }
        // The precompiled contract's own frame counts, too.
        ArbSysCalls::isTopLevelCall(_) => {
            returns::<ArbSys::isTopLevelCallCall>(&(request.depth <= 2))
        }
        ArbSysCalls::mapL1SenderContractAddressToL2Alias(call) => {
            let sum = U160::from_be_bytes(call.sender.into_array())
                .wrapping_add(U160::from_be_bytes(ALIAS_OFFSET.into_array()));
            let alias = Address::from(sum.to_be_bytes::<20>());
            returns::<ArbSys::mapL1SenderContractAddressToL2AliasCall>(&alias)
        }
        // No message ever comes from the parent chain.
        ArbSysCalls::wasMyCallersAddressAliased(_) => {
            returns::<ArbSys::wasMyCallersAddressAliasedCall>(&false)
        }
        ArbSysCalls::myCallersAddressWithoutAliasing(_) => {
            let caller = if request.depth > 1 {
                ctx.chain.caller_of_caller()
            } else {
                Address::ZERO
            };
            returns::<ArbSys::myCallersAddressWithoutAliasingCall>(&caller)
        }
    })
}
