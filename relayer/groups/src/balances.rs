use alloy_primitives::{Address, U256};
use relayer::Relayer;
use smartsync_abi::IRegistry;

use crate::error::Error;

/// The balance of an account that is proven at a source block, in wei, as of a target block; `None` where none is.
pub async fn proven_balance(
    relayer: &Relayer,
    account: Address,
    source_block: u64,
    target_block: u64,
) -> Result<Option<U256>, Error> {
    let question = IRegistry::balanceAtCall {
        account,
        sourceBlock: source_block,
    };
    let (target, registry) = (relayer.target(), relayer.registry.address);
    match target.view_at(registry, &question, target_block).await {
        Ok(balance) => Ok(Some(balance)),
        Err(error) if error.is_revert("BalanceUnknown") => Ok(None),
        Err(error) => Err(error.into()),
    }
}
