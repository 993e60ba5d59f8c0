use relayer::change_set;
use smartsync_abi::IRegistry::ProxyRecord;
use smartsync_chain::RawHeader;

use super::{
    event::WatchEvent,
    kept::Kept,
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

    /// Proves a mirror's changes at the newest source block, and keeps that until the block is final. `error` says why a
    /// final one will not do.
    pub(super) async fn keep(&mut self, look: &Look, due: Due, error: Error) -> Result<(), Error> {
        let (Some(smartsync_chain::Error::ProofWindow { oldest, .. }), true) =
            (error.chain(), look.source_head.0 > look.usable.0)
        else {
            return self.failed(due.index, error);
        };
        let oldest = *oldest;
        let made = async {
            let header = RawHeader::fetch(&self.relayer.source, look.source_head.0).await?;
            let set = change_set::find(self.relayer, &due.mirror, &header).await?;
            Ok::<_, Error>((header, set))
        };
        let (header, set) = match made.await {
            Ok(made) => made,
            Err(other) => {
                tracing::debug!(%other, "nor at the newest block");
                return self.failed(due.index, error);
            }
        };
        let changes = set.changes.len() as u64;
        if changes < due.min_changes {
            let hold = Hold::FewChanges {
                changes,
                min_changes: due.min_changes,
            };
            return self.held(due.index, hold);
        }
        // What takes several transactions is proven anew for each.
        if set.transition.is_none() {
            return self.failed(due.index, error);
        }
        let block = header.header.number;
        if let Some(place) = self.kept.get_mut(due.index) {
            *place = Some(Kept {
                header,
                set,
                oldest,
                record: due.mirror.record,
            });
        }
        self.held(due.index, Hold::Kept { block, oldest })
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
            let Kept { header, set, .. } = kept;
            match self.relayer.source.block(header.header.number).await {
                Ok(block) if block.hash == header.header.hash => {
                    self.submit(look, &header, vec![Found { due, set }]).await?;
                }
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
