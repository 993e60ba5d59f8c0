//! ArbAggregator (0x6d): who posts batches to the parent chain. Nothing is posted; the sequencer stands for all posters.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbAggregator::{self, ArbAggregatorCalls},
    address::BATCH_POSTER,
    address_set::{BATCH_POSTERS, CHAIN_OWNERS},
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    request::Request,
    storage,
};
use crate::evm::context::Ctx;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbAggregatorCalls>(
    "ArbAggregator",
    run,
    &[(
        Purity::Write,
        &[
            ArbAggregator::addBatchPosterCall::SELECTOR,
            ArbAggregator::setFeeCollectorCall::SELECTOR,
            ArbAggregator::setTxBaseFeeCall::SELECTOR,
        ],
    )],
);

/// Where a poster's fee collector is kept, if it is another than the poster itself.
fn collector_slot(poster: Address) -> U256 {
    storage::slot("fee collector", poster.as_slice())
}

/// A poster's fee collector.
///
/// # Errors
/// [`Fault::Failed`] if it is no poster, [`Fault::OutOfGas`].
fn collector(ctx: &mut Ctx, burner: &mut Burner, poster: Address) -> Result<Address, Fault> {
    if !BATCH_POSTERS.contains(ctx, burner, poster)? {
        return Err(Fault::Failed(
            "tried to open a batch poster that does not exist",
        ));
    }
    let kept = storage::read_paid(ctx, burner, collector_slot(poster))?;
    Ok(if kept.is_zero() {
        poster
    } else {
        Address::from_word(kept.into())
    })
}

fn run(ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    Ok(match decode::<ArbAggregatorCalls>(request)? {
        ArbAggregatorCalls::getPreferredAggregator(_) => {
            returns::<ArbAggregator::getPreferredAggregatorCall>(&(BATCH_POSTER, true).into())
        }
        ArbAggregatorCalls::getDefaultAggregator(_) => {
            returns::<ArbAggregator::getDefaultAggregatorCall>(&BATCH_POSTER)
        }
        ArbAggregatorCalls::getBatchPosters(_) => {
            let posters = BATCH_POSTERS.members(ctx, burner)?;
            returns::<ArbAggregator::getBatchPostersCall>(&posters)
        }
        ArbAggregatorCalls::getFeeCollector(call) => {
            let collector = collector(ctx, burner, call.batchPoster)?;
            returns::<ArbAggregator::getFeeCollectorCall>(&collector)
        }
        ArbAggregatorCalls::addBatchPoster(call) => {
            if !CHAIN_OWNERS.contains(ctx, burner, request.caller)? {
                return Err(Fault::Failed("must be called by chain owner"));
            }
            BATCH_POSTERS.add(ctx, burner, call.newBatchPoster)?;
            Bytes::new()
        }
        ArbAggregatorCalls::setFeeCollector(call) => {
            let collector = collector(ctx, burner, call.batchPoster)?;
            if request.caller != call.batchPoster
                && request.caller != collector
                && !CHAIN_OWNERS.contains(ctx, burner, request.caller)?
            {
                return Err(Fault::Failed(
                    "only a batch poster (or its fee collector / chain owner) may change its fee collector",
                ));
            }
            let slot = collector_slot(call.batchPoster);
            storage::write_paid(ctx, burner, slot, call.newFeeCollector.into_word().into())?;
            Bytes::new()
        }
        // Both are deprecated: there is no such fee.
        ArbAggregatorCalls::getTxBaseFee(_) => {
            returns::<ArbAggregator::getTxBaseFeeCall>(&U256::ZERO)
        }
        ArbAggregatorCalls::setTxBaseFee(_) => Bytes::new(),
    })
}
