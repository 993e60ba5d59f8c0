use std::time::{Duration, Instant};

use alloy_primitives::U256;
use relayer::{GAS_LIMIT, SyncReport, sync_mirror};
use smartsync_abi::IRegistry::Status;
use smartsync_chain::{CALLDATA_LIMIT, RawHeader, Receipt};

use super::{
    batch::{self, Ready},
    board::Owner,
    event::WatchEvent,
    history::StepKind,
    look::Look,
    policy::{self, Hold},
    view::MirrorView,
    watcher::{Due, Found, Watcher},
};
use crate::error::Error;

/// Gas of an update in parts for each slot; docs/costs.md measures 23,011.
const PART_GAS: u64 = 24_000;
/// Gas of what comes around the parts: header, account proofs, the proof of the whole.
const AROUND_PARTS_GAS: u64 = 2_000_000;

impl<R: FnMut(WatchEvent) -> Result<(), Error>> Watcher<'_, R> {
    /// Sends what was found: several mirrors in one transaction where they fit, larger ones alone, in parts.
    pub(super) async fn submit(
        &mut self,
        look: &Look,
        header: &RawHeader,
        found: Vec<Found>,
    ) -> Result<(), Error> {
        let mut ready = Vec::new();
        let mut large = Vec::new();
        for found in found {
            if self.stopping() {
                return Ok(());
            }
            match self.prepare(header, found).await {
                Ok(Prepared::Ready(sync)) => ready.push(*sync),
                Ok(Prepared::Large(due, changes)) => large.push((*due, changes)),
                Err(failure) => {
                    let (due, error) = *failure;
                    self.failed_or_overtaken(header, &due, error).await?;
                }
            }
            self.board.tick();
        }
        let mut batches = batch::pack(self.affordable(look, ready)?);
        // The last first, so that a batch that is split goes on with its first half.
        batches.reverse();
        while let Some(mut batch) = batches.pop() {
            if self.stopping() {
                return Ok(());
            }
            let mut ours = Vec::new();
            for sync in batch {
                if self.keep_ours(&sync.found.due).await? {
                    ours.push(sync);
                }
            }
            batch = ours;
            if batch.is_empty() {
                continue;
            }
            let sending = Instant::now();
            match self.send(header, &batch).await {
                Ok(Some(receipt)) => {
                    let submit = sending.elapsed();
                    self.sent(look, header, batch, &receipt, submit).await?;
                }
                // Together they need too much, or one is refused: apart, and the others get through.
                Ok(None) => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.push(second);
                    batches.push(batch);
                }
                Err(error) => self.lost(look, header, batch, error).await?,
            }
        }
        for (due, changes) in large {
            if self.stopping() {
                return Ok(());
            }
            if !self.keep_ours(&due).await? {
                continue;
            }
            self.bring_up_large(look, header, due, changes).await?;
        }
        Ok(())
    }

    /// Makes the transaction of one mirror alone and simulates it.
    async fn prepare(
        &self,
        header: &RawHeader,
        found: Found,
    ) -> Result<Prepared, Box<(Due, Error)>> {
        let simulating = Instant::now();
        let changes = found.set.changes.len();
        let Some(built) = &found.set.transition else {
            return Ok(Prepared::Large(Box::new(found.due), changes));
        };
        let multi_proof: alloy_primitives::Bytes = built.multi_proof.clone().into();
        let call = batch::sync_call(header, &found, multi_proof.clone());
        let relayer = self.relayer.capped(found.due.ceiling);
        let transaction = match relayer.with_header("sync", header, &call).await {
            Ok(transaction) => transaction,
            Err(error) => return Err(Box::new((found.due, error.into()))),
        };
        let bytes = transaction.data.len();
        if bytes > CALLDATA_LIMIT {
            return Ok(Prepared::Large(Box::new(found.due), changes));
        }
        match relayer.submitter.estimate(&transaction).await {
            Ok(gas) if gas <= GAS_LIMIT => Ok(Prepared::Ready(Box::new(Ready {
                found,
                multi_proof,
                bytes,
                gas,
                simulate: simulating.elapsed(),
            }))),
            Ok(_too_much) => Ok(Prepared::Large(Box::new(found.due), changes)),
            Err(error) if relayer::is_out_of_gas(&error) && changes > 1 => {
                Ok(Prepared::Large(Box::new(found.due), changes))
            }
            Err(error) => Err(Box::new((found.due, error.into()))),
        }
    }

    /// Takes out what a mirror's or the common limit does not allow.
    fn affordable(&mut self, look: &Look, ready: Vec<Ready>) -> Result<Vec<Ready>, Error> {
        let mut planned = U256::ZERO;
        let mut kept = Vec::new();
        for sync in ready {
            let cost = U256::from(sync.gas).saturating_mul(look.gas_price);
            match self.afford(&sync.found.due, look, cost, planned) {
                Ok(()) => {
                    planned = planned.saturating_add(cost);
                    kept.push(sync);
                }
                Err(hold) => self.held(sync.found.due.index, hold)?,
            }
        }
        Ok(kept)
    }

    /// Whether a mirror may cost so much now. A locked one may: its readers wait.
    fn afford(&self, due: &Due, look: &Look, cost: U256, planned: U256) -> Result<(), Hold> {
        let Some(watched) = self.options.mirrors.get(due.index) else {
            return Ok(());
        };
        if due.locked {
            return Ok(());
        }
        let (spent, all) = self.spent_day(Owner::Mirror(due.index));
        watched.policy.afford(look.gas_price, cost, spent)?;
        policy::within(
            self.options.spending_limit,
            cost,
            all.saturating_add(planned),
        )
    }

    /// Sends a batch. `None` if it must be split.
    async fn send(&self, header: &RawHeader, batch: &[Ready]) -> Result<Option<Receipt>, Error> {
        let relayer = self.relayer.capped(batch::ceiling(batch));
        let transaction = batch::transaction(&relayer, header, batch).await?;
        let several = batch.len() > 1;
        if several && transaction.data.len() > CALLDATA_LIMIT {
            return Ok(None);
        }
        let gas = match relayer.submitter.estimate(&transaction).await {
            Ok(gas) if several && gas > GAS_LIMIT => return Ok(None),
            Ok(gas) => gas,
            Err(error) if several => {
                tracing::debug!(mirrors = batch.len(), %error, "together they are refused");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        match relayer.submitter.send_with_gas(transaction, gas).await {
            // One of them may pay what another does not.
            Err(smartsync_chain::Error::FeeAboveCeiling { .. }) if several => Ok(None),
            result => Ok(result.map(Some)?),
        }
    }

    /// A batch's transaction is mined.
    async fn sent(
        &mut self,
        look: &Look,
        header: &RawHeader,
        batch: Vec<Ready>,
        receipt: &Receipt,
        submit: Duration,
    ) -> Result<(), Error> {
        let steps = self.settle(look, None).await;
        for sync in batch {
            let Due { index, mirror, .. } = &sync.found.due;
            let step = steps
                .iter()
                .find(|step| step.of == Some(mirror.proxy) && step.tx_hash == receipt.tx_hash);
            if step.is_some_and(|step| step.kind == StepKind::Skipped) {
                self.overtaken(*index)?;
                continue;
            }
            let mut report = SyncReport::of(
                mirror,
                header,
                &sync.found.set,
                std::slice::from_ref(receipt),
                sync.multi_proof.len(),
                [sync.simulate, submit],
            );
            let times = &mut report.elapsed_ms;
            times.total = times.look_up
                + times.find
                + times.fetch
                + times.build
                + times.simulate
                + times.submit;
            if let Some(step) = step {
                report.gas_used = step.gas;
            }
            self.moved(*index, header, &report);
            self.synced(*index, report)?;
        }
        Ok(())
    }

    /// A batch's transaction could not be sent, or failed.
    async fn lost(
        &mut self,
        look: &Look,
        header: &RawHeader,
        batch: Vec<Ready>,
        error: Error,
    ) -> Result<(), Error> {
        let proxies = batch.iter().map(|sync| sync.found.due.mirror.proxy);
        self.count_loss(look, &error, proxies.collect()).await;
        self.settle(look, None).await;
        if let Some(hold) = too_dear(&error) {
            for sync in batch {
                self.held(sync.found.due.index, hold)?;
            }
            return Ok(());
        }
        let mut error = Some(error);
        for sync in batch {
            // The first one tells; the others of the batch failed with it.
            let told = error.take().unwrap_or(Error::FailedTogether);
            self.failed_or_overtaken(header, &sync.found.due, told)
                .await?;
        }
        Ok(())
    }

    /// Brings a mirror up to date that no single transaction can.
    async fn bring_up_large(
        &mut self,
        look: &Look,
        header: &RawHeader,
        due: Due,
        changes: usize,
    ) -> Result<(), Error> {
        let gas = (changes as u64)
            .saturating_mul(PART_GAS)
            .saturating_add(AROUND_PARTS_GAS);
        let cost = U256::from(gas).saturating_mul(look.gas_price);
        if let Err(hold) = self.afford(&due, look, cost, U256::ZERO) {
            return self.held(due.index, hold);
        }
        let started = Instant::now();
        let result = sync_mirror(
            &self.relayer.capped(due.ceiling),
            due.mirror.clone(),
            header.header.number,
            false,
        )
        .await;
        self.settle(look, Some(Owner::Mirror(due.index))).await;
        match result {
            Ok(mut report) => {
                report.elapsed_ms.total = relayer::milliseconds(started.elapsed());
                self.moved(due.index, header, &report);
                self.synced(due.index, report)
            }
            Err(error) => {
                let error = error.into();
                self.count_loss(look, &error, vec![due.mirror.proxy]).await;
                self.failed_or_overtaken(header, &due, error).await
            }
        }
    }

    /// A failure, unless another relayer has done it meanwhile.
    pub(super) async fn failed_or_overtaken(
        &mut self,
        header: &RawHeader,
        due: &Due,
        error: Error,
    ) -> Result<(), Error> {
        if let Some(hold) = too_dear(&error) {
            return self.held(due.index, hold);
        }
        let target = self.relayer.target();
        let record = async {
            let head = target.head().await?;
            self.relayer
                .registry
                .record(target, due.mirror.proxy, head)
                .await
        };
        match record.await {
            Ok(record)
                if record.status == Status::Active
                    && record.sourceBlock >= header.header.number =>
            {
                tracing::debug!(proxy = %due.mirror.proxy, %error, "another relayer was faster");
                self.overtaken(due.index)
            }
            _ => self.failed(due.index, error),
        }
    }

    /// Shows that a mirror is at a new block.
    fn moved(&self, index: usize, header: &RawHeader, report: &SyncReport) {
        self.board.mirror(index, |view: &mut MirrorView| {
            let head = view.source_block.saturating_add(view.lag_blocks);
            let time = view.source_time.saturating_add(view.lag_seconds);
            view.status = "active";
            view.source_block = report.source_block;
            view.source_time = header.header.timestamp;
            view.storage_root = report.post_storage_root;
            view.up_to_date = Some(true);
            view.lag_blocks = head.saturating_sub(report.source_block);
            view.lag_seconds = time.saturating_sub(header.header.timestamp);
        });
    }
}

/// Gas whose price rose above the ceiling since the round began, or only with the priority fee, is no failure.
fn too_dear(error: &Error) -> Option<Hold> {
    match error.chain() {
        Some(smartsync_chain::Error::FeeAboveCeiling {
            needed, ceiling, ..
        }) => Some(Hold::GasPrice {
            gas_price: U256::from(*needed),
            ceiling: U256::from(*ceiling),
        }),
        _ => None,
    }
}

/// What a mirror needs.
enum Prepared {
    Ready(Box<Ready>),
    /// More than a transaction takes, with the number of changes.
    Large(Box<Due>, usize),
}
