use std::{future::Future, pin::pin, time::Duration};

use alloy_primitives::Address;

use crate::{
    error::Error,
    relayer::Relayer,
    sync::{SyncOptions, SyncReport, sync},
};

/// What to keep fresh.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Sources or mirrors.
    pub sources: Vec<Address>,
    /// Time between two rounds.
    pub every: Duration,
}

/// What happened to one mirror in a round.
#[derive(Debug)]
pub enum WatchEvent {
    /// A transaction moved it.
    Synced(Box<SyncReport>),
    /// It was at the newest block already.
    Current(Address),
    /// It could not be brought up to date; the next round tries again.
    Failed(Address, Error),
}

/// Keeps mirrors fresh until `shutdown`. A sync that is under way is finished first. Failures are reported and tried
/// again in the next round: nothing is kept in memory that a later round needs.
pub async fn watch(
    relayer: &Relayer,
    options: &WatchOptions,
    shutdown: impl Future<Output = ()>,
    mut report: impl FnMut(WatchEvent) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut shutdown = pin!(shutdown);
    let mut rounds = tokio::time::interval(options.every);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            _ = rounds.tick() => {}
        }
        for address in &options.sources {
            let newest = SyncOptions::default();
            let mut syncing = pin!(sync(relayer, *address, &newest));
            let mut stop = false;
            let result = loop {
                tokio::select! {
                    result = &mut syncing => break result,
                    () = &mut shutdown, if !stop => stop = true,
                }
            };
            report(match result {
                Ok(synced) if synced.tx_hash.is_none() => WatchEvent::Current(*address),
                Ok(synced) => WatchEvent::Synced(Box::new(synced)),
                Err(error) => WatchEvent::Failed(*address, error),
            })?;
            if stop {
                return Ok(());
            }
        }
    }
}
