//! ArbGasInfo (0x6c): gas prices; data for the parent chain costs nothing here, whatever price an owner sets.

use alloy_primitives::{Bytes, I256, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbGasInfo::{self, ArbGasInfoCalls},
    address::NETWORK_FEE_ACCOUNT,
    burner::{Burner, Fault},
    constraints::{self, RESOURCE_KINDS},
    contract::{Contract, decode, returns},
    cost::STORAGE_READ,
    request::Request,
    storage,
};
use crate::evm::context::Ctx;

/// Gas of storing a word that was zero, which the prices name.
const STORE: u64 = 20_000;
/// Gas a second that the chain sustains.
const SPEED_LIMIT: u64 = 7_000_000;
/// How slowly a chain of this version follows its parent's base fee.
const PARENT_FEE_INERTIA: u64 = 10;
/// Wei that a batch poster earns for each unit of data, as new chains have it.
const REWARD_RATE: u64 = 10;
/// Units of data within which the parent's costs are recovered: 16 gas for each of 10,000,000 bytes.
const EQUILIBRATION_UNITS: u64 = 16 * 10_000_000;

/// Gas of a byte of calldata for the parent chain.
const CALLDATA_BYTE: u64 = 16;
/// Bytes of a transaction that does little.
const SIMPLE_TRANSACTION: u64 = 140;

/// Where the price of a unit of data for the parent chain is kept.
fn price_per_unit_slot() -> U256 {
    storage::slot("parent chain", b"price per unit")
}

/// Sets the price of a unit of data for the parent chain, in wei.
pub fn set_price_per_unit(ctx: &mut Ctx, price: U256) {
    storage::write(ctx, price_per_unit_slot(), price);
}

/// The contract.
pub const CONTRACT: Contract =
    Contract::new::<ArbGasInfoCalls>("ArbGasInfo", run, &[]).since_60(&[
        ArbGasInfo::getMultiGasPricingConstraintsCall::SELECTOR,
        ArbGasInfo::getMultiGasBaseFeeCall::SELECTOR,
    ]);

