use alloy_primitives::{Bytes, U64};
use smartsync_chain::Chain;

use crate::{error::Error, read::Read};

/// What a contract answers at a block: whether it returned, and with what.
pub async fn answer(chain: &Chain, read: &Read, block: u64) -> Result<(bool, Bytes), Error> {
    let answered = chain
        .try_request::<_, Bytes>("eth_call", (read.request(), U64::from(block)))
        .await;
    match answered.map_err(|error| chain.call_error(error, "eth_call", "the view")) {
        Ok(data) => Ok((true, data)),
        Err(smartsync_chain::Error::Reverted { revert, .. }) => Ok((false, revert.data)),
        Err(error) => Err(error.into()),
    }
}
