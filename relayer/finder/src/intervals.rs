use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use smartsync_chain::{Chain, progress, proofs};
use tokio::sync::Semaphore;

use crate::{
    error::Error,
    finder::{Query, Span},
};

/// Blocks fetched or traced at the same time.
pub(super) const BLOCKS_AT_ONCE: usize = 8;

/// The blocks of a span that have to be read: those in which the storage root of a contract changed. Without a known
/// state before, it is the contract's creation that counts. Between two blocks with the same root nothing changed on
/// balance, so the search halves only intervals whose ends differ.
///
/// A node that cannot tell a block's root (it is too old) has all blocks of that interval read.
pub async fn changed_blocks(
    source: &Chain,
    contract: Address,
    span: Span,
) -> Result<Vec<u64>, Error> {
    let search = Search {
        source,
        contract,
        requests: Semaphore::new(BLOCKS_AT_ONCE),
    };
    let (first, from_root) = match (span.from, span.from_root) {
        (Some(from), Some(root)) => (from, Some(root)),
        (Some(from), None) => (from, search.root(from).await?),
        (None, _) => (
            creation_block(source, contract, span.to)
                .await?
                .saturating_sub(1),
            Some(smartsync_proof::EMPTY_ROOT),
        ),
    };
    let to_root = match span.to_root {
        Some(root) => Some(root),
        None => search.root(span.to).await?,
    };
    let mut blocks = search
        .split(Interval {
            first,
            last: span.to,
            from_root,
            to_root,
        })
        .await?;
    blocks.sort_unstable();
    Ok(blocks)
}

/// Blocks after `first` up to `last`, with the roots at the end of both.
#[derive(Clone, Copy)]
struct Interval {
    first: u64,
    last: u64,
    from_root: Option<B256>,
    to_root: Option<B256>,
}

/// A search for changed blocks.
struct Search<'a> {
    source: &'a Chain,
    contract: Address,
    /// Bounds how much is asked of the node at the same time.
    requests: Semaphore,
}

impl Search<'_> {
    async fn root(&self, block: u64) -> Result<Option<B256>, Error> {
        // The semaphore is never closed, so this always waits for its turn.
        let _turn = self.requests.acquire().await.ok();
        Ok(proofs::storage_root(self.source, self.contract, block).await?)
    }

    fn split(&self, interval: Interval) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        Box::pin(async move {
            let Interval {
                first,
                last,
                from_root,
                to_root,
            } = interval;
            if first >= last || (from_root.is_some() && from_root == to_root) {
                return Ok(Vec::new());
            }
            if last - first == 1 {
                return Ok(vec![last]);
            }
            let middle = first + (last - first) / 2;
            let root = self.root(middle).await?;
            // Not known in the middle: then not for anything older either; read all of the older half.
            let older = async {
                match root {
                    None => Ok((first + 1..=middle).collect()),
                    Some(_) => {
                        self.split(Interval {
                            last: middle,
                            to_root: root,
                            ..interval
                        })
                        .await
                    }
                }
            };
            let newer = self.split(Interval {
                first: middle,
                from_root: root,
                ..interval
            });
            let (mut older, newer) = futures::try_join!(older, newer)?;
            older.extend(newer);
            Ok(older)
        })
    }
}

/// The block in which the contract got its code, by halving.
async fn creation_block(source: &Chain, contract: Address, to: u64) -> Result<u64, Error> {
    let (mut without, mut with) = (0, to);
    if !source.code(contract, 0).await?.is_empty() {
        return Ok(0);
    }
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        match source.code(contract, middle).await?.is_empty() {
            true => without = middle,
            false => with = middle,
        }
    }
    Ok(with)
}

/// Runs a reader over the changed blocks, several at a time, and joins what it finds.
pub(super) async fn read_changed_blocks<'a, F>(
    query: &'a Query,
    read: F,
) -> Result<BTreeSet<U256>, Error>
where
    F: Fn(&'a Chain, Address, u64) -> BoxFuture<'a, Result<Vec<U256>, Error>>,
{
    let blocks = changed_blocks(&query.source, query.contract, query.span).await?;
    tracing::debug!(
        blocks = blocks.len(),
        from = query.span.from,
        to = query.span.to,
        "blocks with changes"
    );
    let of = blocks.len();
    let (_, slots) = stream::iter(blocks)
        .map(|block| read(&query.source, query.contract, block))
        .buffer_unordered(BLOCKS_AT_ONCE)
        .try_fold(
            (0, BTreeSet::new()),
            |(done, mut slots), found| async move {
                slots.extend(found);
                progress("reading blocks", done + 1, of);
                Ok((done + 1, slots))
            },
        )
        .await?;
    Ok(slots)
}
