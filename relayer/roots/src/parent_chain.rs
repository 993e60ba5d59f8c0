use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, U256};
use futures::{StreamExt, TryFutureExt, TryStreamExt, stream};
use smartsync_abi::{IBlockHashBuffer, IParentChain};
use smartsync_chain::{Chain, RawHeader};

use crate::{
    bring_up::{BringUp, submit},
    error::Error,
    extension::{LONGEST_EXTENSION, extension},
    known::{known_root, latest_block},
    push::newest_pushed,
    root_source_error::RootSourceError,
};

/// How many blocks below the newest final one are looked up in a sparse buffer.
const DEEPEST: u64 = 1_024;
/// Look-ups under way at once.
const LOOKUPS: usize = 16;

/// A root source over the block-hash buffer of an Arbitrum chain whose parent is the source.
#[derive(Clone, Copy, Debug)]
pub struct ParentChain {
    /// The contract.
    pub address: Address,
}

/// A block that leads to the wanted one.
enum Found {
    /// The root source knows it.
    Known(u64),
    /// The buffer knows it.
    Buffered(u64, B256),
}

impl ParentChain {
    /// What it takes to make the root source know a header: its RLP where the buffer knows the block, else a known or
    /// buffered block after it and the parents in between.
    pub(crate) async fn bring_up(
        &self,
        source: &Chain,
        target: &Chain,
        header: &RawHeader,
    ) -> Result<BringUp, Error> {
        let buffer = self.buffer(target).await?;
        let block = header.header.number;
        if let Some(hash) = buffered(target, buffer, block).await? {
            check(buffer, header, hash)?;
            return Ok(BringUp {
                before: Vec::new(),
                submissions: vec![header.rlp.clone()],
            });
        }
        let (head, latest, pushed) = futures::try_join!(
            source.head().map_err(Error::from),
            latest_block(target, self.address),
            newest_pushed(target, buffer)
        )?;
        let newest = newest(latest, pushed);
        let last = head.min(block.saturating_add(LONGEST_EXTENSION));
        let mut before = Vec::new();
        let known = match self
            .first(target, buffer, block + 1..=last.min(newest))
            .await?
        {
            Some(Found::Known(number)) => RawHeader::fetch(source, number).await?,
            Some(Found::Buffered(number, hash)) => {
                let known = RawHeader::fetch(source, number).await?;
                check(buffer, &known, hash)?;
                before.push(submit(self.address, known.rlp.clone()));
                known
            }
            None => {
                return Err(RootSourceError::NotInBuffer {
                    buffer,
                    block,
                    searched: last.saturating_sub(block),
                    newest: pushed,
                }
                .into());
            }
        };
        before.extend(extension(source, self.address, known, header).await?);
        Ok(BringUp {
            before,
            submissions: Vec::new(),
        })
    }

    /// The newest block up to `final_block` that the buffer leads to, or the root source knows; `None` where there is none.
    pub(crate) async fn usable_block(
        &self,
        source: &Chain,
        target: &Chain,
        final_block: u64,
    ) -> Result<Option<u64>, Error> {
        let (buffer, head, latest) = futures::try_join!(
            self.buffer(target),
            source.head().map_err(Error::from),
            latest_block(target, self.address)
        )?;
        let newest = newest(latest, newest_pushed(target, buffer).await?);
        let last = head.min(final_block.saturating_add(LONGEST_EXTENSION));
        if self
            .first(target, buffer, final_block..=last.min(newest))
            .await?
            .is_some()
        {
            return Ok(Some(final_block));
        }
        // The root source's own newest block is the best that is left, however old, if it is not beyond all this.
        let lowest = match latest < final_block {
            true => latest.max(final_block.saturating_sub(DEEPEST)),
            false => final_block.saturating_sub(DEEPEST),
        };
        let mut below = stream::iter((lowest..final_block.min(newest.saturating_add(1))).rev())
            .map(|number| async move {
                Ok::<_, Error>((number, self.find(target, buffer, number).await?))
            })
            .buffered(LOOKUPS)
            .try_filter_map(|(number, found)| async move { Ok(found.map(|_found| number)) })
            .boxed();
        let own = (1..final_block).contains(&latest).then_some(latest);
        Ok(below.try_next().await?.or(own))
    }

    /// The block-hash buffer that it uses.
    pub async fn buffer(&self, target: &Chain) -> Result<Address, Error> {
        Ok(target
            .view(self.address, &IParentChain::bufferCall {})
            .await?)
    }

    /// The first block of a range that the root source or its buffer knows.
    async fn first(
        &self,
        target: &Chain,
        buffer: Address,
        blocks: RangeInclusive<u64>,
    ) -> Result<Option<Found>, Error> {
        let mut found = stream::iter(blocks)
            .map(|number| self.find(target, buffer, number))
            .buffered(LOOKUPS)
            .try_filter_map(|found| async move { Ok::<_, Error>(found) })
            .boxed();
        found.try_next().await
    }

    async fn find(
        &self,
        target: &Chain,
        buffer: Address,
        number: u64,
    ) -> Result<Option<Found>, Error> {
        let (known, buffered) = futures::try_join!(
            known_root(target, self.address, number),
            buffered(target, buffer, number)
        )?;
        Ok(match (known, buffered) {
            (Some(_state_root), _) => Some(Found::Known(number)),
            (None, Some(hash)) => Some(Found::Buffered(number, hash)),
            (None, None) => None,
        })
    }
}

/// The newest block that root source or buffer can know; without a bound where the buffer does not say what was pushed.
fn newest(latest: u64, pushed: Option<u64>) -> u64 {
    pushed.map_or(u64::MAX, |pushed| pushed.max(latest))
}

/// The hash that the buffer knows for a block; it reverts where it knows none.
async fn buffered(target: &Chain, buffer: Address, number: u64) -> Result<Option<B256>, Error> {
    let call = IBlockHashBuffer::parentChainBlockHashCall {
        parentChainBlockNumber: U256::from(number),
    };
    match target.view(buffer, &call).await {
        Ok(B256::ZERO) | Err(smartsync_chain::Error::Reverted { .. }) => Ok(None),
        Ok(hash) => Ok(Some(hash)),
        Err(error) => Err(error.into()),
    }
}

fn check(buffer: Address, header: &RawHeader, recorded: B256) -> Result<(), RootSourceError> {
    match recorded == header.header.hash {
        true => Ok(()),
        false => Err(RootSourceError::OtherHashInBuffer {
            buffer,
            block: header.header.number,
            recorded,
            got: header.header.hash,
        }),
    }
}
