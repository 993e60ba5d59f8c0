use std::{collections::BTreeSet, time::Instant};

use alloy_primitives::B256;
use futures::{StreamExt, stream};
use relayer::{Mirror, Relayer, change_set};
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{Clock, RawHeader, Side, proofs};

use super::{
    event::WatchEvent,
    look::Look,
    options::Watched,
    policy::{self, Decision, Situation},
    together::GroupLook,
    view::{Condition, View},
    watcher::{Due, Found, Memo, Watcher},
};
use crate::error::Error;

/// Mirrors looked at, and change sets made, at once.
const MIRRORS_AT_ONCE: usize = 8;
const CHANGE_SETS_AT_ONCE: usize = 3;

impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Warns when this machine's clock and the chains' begin to differ, and tells when they agree again.
    fn note_clock(&mut self, clock: Clock) {
        if !clock.is_like(self.clock) {
            match clock {
                Clock::Agrees => tracing::info!("{clock} again"),
                _ => tracing::warn!("{clock}"),
            }
        }
        self.clock = clock;
    }

    /// Looks at everything once and syncs what is due. Fails only if the report does.
    pub async fn round(&mut self) -> Result<(), Error> {
        match self.try_round().await {
            Ok(result) => result,
            Err(error) => {
                let pause = self.outage.failed(self.options.retry, Instant::now());
                self.board.update(|view| {
                    view.reachable = false;
                    view.problem = Some(error.to_string());
                });
                (self.report)(WatchEvent::Unreachable(error, pause))
            }
        }
    }

    /// The outer error is that of the nodes, the inner one that of the report.
    async fn try_round(&mut self) -> Result<Result<(), Error>, Error> {
        let mut stopped = self.stopped.clone();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return Ok(Ok(())),
            // What a process before this one sent may make the same superfluous.
            settled = self.relayer.submitter.settle() => settled?,
        };
        // Before all that enters a program.
        if let Err(error) = self.keep_programs().await? {
            return Ok(Err(error));
        }
        let look = Look::at(self.relayer).await?;
        self.board.update(|view| look.show(self.relayer, view));
        self.note_clock(look.clock());
        let due = match self.inspect(&look).await {
            Ok(due) => due,
            Err(error) => return Ok(Err(error)),
        };
        self.read_history(&look).await?;
        if let Err(error) = self.push_hashes(&look).await {
            return Ok(Err(error));
        }
        if due.is_empty() {
            self.outage.succeeded();
        } else {
            let header = RawHeader::fetch(&self.relayer.source, look.usable.0).await?;
            self.outage.succeeded();
            if let Err(error) = self.bring_up(&look, &header, due).await {
                return Ok(Err(error));
            }
        }
        if let Err(error) = self.keep_feeds(&look).await {
            return Ok(Err(error));
        }
        self.board.update(|view| view.rounds += 1);
        Ok(Ok(()))
    }

    /// Reads both chains for each mirror, and sorts out those that are due.
    async fn inspect(&mut self, look: &Look) -> Result<Vec<Due>, Error> {
        self.waiting.clear();
        let now = Instant::now();
        let asked: Vec<(usize, Memo)> = self
            .memos
            .iter()
            .copied()
            .enumerate()
            .filter(|(index, _)| {
                self.backoffs
                    .get(*index)
                    .is_none_or(|backoff| backoff.is_due(now))
            })
            .collect();
        let (relayer, mirrors) = (self.relayer, &self.options.mirrors);
        let seen: Vec<_> = stream::iter(asked)
            .filter_map(|(index, memo)| async move { Some((index, memo, mirrors.get(index)?)) })
            .map(|(index, memo, watched)| async move {
                (index, see(relayer, watched, memo, look).await)
            })
            .buffered(MIRRORS_AT_ONCE)
            .collect()
            .await;
        let groups = self.look_at_groups(look).await;
        let mut due: Vec<Due> = Vec::new();
        let mut proxies = BTreeSet::new();
        for (index, seen) in seen {
            let (mirror, root) = match seen {
                Ok(seen) => seen,
                Err(error) => {
                    self.failed(index, error)?;
                    continue;
                }
            };
            self.remember(index, |memo| {
                memo.proxy = Some(mirror.proxy);
                memo.root = Some((look.usable_hash, root));
            });
            self.show(index, &mirror, root, look);
            if !proxies.insert(mirror.proxy) {
                let starting = |view: &View| {
                    let mirror = view.mirrors.get(index);
                    mirror.is_some_and(|mirror| mirror.condition == Condition::Starting)
                };
                if self.board.read(starting) {
                    tracing::warn!(proxy = %mirror.proxy, "is watched twice: only the first counts");
                }
                self.rest(index)?;
                continue;
            }
            // What could not be looked at may have changed.
            let group = groups.get(&index).copied().unwrap_or(GroupLook::Changed);
            if let Some(found) = self.decide(index, mirror, root, group, look)? {
                due.push(found);
            }
        }
        Ok(due)
    }

    /// What its policy says of one mirror; of a group, by a look at all of it.
    fn decide(
        &mut self,
        index: usize,
        mirror: Mirror,
        root: Option<B256>,
        group: GroupLook,
        look: &Look,
    ) -> Result<Option<Due>, Error> {
        let Some(watched) = self.options.mirrors.get(index) else {
            return Ok(None);
        };
        let is_group = self.groups.contains_key(&index);
        let record = &mirror.record;
        let situation = Situation {
            status: record.status,
            recorded: (record.sourceBlock, record.sourceTimestamp),
            part_block: record.partBlock,
            usable: look.usable,
            now: look.now(),
            changed: match is_group {
                false => root.map(|root| root != record.storageRoot),
                true => Some(group != GroupLook::Quiet),
            },
        };
        let locked = record.status == Status::Open && record.sourceBlock > 0;
        let decision = match self.look_at_kept(index, record, look) {
            Ok(true) => Decision::Resume,
            Ok(false) => watched.policy.decide(&situation),
            Err(hold) => Decision::Hold(hold),
        };
        let min_changes = match decision {
            Decision::Rest => {
                match look.unpushed {
                    Some(unpushed) if look.usable.0 <= record.sourceBlock => {
                        self.waiting.push((index, mirror));
                        self.held(index, unpushed.hold())?;
                    }
                    _ => self.rest(index)?,
                }
                return Ok(None);
            }
            Decision::Hold(hold) => {
                self.held(index, hold)?;
                return Ok(None);
            }
            Decision::Resume => 0,
            // Whoever reads through a torn group waits, however little has changed.
            Decision::SyncFrom { .. } if is_group && group == GroupLook::Torn => 0,
            Decision::SyncFrom { changes } => changes,
        };
        if let (GroupLook::Few(hold), true, true) = (group, is_group, min_changes > 0) {
            self.held(index, hold)?;
            return Ok(None);
        }
        let counted = self.memos.get(index).and_then(|memo| memo.few);
        if let (Some((block, few_root, hold)), true) = (counted, min_changes > 1)
            && (block, Some(few_root)) == (record.sourceBlock, root)
        {
            self.held(index, hold)?;
            return Ok(None);
        }
        let ceiling = watched.policy.gas_price_ceiling.filter(|_| !locked);
        if let Err(hold) = policy::ceiling(ceiling, look.gas_price) {
            self.held(index, hold)?;
            return Ok(None);
        }
        Ok(Some(Due {
            index,
            mirror,
            locked,
            min_changes,
            ceiling,
        }))
    }

    /// Finds and proves the changes of what is due, and sends them.
    pub(super) async fn sync_due(
        &mut self,
        look: &Look,
        header: &RawHeader,
        due: Vec<Due>,
    ) -> Result<(), Error> {
        for due in &due {
            self.board
                .mirror(due.index, |view| view.condition = Condition::Syncing);
        }
        let due = self.submit_kept(look, due).await?;
        let due = self.move_groups(look, header, due).await?;
        let (relayer, board) = (self.relayer, self.board);
        let finding = stream::iter(due)
            .map(|due| async move {
                let set = change_set::find(relayer, &due.mirror, header).await;
                board.tick();
                (due, set)
            })
            .buffered(CHANGE_SETS_AT_ONCE)
            .collect::<Vec<_>>();
        let mut stopped = self.stopped.clone();
        let found = tokio::select! {
            biased;
            // Nothing is sent yet, so that nothing is lost. A sender that is gone has ended the watch, too.
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            found = finding => found,
        };
        let mut worth = Vec::new();
        for (due, set) in found {
            let set = match set {
                Ok(set) => set,
                Err(error) if self.is_reorganised(header, &error).await => {
                    tracing::info!(
                        block = header.header.number,
                        "the source was reorganised, reading again"
                    );
                    self.unmoved(due.index);
                    continue;
                }
                Err(error)
                    if matches!(
                        error.chain(),
                        Some(smartsync_chain::Error::ProofWindow {
                            side: Side::Source,
                            ..
                        })
                    ) =>
                {
                    self.keep(look, due, error.into()).await?;
                    continue;
                }
                Err(error) => {
                    self.failed(due.index, error)?;
                    continue;
                }
            };
            if let Some(hold) = due.too_few(set.changes.len() as u64) {
                let key = (due.mirror.record.sourceBlock, set.post_storage_root());
                self.remember(due.index, |memo| memo.few = Some((key.0, key.1, hold)));
                self.held(due.index, hold)?;
                continue;
            }
            worth.push(Found { due, set });
        }
        self.submit(look, header, worth).await
    }

    /// Whether an error comes from a source that has another block now than the one that was read.
    async fn is_reorganised(&self, header: &RawHeader, error: &relayer::Error) -> bool {
        if !error.is_suspicious(Side::Source) {
            return false;
        }
        let now = self.relayer.source.block(header.header.number).await;
        now.is_ok_and(|block| block.hash != header.header.hash)
    }
}

/// A mirror's record at the newest target block, and its source's storage root at the usable source block.
async fn see(
    relayer: &Relayer,
    watched: &Watched,
    memo: Memo,
    look: &Look,
) -> Result<(Mirror, Option<B256>), Error> {
    let mirror = match memo.proxy {
        Some(proxy) => Mirror {
            proxy,
            record: relayer
                .registry
                .record(relayer.target(), proxy, look.target_head.0)
                .await?,
            target_block: look.target_head.0,
        },
        None => relayer.mirror(watched.address).await?,
    };
    // What the source had before the recorded block says nothing of the mirror.
    let older = look.usable.0 < mirror.record.sourceBlock || look.usable.0 == 0;
    let root = match memo.root {
        _ if older => None,
        Some((block, Some(root))) if block == look.usable_hash => Some(root),
        _ => proofs::storage_root(&relayer.source, mirror.record.source, look.usable.0).await?,
    };
    Ok((mirror, root))
}
