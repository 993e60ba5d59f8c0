//! ArbGasInfo (0x6c): gas prices; data for the parent chain costs nothing here.

use alloy_primitives::{Bytes, I256, U256};
use alloy_sol_types::SolInterface;

use super::{
    Request, STORAGE_READ,
    abi::ArbGasInfo::{self, ArbGasInfoCalls},
    burner::{Burner, Fault},
    sys::returns,
};
use crate::{chain::ARBITRUM_BASE_FEE, evm::machine::Ctx};

/// Gas of storing a word that was zero, which the prices name.
const STORE: u64 = 20_000;
/// Gas a second that the chain sustains.
const SPEED_LIMIT: u64 = 7_000_000;

/// Serves a call.
pub fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = ArbGasInfoCalls::abi_decode(request.input)
        .map_err(|_unknown| Fault::Refused("ArbGasInfo: unknown method or bad arguments"))?;
    burner.burn(STORAGE_READ)?;
    let base_fee = U256::from(ctx.block.basefee);
    let minimum = U256::from(ARBITRUM_BASE_FEE);
    let zero = U256::ZERO;
    let storage = base_fee * U256::from(STORE);
    let limit = ctx
        .chain
        .arbitrum
        .as_ref()
        .map_or(0, |arbitrum| arbitrum.transaction_gas_limit);
    Ok(match call {
        ArbGasInfoCalls::getPricesInWei(_) => returns::<ArbGasInfo::getPricesInWeiCall>(
            &(
                zero,
                zero,
                storage,
                minimum,
                base_fee.saturating_sub(minimum),
                base_fee,
            )
                .into(),
        ),
        ArbGasInfoCalls::getPricesInWeiWithAggregator(_) => {
            returns::<ArbGasInfo::getPricesInWeiWithAggregatorCall>(
                &(
                    zero,
                    zero,
                    storage,
                    minimum,
                    base_fee.saturating_sub(minimum),
                    base_fee,
                )
                    .into(),
            )
        }
        ArbGasInfoCalls::getPricesInArbGas(_) => {
            returns::<ArbGasInfo::getPricesInArbGasCall>(&(zero, zero, U256::from(STORE)).into())
        }
        ArbGasInfoCalls::getPricesInArbGasWithAggregator(_) => {
            returns::<ArbGasInfo::getPricesInArbGasWithAggregatorCall>(
                &(zero, zero, U256::from(STORE)).into(),
            )
        }
        ArbGasInfoCalls::getGasAccountingParams(_) => {
            returns::<ArbGasInfo::getGasAccountingParamsCall>(
                &(
                    U256::from(SPEED_LIMIT),
                    U256::from(limit),
                    U256::from(limit),
                )
                    .into(),
            )
        }
        ArbGasInfoCalls::getMinimumGasPrice(_) => {
            returns::<ArbGasInfo::getMinimumGasPriceCall>(&minimum)
        }
        ArbGasInfoCalls::getL1BaseFeeEstimate(_) => {
            returns::<ArbGasInfo::getL1BaseFeeEstimateCall>(&zero)
        }
        ArbGasInfoCalls::getL1GasPriceEstimate(_) => {
            returns::<ArbGasInfo::getL1GasPriceEstimateCall>(&zero)
        }
        ArbGasInfoCalls::getCurrentTxL1GasFees(_) => {
            returns::<ArbGasInfo::getCurrentTxL1GasFeesCall>(&zero)
        }
        ArbGasInfoCalls::getGasBacklog(_) => returns::<ArbGasInfo::getGasBacklogCall>(&0),
        ArbGasInfoCalls::getPricingInertia(_) => returns::<ArbGasInfo::getPricingInertiaCall>(&102),
        ArbGasInfoCalls::getGasBacklogTolerance(_) => {
            returns::<ArbGasInfo::getGasBacklogToleranceCall>(&10)
        }
        ArbGasInfoCalls::getL1PricingSurplus(_) => {
            returns::<ArbGasInfo::getL1PricingSurplusCall>(&I256::ZERO)
        }
        ArbGasInfoCalls::getPerBatchGasCharge(_) => {
            returns::<ArbGasInfo::getPerBatchGasChargeCall>(&0)
        }
        ArbGasInfoCalls::getAmortizedCostCapBips(_) => {
            returns::<ArbGasInfo::getAmortizedCostCapBipsCall>(&0)
        }
        ArbGasInfoCalls::getL1FeesAvailable(_) => {
            returns::<ArbGasInfo::getL1FeesAvailableCall>(&zero)
        }
    })
}
