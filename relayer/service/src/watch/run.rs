use std::{future::Future, pin::pin};

use relayer::Relayer;

use super::{
    board::Board, event::WatchEvent, heads::Heads, options::WatchOptions, watcher::Watcher,
};
use crate::{coordination::Coordinator, error::Error};

/// Keeps mirrors fresh until `shutdown`. A sync that is under way is finished first. Failures are reported and tried
/// again, later each time. Only `report` can end the watch with an error. The coordinator gives turns where other
/// relayers keep the same mirrors; [`Alone`](crate::Alone) gives all of them.
pub async fn watch(
    relayer: &Relayer,
    coordinator: &dyn Coordinator,
    options: &WatchOptions,
    board: &Board,
    shutdown: impl Future<Output = ()>,
    report: impl FnMut(WatchEvent) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut shutdown = pin!(shutdown);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut heads = Heads::follow(&relayer.source.urls(), options.poll, options.pace);
    let mut watcher = Watcher::new(relayer, coordinator, options, board, report, stopped);
    loop {
        let began = tokio::time::Instant::now();
        {
            let mut round = pin!(watcher.round());
            loop {
                tokio::select! {
                    biased;
                    () = &mut shutdown, if !*stop.borrow() => {
                        stop.send_replace(true);
                    }
                    result = &mut round => break result?,
                }
            }
        }
        if *stop.borrow() {
            return Ok(());
        }
        let next = async {
            heads.next(began).await;
            if let Some(recovered) = watcher.outage_over() {
                tokio::time::sleep_until(recovered.into()).await;
            }
        };
        tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            () = next => {}
        }
    }
}
