//! A running dev chain.

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::MissedTickBehavior};

use crate::{
    chain::Ledger,
    config::Config,
    error::Error,
    rpc::{self, Api},
    worker::Workers,
};

/// A dev chain that runs inside this process until it is stopped or dropped.
#[derive(Debug)]
pub struct DevChain {
    address: SocketAddr,
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<Result<(), Error>>,
}

impl DevChain {
    /// Starts a chain and returns when it listens.
    ///
    /// # Errors
    /// [`Error`] if the port is taken or the machine gives no threads.
    pub async fn spawn(config: Config) -> Result<Self, Error> {
        let (listener, address, api, workers) = prepare(config).await?;
        let (shutdown, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, api, workers, async move {
            // Dropped without being stopped is stopped, too.
            let _dropped = stopped.await.is_err();
        }));
        Ok(Self {
            address,
            shutdown: Some(shutdown),
            server,
        })
    }

    /// Where it listens, for HTTP; the same port takes WebSockets.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens, for WebSockets.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Stops it.
    pub async fn stop(mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            // A server that has ended already needs no telling.
            let _ended = shutdown.send(()).is_err();
        }
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the dev chain had stopped"),
            Err(error) => tracing::error!(%error, "the dev chain's task had died"),
        }
    }
}

/// Runs a dev chain until `shutdown` resolves; prints where it listens to stderr.
///
/// # Errors
/// [`Error`] if the port is taken, the machine gives no threads, or the server fails.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let kind = config.kind;
    let chain_id = config.chain_id;
    let (listener, address, api, workers) = prepare(config).await?;
    eprintln!("{kind:?} dev chain, chain id {chain_id}, listening on http://{address}");
    serve(listener, api, workers, shutdown).await
}

/// Serves, and makes a block every so many seconds, until `shutdown` resolves.
async fn serve(
    listener: TcpListener,
    api: Arc<Api>,
    workers: Workers,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let server = rpc::serve(listener, api.clone(), workers.clone(), shutdown);
    tokio::select! {
        ended = server => ended,
        never = make_blocks(api, workers) => match never {},
    }
}

/// Makes a block every so many seconds, while the chain has such an interval.
async fn make_blocks(api: Arc<Api>, workers: Workers) -> Infallible {
    let mut interval = api.read().interval();
    loop {
        let seconds = *interval.borrow_and_update();
        let Some(seconds) = seconds else {
            if interval.changed().await.is_err() {
                // The chain itself holds the other end.
                std::future::pending::<()>().await;
            }
            continue;
        };
        let mut ticks = tokio::time::interval(Duration::from_secs(seconds.get()));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick is at once.
        ticks.tick().await;
        loop {
            tokio::select! {
                _instant = ticks.tick() => {}
                _changed = interval.changed() => break,
            }
            let api = api.clone();
            let mined = workers.run(move || api.write().mine().header.number).await;
            if let Err(error) = mined {
                tracing::error!(%error, "a block was not made");
            }
        }
    }
}

async fn prepare(config: Config) -> Result<(TcpListener, SocketAddr, Arc<Api>, Workers), Error> {
    let wanted = SocketAddr::new(config.host, config.port);
    let bind = |source| Error::Bind {
        address: wanted,
        source,
    };
    let listener = TcpListener::bind(wanted).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let workers = Workers::start()?;
    Ok((
        listener,
        address,
        Arc::new(Api::new(Ledger::new(config))),
        workers,
    ))
}
