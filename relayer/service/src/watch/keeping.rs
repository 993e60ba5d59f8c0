use relayer::change_set;
use smartsync_abi::IRegistry::ProxyRecord;
use smartsync_chain::RawHeader;
use smartsync_groups::GroupMove;

use super::{
    event::WatchEvent,
    kept::{Kept, Proven},
    look::Look,
    policy::Hold,
    watcher::{Due, Found, Watcher},
};
use crate::error::Error;

impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Why a mirror waits for a block whose proof is kept; `Ok` with whether one is kept and the block is final.
    pub(super) fn look_at_kept(
        &mut self,
        index: usize,
        record: &ProxyRecord,
        look: &Look,
    ) -> Result<bool, Hold> {
        let Some(place) = self.kept.get_mut(index) else {
            return Ok(false);
        };
        if place.as_ref().is_some_and(|kept| !kept.fits(record)) {
            *place = None;
        }
        match place {
            None => Ok(false),
            Some(kept) if kept.header.header.number > look.usable.0 => Err(Hold::Kept {
                block: kept.header.header.number,
                oldest: kept.oldest,
            }),
            Some(_) => Ok(true),
        }
    }

    /// Proves what is due at the newest source block, and keeps that until the block is final. `error` says why a final one will not do.
    pub(super) async fn keep(&mut self, look: &Look, due: Due, error: Error) -> Result<(), Error> {
        let (Some(smartsync_chain::Error::ProofWindow { oldest, .. }), true) =
            (error.chain(), look.source_head.0 > look.usable.0)
        else {
            return self.failed(due.index, error);
        };
        let oldest = *oldest;
        let (header, proven, changes) = match self.prove_newest(look, &due).await {
            Ok(proven) => proven,
            Err(other) => {
                tracing::debug!(%other, "nor at the newest block");
                return self.failed(due.index, error);
            }
        };
        if let Some(hold) = due.too_few(changes) {
            return self.held(due.index, hold);
        }
        let proven = match proven {
            // What takes several transactions is proven anew for each.
            Proven::Mirror(set) if set.transition.is_none() => {
                return self.failed(due.index, error);
            }
            Proven::Group(found) if !found.can_be_kept() => return self.failed(due.index, error),
            Proven::Group(found) => match self.prove_rest(look, &due, found).await? {
                Some(found) => Proven::Group(found),
                None => return Ok(()),
            },
            mirror @ Proven::Mirror(_) => mirror,
        };
        let block = header.header.number;
        if let Some(place) = self.kept.get_mut(due.index) {
            *place = Some(Kept {
                header,
                proven,
                oldest,
                record: due.mirror.record,
            });
        }
        self.held(due.index, Hold::Kept { block, oldest })
    }

    /// What separates a mirror or a group from the newest source block, and how many changes that is.
    async fn prove_newest(
        &self,
        look: &Look,
        due: &Due,
    ) -> Result<(RawHeader, Proven, u64), Error> {
        let relayer = self.relayer;
        let header = RawHeader::fetch(&relayer.source, look.source_head.0).await?;
        let reads = self.options.mirrors.get(due.index);
        if let (true, Some(watched)) = (self.groups.contains_key(&due.index), reads) {
            let source = due.mirror.record.source;
            let found = GroupMove::find_at(relayer, header.clone(), source, &watched.reads).await?;
            let changes = found.changes();
            return Ok((header, Proven::Group(Box::new(found)), changes));
        }
        let set = change_set::find(relayer, &due.mirror, &header).await?;
        let changes = set.changes.len() as u64;
        Ok((header, Proven::Mirror(Box::new(set)), changes))
    }

    /// Sends what was kept for those of the mirrors whose block is final now; the others are left.
    pub(super) async fn submit_kept(
        &mut self,
        look: &Look,
        due: Vec<Due>,
    ) -> Result<Vec<Due>, Error> {
        let mut others = Vec::new();
        for due in due {
            let Some(kept) = self.kept.get_mut(due.index).and_then(Option::take) else {
                others.push(due);
                continue;
            };
            let Kept { header, proven, .. } = kept;
            match self.relayer.source.block(header.header.number).await {
                Ok(block) if block.hash == header.header.hash => match proven {
                    Proven::Mirror(set) => {
                        let found = Found { due, set: *set };
                        self.submit(look, &header, vec![found]).await?;
                    }
                    Proven::Group(found) => self.send_group(look, &due, *found).await?,
                },
                Ok(_) => {
                    tracing::info!(
                        block = header.header.number,
                        "what was kept is of an orphan"
                    );
                    others.push(due);
                }
                Err(error) => self.failed(due.index, error)?,
            }
        }
        Ok(others)
    }
}
