use alloy_primitives::Address;
use smartsync_service::{ServiceOptions, WatchEvent, WatchOptions};

use crate::{coordinate::Coordinate, error::Error, group, report, session, settings::Settings};

/// Watches until the first Ctrl-C or SIGTERM; a second one does not wait for the sync under way.
pub async fn run(
    json: bool,
    settings: &Settings,
    coordinate: &Coordinate,
    mut options: WatchOptions,
    service: &ServiceOptions,
) -> Result<(), Error> {
    let relayer = session::relayer(settings).await?;
    group::known(&relayer, &settings.deployment, &mut options).await?;
    let options = &options;
    let coordinator = coordinate.coordinator(&relayer).await?;
    let name = |address: Address| {
        options
            .mirrors
            .iter()
            .find(|mirror| mirror.address == address)
            .map_or_else(|| address.to_string(), |mirror| mirror.name.clone())
    };
    let shutdown = async {
        smartsync_service::signalled().await;
        tracing::info!("ending after what is under way; a second signal ends at once");
        tokio::spawn(async {
            smartsync_service::signalled().await;
            std::process::exit(130);
        });
    };
    tracing::info!(
        mirrors = options.mirrors.len(),
        feeds = options.feeds.len(),
        "watching"
    );
    smartsync_service::run(
        &relayer,
        coordinator.as_ref(),
        options,
        service,
        shutdown,
        |address| tracing::info!("web page and metrics at http://{address}/"),
        |event| match event {
            WatchEvent::Synced(synced) => {
                tracing::info!(
                    proxy = %synced.proxy,
                    source_block = synced.source_block,
                    changes = synced.changes,
                    gas = synced.gas_used,
                    "synced"
                );
                Ok(report::write(json, &*synced)?)
            }
            WatchEvent::Together(moved) => {
                tracing::info!(
                    source = %moved.source,
                    source_block = moved.source_block,
                    members = moved.members.len(),
                    gas = moved.gas_used,
                    "synced together"
                );
                Ok(report::write(json, &*moved)?)
            }
            WatchEvent::Current(address) => {
                tracing::debug!(mirror = name(address), "current");
                Ok(())
            }
            WatchEvent::Held(address, hold) => {
                tracing::info!(mirror = name(address), reason = hold.name(), "held: {hold}");
                Ok(())
            }
            WatchEvent::Failed(address, error, pause) => {
                let retry_seconds = pause.as_secs_f64();
                tracing::error!(mirror = name(address), retry_seconds, "{error}");
                Ok(())
            }
            WatchEvent::FeedUpdated(update) => {
                tracing::info!(
                    feed = %update.feed,
                    stored = update.stored,
                    source_block = update.source_block,
                    answer = %update.answer,
                    gas = update.gas_used,
                    "feed updated"
                );
                Ok(report::write(json, &*update)?)
            }
            WatchEvent::FeedFailed(address, error, pause) => {
                let retry_seconds = pause.as_secs_f64();
                let feed = options.feeds.iter().find(|feed| feed.address == address);
                let feed = feed.map_or_else(|| address.to_string(), |feed| feed.name.clone());
                tracing::error!(feed, retry_seconds, "{error}");
                Ok(())
            }
            WatchEvent::Pushed(pushed) => {
                tracing::info!(
                    transaction = %pushed.transaction,
                    last_block = pushed.last_block,
                    fee = %pushed.fee,
                    value = %pushed.value,
                    "block hashes pushed"
                );
                Ok(())
            }
            WatchEvent::NotPushed(error, pause) => {
                let retry_seconds = pause.as_secs_f64();
                tracing::error!(retry_seconds, "no block hashes pushed: {error}");
                Ok(())
            }
            WatchEvent::Expiring(activation) => {
                let program = activation.program;
                match activation.left {
                    Some(left) => tracing::warn!(
                        program = program.name,
                        days = left.as_secs() / 86_400,
                        "its activation ends soon: set `programs.max_cost`, or have it renewed (ArbWasm.codehashKeepalive)"
                    ),
                    None => tracing::error!(
                        program = program.name,
                        address = %program.address,
                        "its activation has ended: set `programs.max_cost`, or have it activated (ArbWasm.activateProgram)"
                    ),
                }
                Ok(())
            }
            WatchEvent::Renewed(renewal) => {
                tracing::info!(
                    program = renewal.program,
                    transaction = %renewal.tx_hash,
                    fee = %renewal.fee,
                    data_fee = %renewal.data_fee,
                    "activation renewed"
                );
                Ok(())
            }
            WatchEvent::NotRenewed(activation, error) => {
                tracing::error!(program = activation.program.name, "not renewed: {error}");
                Ok(())
            }
            WatchEvent::Unreachable(error, pause) => {
                let retry_seconds = pause.as_secs_f64();
                tracing::error!(retry_seconds, "{error}");
                Ok(())
            }
        },
    )
    .await?;
    Ok(())
}