/// How many slots a method reads.
fn reads(call: &ArbGasInfoCalls) -> u64 {
    match call {
        ArbGasInfoCalls::getCurrentTxL1GasFees(_) => 0,
        ArbGasInfoCalls::getPricesInWei(_)
        | ArbGasInfoCalls::getPricesInWeiWithAggregator(_)
        | ArbGasInfoCalls::getGasAccountingParams(_) => 2,
        ArbGasInfoCalls::getL1PricingSurplus(_) => 3,
        ArbGasInfoCalls::getMultiGasBaseFee(_) => RESOURCE_KINDS as u64,
        _ => 1,
    }
}

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    let call = decode::<ArbGasInfoCalls>(request)?;
    burner.burn(reads(&call) * STORAGE_READ)?;
    let base_fee = U256::from(ctx.block.basefee);
    // The base fee never rises.
    let minimum = base_fee;
    let zero = U256::ZERO;
    let price_per_unit = storage::read(ctx, price_per_unit_slot());
    let per_byte = price_per_unit.saturating_mul(U256::from(CALLDATA_BYTE));
    let per_transaction = per_byte.saturating_mul(U256::from(SIMPLE_TRANSACTION));
    let in_gas = |wei: U256| wei.checked_div(base_fee).unwrap_or_default();
    let store = base_fee * U256::from(STORE);
    let limit = ctx
        .chain
        .arbitrum
        .as_ref()
        .map_or(0, |arbitrum| arbitrum.transaction_gas_limit);
    Ok(match call {
        ArbGasInfoCalls::getMultiGasPricingConstraints(_) => {
            // A target, a window, a backlog and the weights of each.
            let reads = constraints::count(ctx).saturating_mul(3 + RESOURCE_KINDS as u64);
            burner.burn(reads.saturating_mul(STORAGE_READ))?;
            let constraints = constraints::get(ctx);
            returns::<ArbGasInfo::getMultiGasPricingConstraintsCall>(&constraints)
        }
        // No kind of resource has a price of its own.
        ArbGasInfoCalls::getMultiGasBaseFee(_) => {
            returns::<ArbGasInfo::getMultiGasBaseFeeCall>(&vec![base_fee; RESOURCE_KINDS])
        }
        ArbGasInfoCalls::getPricesInWei(_) => returns::<ArbGasInfo::getPricesInWeiCall>(
            &(
                per_transaction,
                per_byte,
                store,
                minimum,
                base_fee.saturating_sub(minimum),
                base_fee,
            )
                .into(),
        ),
        ArbGasInfoCalls::getPricesInWeiWithAggregator(_) => {
            returns::<ArbGasInfo::getPricesInWeiWithAggregatorCall>(
                &(
                    per_transaction,
                    per_byte,
                    store,
                    minimum,
                    base_fee.saturating_sub(minimum),
                    base_fee,
                )
                    .into(),
            )
        }
        ArbGasInfoCalls::getPricesInArbGas(_) => returns::<ArbGasInfo::getPricesInArbGasCall>(
            &(in_gas(per_transaction), in_gas(per_byte), U256::from(STORE)).into(),
        ),
        ArbGasInfoCalls::getPricesInArbGasWithAggregator(_) => {
            returns::<ArbGasInfo::getPricesInArbGasWithAggregatorCall>(
                &(in_gas(per_transaction), in_gas(per_byte), U256::from(STORE)).into(),
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
            returns::<ArbGasInfo::getL1BaseFeeEstimateCall>(&price_per_unit)
        }
        ArbGasInfoCalls::getL1GasPriceEstimate(_) => {
            returns::<ArbGasInfo::getL1GasPriceEstimateCall>(&price_per_unit)
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
        ArbGasInfoCalls::getL1BaseFeeEstimateInertia(_) => {
            returns::<ArbGasInfo::getL1BaseFeeEstimateInertiaCall>(&PARENT_FEE_INERTIA)
        }
        ArbGasInfoCalls::getL1RewardRate(_) => {
            returns::<ArbGasInfo::getL1RewardRateCall>(&REWARD_RATE)
        }
        ArbGasInfoCalls::getL1RewardRecipient(_) => {
            returns::<ArbGasInfo::getL1RewardRecipientCall>(&NETWORK_FEE_ACCOUNT)
        }
        ArbGasInfoCalls::getL1PricingEquilibrationUnits(_) => {
            returns::<ArbGasInfo::getL1PricingEquilibrationUnitsCall>(&U256::from(
                EQUILIBRATION_UNITS,
            ))
        }
        // No batch was ever posted.
        ArbGasInfoCalls::getLastL1PricingUpdateTime(_) => {
            returns::<ArbGasInfo::getLastL1PricingUpdateTimeCall>(&0)
        }
        ArbGasInfoCalls::getL1PricingFundsDueForRewards(_) => {
            returns::<ArbGasInfo::getL1PricingFundsDueForRewardsCall>(&zero)
        }
        ArbGasInfoCalls::getL1PricingUnitsSinceUpdate(_) => {
            returns::<ArbGasInfo::getL1PricingUnitsSinceUpdateCall>(&0)
        }
        ArbGasInfoCalls::getLastL1PricingSurplus(_) => {
            returns::<ArbGasInfo::getLastL1PricingSurplusCall>(&I256::ZERO)
        }
        ArbGasInfoCalls::getMaxTxGasLimit(_) => {
            returns::<ArbGasInfo::getMaxTxGasLimitCall>(&U256::from(limit))
        }
        ArbGasInfoCalls::getMaxBlockGasLimit(_) => {
            returns::<ArbGasInfo::getMaxBlockGasLimitCall>(&limit)
        }
        // One constraint, the speed limit, is no list.
        ArbGasInfoCalls::getGasPricingConstraints(_) => {
            returns::<ArbGasInfo::getGasPricingConstraintsCall>(&Vec::new())
        }
    })
}
