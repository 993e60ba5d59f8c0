use alloy_primitives::{Address, B256};
use smartsync_abi::IRootSource;
use smartsync_chain::{Chain, RawHeader};

use crate::{error::Error, root_source_error::RootSourceError};

/// The state root that a root source has for a block.
pub(crate) async fn known_root(
    target: &Chain,
    root_source: Address,
    block: u64,
) -> Result<Option<B256>, Error> {
    let call = IRootSource::stateRootCall { blockNumber: block };
    match target.view(root_source, &call).await {
        Ok(answer) => Ok(Some(answer.stateRoot)),
        Err(error) if error.is_revert("UnknownBlock") || error.is_revert("NoQuorum") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The newest source block that a root source knows.
pub(crate) async fn latest_block(target: &Chain, root_source: Address) -> Result<u64, Error> {
    Ok(target
        .view(root_source, &IRootSource::latestBlockCall {})
        .await?)
}

/// What a contract answers; `None` where there is no such function or contract.
pub(crate) fn answered<T>(answer: Result<T, smartsync_chain::Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(
            smartsync_chain::Error::NoCode { .. }
            | smartsync_chain::Error::Reverted { .. }
            | smartsync_chain::Error::BadAnswer { .. },
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn require_same(
    root_source: Address,
    header: &RawHeader,
    recorded: B256,
) -> Result<(), RootSourceError> {
    match recorded == header.header.state_root {
        true => Ok(()),
        false => Err(RootSourceError::OtherState {
            root_source,
            block: header.header.number,
            recorded,
            got: header.header.state_root,
        }),
    }
}
