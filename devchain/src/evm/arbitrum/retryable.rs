//! ArbRetryableTx (0x6e): transactions that the parent chain sends. It sends none here, so there is no ticket.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::ArbRetryableTx::{self, ArbRetryableTxCalls},
    burner::{Burner, Fault},
    contract::{Contract, Purity, decode, returns},
    cost::STORAGE_READ,
    request::Request,
};
use crate::evm::context::Ctx;

/// Seconds that a ticket lives: a week.
const LIFETIME: u64 = 7 * 86_400;

/// The contract.
pub const CONTRACT: Contract = Contract::new::<ArbRetryableTxCalls>(
    "ArbRetryableTx",
    run,
    &[(
        Purity::Write,
        &[
            ArbRetryableTx::redeemCall::SELECTOR,
            ArbRetryableTx::keepaliveCall::SELECTOR,
            ArbRetryableTx::cancelCall::SELECTOR,
            ArbRetryableTx::submitRetryableCall::SELECTOR,
        ],
    )],
);

fn run(_ctx: &mut Ctx, burner: &mut Burner, request: &Request<'_>) -> Result<Bytes, Fault> {
    // How often the ticket's timeout is looked up before it turns out that there is none.
    let lookups = match decode::<ArbRetryableTxCalls>(request)? {
        ArbRetryableTxCalls::getLifetime(_) => {
            return Ok(returns::<ArbRetryableTx::getLifetimeCall>(&U256::from(
                LIFETIME,
            )));
        }
        ArbRetryableTxCalls::getCurrentRedeemer(_) => {
            return Ok(returns::<ArbRetryableTx::getCurrentRedeemerCall>(
                &Address::ZERO,
            ));
        }
        ArbRetryableTxCalls::submitRetryable(_) => {
            return Err(Fault::typed(&ArbRetryableTx::NotCallable {}));
        }
        // To know what it will write, and to write.
        ArbRetryableTxCalls::redeem(_) => 2,
        ArbRetryableTxCalls::getTimeout(_)
        | ArbRetryableTxCalls::keepalive(_)
        | ArbRetryableTxCalls::getBeneficiary(_)
        | ArbRetryableTxCalls::cancel(_) => 1,
    };
    burner.burn(lookups * STORAGE_READ)?;
    Err(Fault::typed(&ArbRetryableTx::NoTicketWithID {}))
}
