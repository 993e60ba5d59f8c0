//! Whether a transaction may wait for a block at all.

use alloy_consensus::Transaction;
use alloy_primitives::U256;

use super::{
    seal::Opening,
    transaction::{Pooled, Refused},
};

/// Checks what can be told before a transaction is run.
///
/// # Errors
/// [`Refused`] if it can never be mined as things stand.
pub fn check(transaction: &Pooled, opening: &Opening) -> Result<(), Refused> {
    let envelope = &transaction.envelope;
    let sender = transaction.sender;
    let (nonce, balance) = opening
        .state()
        .account(sender)
        .map_or((0, U256::ZERO), |account| (account.nonce, account.balance));
    if envelope.nonce() < nonce {
        return Err(Refused::NonceTooLow {
            sender,
            got: envelope.nonce(),
            expected: nonce,
        });
    }
    if envelope.gas_limit() > opening.gas_limit() {
        return Err(Refused::GasLimit {
            got: envelope.gas_limit(),
            limit: opening.gas_limit(),
        });
    }
    let base_fee = opening.base_fee();
    let max_fee = envelope.max_fee_per_gas();
    if max_fee < u128::from(base_fee) {
        return Err(Refused::FeeTooLow {
            sender,
            max_fee,
            base_fee,
        });
    }
    let cost = U256::from(envelope.gas_limit())
        .saturating_mul(U256::from(max_fee))
        .saturating_add(envelope.value());
    if balance < cost {
        return Err(Refused::InsufficientFunds {
            sender,
            balance,
            cost,
        });
    }
    Ok(())
}
