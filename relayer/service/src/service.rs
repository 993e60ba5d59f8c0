use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use alloy_primitives::Address;
use relayer::Relayer;
use smartsync_chain::Chain;

use crate::{
    coordination::Coordinator,
    error::Error,
    watch::{Board, WatchEvent, WatchOptions, watch},
    web::{Server, Site, Witnesses},
};

/// What a watch offers to those who look after it.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// Where the web page, the metrics and the health checks are served; `None`: nowhere.
    pub listen: Option<SocketAddr>,
    /// The prover for whose calls the web server builds witnesses; `None`: it builds none.
    pub witnesses: Option<Address>,
    /// A mirror that fails longer makes the service not ready.
    pub unready_after: Duration,
    /// A loop that does nothing for longer makes the service unhealthy.
    pub stalled_after: Duration,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            listen: None,
            witnesses: None,
            unready_after: Duration::from_secs(600),
            stalled_after: Duration::from_secs(900),
        }
    }
}

/// Watches, and serves the web page, metrics and health checks, until `shutdown`. `listening` is told where.
pub async fn run(
    relayer: &Relayer,
    coordinator: &dyn Coordinator,
    options: &WatchOptions,
    service: &ServiceOptions,
    shutdown: impl Future<Output = ()>,
    listening: impl FnOnce(SocketAddr),
    report: impl FnMut(WatchEvent) -> Result<(), Error>,
) -> Result<(), Error> {
    let board: Board = options.board();
    let chains: Vec<Chain> = vec![relayer.source.clone(), relayer.target().clone()];
    let server = match service.listen {
        Some(address) => {
            let site = Site {
                board: board.clone(),
                endpoint_errors: Arc::new(move || {
                    chains.iter().flat_map(Chain::endpoint_errors).collect()
                }),
                witnesses: service
                    .witnesses
                    .map(|prover| Witnesses::new(relayer.clone(), prover)),
                unready_after: service.unready_after,
                stalled_after: service.stalled_after.max(options.poll.saturating_mul(3)),
            };
            let server = Server::start(address, site).await?;
            listening(server.address());
            Some(server)
        }
        None => None,
    };
    let watched = watch(relayer, coordinator, options, &board, shutdown, report).await;
    if let Some(server) = server {
        server.stop().await;
    }
    watched
}
