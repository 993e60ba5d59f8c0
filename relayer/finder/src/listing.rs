use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
};

use alloy_primitives::{Address, U256};
use futures::future::BoxFuture;
use smartsync_chain::Chain;
use tokio::{
    sync::mpsc::{self, Receiver},
    task::JoinHandle,
};

use crate::{
    error::Error,
    finder::{ChangeFinder, Probe, Query},
    storage_pages::{Listed, Place, Storage},
};

/// Pages that are read ahead.
const PAGES_AHEAD: usize = 2;

/// `debug_storageRangeAt`: all slots of the source compared with all slots of the mirror, both in the order of their
/// hashes, so that only the differences are kept.
#[derive(Debug)]
pub struct Listing;

impl ChangeFinder for Listing {
    fn name(&self) -> &'static str {
        "full listing"
    }

    fn find<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<BTreeSet<U256>, Error>> {
        Box::pin(async move {
            let post = Storage::new(&query.source, query.contract, query.span.to).await?;
            // The mirror's storage is the known state. A target node that does not list is replaced by the source's own
            // past, if its node still has it; a mirror that was never proven is then taken for empty.
            let mirror = Storage::new(&query.target, query.proxy, query.target_block).await?;
            match compare(&post, Some(&mirror)).await {
                Err(failed) if failed.lane == Lane::Pre && failed.error.is_refusal() => {}
                compared => return compared.map_err(Into::into),
            }
            let past = match query.span.from {
                Some(from) => Some(Storage::new(&query.source, query.contract, from).await?),
                None => None,
            };
            compare(&post, past.as_ref()).await.map_err(Into::into)
        })
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async {
            Storage::new(&probe.source, probe.contract, probe.block)
                .await?
                .probe()
                .await
        })
    }
}

/// Which of two listings failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Pre,
    Post,
}

/// Why two listings cannot be compared.
struct Failed {
    lane: Lane,
    error: Error,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// The slots that differ; without `pre`, all of `post`.
async fn compare(post: &Storage, pre: Option<&Storage>) -> Result<BTreeSet<U256>, Failed> {
    let post_places = post.places().await.map_err(|error| Failed {
        lane: Lane::Post,
        error,
    })?;
    let pre_places = match pre {
        Some(pre) => pre.places().await.map_err(|error| Failed {
            lane: Lane::Pre,
            error,
        })?,
        None => Vec::new(),
    };
    // Which place shows the end of the block is only seen at the end of a listing: by its root.
    let (mut post_at, mut pre_at) = (0, 0);
    let mut refusals: [Option<Error>; 2] = [None, None];
    loop {
        let Some(place) = post_places.get(post_at) else {
            let error = refusals[1].take().unwrap_or_else(|| post.incomplete());
            return Err(Failed {
                lane: Lane::Post,
                error,
            });
        };
        let mut pre_side = None;
        if let Some(pre) = pre {
            let Some(place) = pre_places.get(pre_at) else {
                let error = refusals[0].take().unwrap_or_else(|| pre.incomplete());
                return Err(Failed {
                    lane: Lane::Pre,
                    error,
                });
            };
            pre_side = Some(Side::start(pre, *place));
        }
        let (lane, error) = match differing(Side::start(post, *place), pre_side).await {
            Ok(found) => return Ok(found),
            Err(stopped) => stopped,
        };
        match error {
            Some(error) if !error.is_refusal() => return Err(Failed { lane, error }),
            refused => {
                let (at, refusal) = match lane {
                    Lane::Pre => (&mut pre_at, &mut refusals[0]),
                    Lane::Post => (&mut post_at, &mut refusals[1]),
                };
                *at += 1;
                *refusal = refused.or(refusal.take());
            }
        }
    }
}

/// One listing, read ahead by a task of its own.
struct Side {
    pages: Receiver<Vec<Listed>>,
    page: std::vec::IntoIter<Listed>,
    /// `None` when it has ended well.
    task: Option<JoinHandle<Result<bool, Error>>>,
}

impl Side {
    fn start(storage: &Storage, place: Place) -> Self {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let storage = storage.clone();
        Self {
            pages,
            page: Vec::new().into_iter(),
            task: Some(tokio::spawn(
                async move { storage.read(place, &sender).await },
            )),
        }
    }

    /// The next slot; `None` when all were there. An error says why they are not, if anything but the root does.
    async fn next(&mut self) -> Result<Option<Listed>, Option<Error>> {
        loop {
            if let Some(listed) = self.page.next() {
                return Ok(Some(listed));
            }
            if let Some(page) = self.pages.recv().await {
                self.page = page.into_iter();
                continue;
            }
            return match self.task.take() {
                None => Ok(None),
                Some(task) => match task.await {
                    Ok(Ok(true)) => Ok(None),
                    Ok(Ok(false)) => Err(None),
                    Ok(Err(error)) => Err(Some(error)),
                    Err(stopped) => Err(Some(Error::Task(stopped))),
                },
            };
        }
    }
}

/// Walks two listings side by side. Stops when one of them fails or is not complete.
async fn differing(
    mut post: Side,
    mut pre: Option<Side>,
) -> Result<BTreeSet<U256>, (Lane, Option<Error>)> {
    let mut found = BTreeSet::new();
    let (mut in_post, mut in_pre) = (None, None);
    let (mut step_post, mut step_pre) = (true, true);
    loop {
        if step_post {
            in_post = post.next().await.map_err(|error| (Lane::Post, error))?;
        }
        if step_pre && let Some(pre) = &mut pre {
            in_pre = pre.next().await.map_err(|error| (Lane::Pre, error))?;
        }
        let order = match (&in_post, &in_pre) {
            (None, None) => return Ok(found),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(post), Some(pre)) => post.hashed_slot.cmp(&pre.hashed_slot),
        };
        (step_post, step_pre) = (order.is_le(), order.is_ge());
        if in_post.map(|listed: Listed| listed.value) != in_pre.map(|listed: Listed| listed.value)
            || order.is_ne()
        {
            let listed = if order.is_le() { in_post } else { in_pre };
            found.extend(listed.map(|listed| listed.slot));
        }
    }
}

/// All slots of an account at the end of a block. The listing is complete: its storage root is the account's.
pub async fn list_storage(
    chain: &Chain,
    address: Address,
    block: u64,
) -> Result<HashMap<U256, U256>, Error> {
    let storage = Storage::new(chain, address, block).await?;
    let mut refusal = None;
    for place in storage.places().await? {
        let mut side = Side::start(&storage, place);
        let mut state = HashMap::new();
        let ended = loop {
            match side.next().await {
                Ok(Some(listed)) => {
                    state.insert(listed.slot, listed.value);
                }
                Ok(None) => return Ok(state),
                Err(error) => break error,
            }
        };
        match ended {
            Some(error) if !error.is_refusal() => return Err(error),
            refused => refusal = refused.or(refusal),
        }
    }
    Err(refusal.unwrap_or_else(|| storage.incomplete()))
}
