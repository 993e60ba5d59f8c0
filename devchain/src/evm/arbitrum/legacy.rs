//! Contracts that do next to nothing: what is left of earlier chains, and what only the chain itself may call.

use std::convert::Infallible;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{
        ArbFunctionTable::{self, ArbFunctionTableCalls},
        ArbNativeTokenManager::{self, ArbNativeTokenManagerCalls},
        ArbStatistics::{self, ArbStatisticsCalls},
        ArbosActs::{self, ArbosActsCalls},
        ArbosTest::{self, ArbosTestCalls},
    },
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    cost::STORAGE_READ,
    request::Request,
};
use crate::evm::context::Ctx;

/// ArbBLS (0x67), which has no method left.
pub const BLS: Contract = Contract::new::<Infallible>("ArbBLS", nothing, &[]);

/// ArbFunctionTable (0x68), whose tables are all empty.
pub const FUNCTION_TABLE: Contract = Contract::new::<ArbFunctionTableCalls>(
    "ArbFunctionTable",
    function_table,
    &[(Purity::Write, &[ArbFunctionTable::uploadCall::SELECTOR])],
);

/// ArbosTest (0x69).
pub const TEST: Contract = Contract::new::<ArbosTestCalls>(
    "ArbosTest",
    test,
    &[(Purity::Pure, &[ArbosTest::burnArbGasCall::SELECTOR])],
);

/// ArbStatistics (0x6f): this chain's number, and zeros for the chain before it.
pub const STATISTICS: Contract =
    Contract::new::<ArbStatisticsCalls>("ArbStatistics", statistics, &[]);

/// ArbNativeTokenManager (0x73), which nobody may use.
pub const NATIVE_TOKEN_MANAGER: Contract = Contract::new::<ArbNativeTokenManagerCalls>(
    "ArbNativeTokenManager",
    native_token_manager,
    &[(
        Purity::Write,
        &[
            ArbNativeTokenManager::mintNativeTokenCall::SELECTOR,
            ArbNativeTokenManager::burnNativeTokenCall::SELECTOR,
        ],
    )],
);

/// ArbosActs (0xa4b05), which only the chain itself may call.
pub const ACTS: Contract = Contract::new::<ArbosActsCalls>(
    "ArbosActs",
    acts,
    &[(
        Purity::Write,
        &[
            ArbosActs::startBlockCall::SELECTOR,
            ArbosActs::batchPostingReportCall::SELECTOR,
            ArbosActs::batchPostingReportV2Call::SELECTOR,
        ],
    )],
);

fn nothing(_ctx: &mut Ctx, _burner: &mut Burner, _request: &Request<'_>) -> Result<Bytes, Fault> {
    Err(Fault::Refused("unknown method"))
}

fn function_table(
    _ctx: &mut Ctx,
    _burner: &mut Burner,
    request: &Request<'_>,
) -> Result<Bytes, Fault> {
    match decode::<ArbFunctionTableCalls>(request)? {
        ArbFunctionTableCalls::upload(_) => Ok(Bytes::new()),
        ArbFunctionTableCalls::size(_) => Ok(returns::<ArbFunctionTable::sizeCall>(&U256::ZERO)),
        ArbFunctionTableCalls::get(_) => Err(Fault::Failed("table is empty")),
    }
}

fn test(_ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let ArbosTestCalls::burnArbGas(call) = decode::<ArbosTestCalls>(request)?;
    let gas = u64::try_from(call.gasAmount).map_err(|_| Fault::Failed("not a uint64"))?;
    burner.burn(gas)?;
    Ok(Bytes::new())
}

fn statistics(ctx: &mut Ctx, _burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let ArbStatisticsCalls::getStats(_) = decode::<ArbStatisticsCalls>(request)?;
    let number = ctx
        .chain
        .arbitrum
        .as_ref()
        .map_or(0, |arbitrum| arbitrum.number);
    let zero = U256::ZERO;
    Ok(returns::<ArbStatistics::getStatsCall>(
        &(U256::from(number), zero, zero, zero, zero, zero).into(),
    ))
}

fn native_token_manager(
    _ctx: &mut Ctx,
    burner: &mut Burner,
    request: &Request<'_>,
) -> Result<Bytes, Fault> {
    let (ArbNativeTokenManagerCalls::mintNativeToken(_)
    | ArbNativeTokenManagerCalls::burnNativeToken(_)) =
        decode::<ArbNativeTokenManagerCalls>(request)?;
    // Whether the caller is an owner of the native token.
    burner.burn(STORAGE_READ)?;
    Err(Fault::OutOfGas)
}

fn acts(_ctx: &mut Ctx, _burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let (ArbosActsCalls::startBlock(_)
    | ArbosActsCalls::batchPostingReport(_)
    | ArbosActsCalls::batchPostingReportV2(_)) = decode::<ArbosActsCalls>(request)?;
    Err(Fault::typed(&ArbosActs::CallerNotArbOS {}))
}
