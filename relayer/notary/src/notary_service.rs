use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use alloy_primitives::Address;
use smartsync_chain::{Chain, Key};
use tokio::net::TcpListener;

use crate::{
    error::NotaryServiceError,
    http,
    journal::{Journal, Owner},
    service::Service,
    source_nodes::SourceNodes,
};

/// How long requests under way may take after the end was asked for.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How to serve.
pub struct NotaryServiceConfig {
    /// Nodes of the source chain.
    pub nodes: SourceNodes,
    /// The target chain, where the notary is.
    pub target: Chain,
    /// The notary.
    pub notary: Address,
    /// The key.
    pub signer: Key,
    /// The journal.
    pub journal: PathBuf,
    /// Make the journal if it is missing, for blocks from this one on.
    pub create_journal: Option<u64>,
    /// How far below the newest final block headers are signed.
    pub window: u64,
    /// Sign the newest final block whose number is a multiple of this without being asked.
    pub every: Option<u64>,
    /// Time between two looks for such a block.
    pub poll: Duration,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl std::fmt::Debug for NotaryServiceConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "NotaryServiceConfig({})", self.notary)
    }
}

/// Serves until `shutdown`. `listening` is told the address when requests are taken.
pub async fn serve_notary(
    config: NotaryServiceConfig,
    shutdown: impl Future<Output = ()>,
    listening: impl FnOnce(SocketAddr) -> std::io::Result<()>,
) -> Result<(), NotaryServiceError> {
    let owner = Owner {
        signer: config.signer.address(),
        source_chain_id: config.nodes.chain_id(),
    };
    if let Some(first_block) = config.create_journal
        && !config.journal.exists()
    {
        Journal::create(&config.journal, owner, first_block)?;
    }
    let journal = Journal::open(&config.journal, owner)?;
    let listen_error = |source| NotaryServiceError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let service = Arc::new(Service::new(
        config.nodes,
        config.target,
        config.notary,
        config.signer,
        journal,
        config.window,
    ));
    // A wrong address or chain shows here and not at the first request.
    let request = service.request().await?;
    if !request.signers.contains(&owner.signer) {
        tracing::warn!(
            signer = %owner.signer,
            notary = %config.notary,
            "the notary's present set does not have this signer: its signatures count for nothing until a rotation"
        );
    }
    listening(address).map_err(NotaryServiceError::Output)?;

    let (stop, mut stopped) = tokio::sync::watch::channel(());
    let serving = axum::serve(listener, http::router(Arc::clone(&service))).with_graceful_shutdown(
        async move {
            // A sender that is gone ends it too.
            stopped.changed().await.unwrap_or_default();
        },
    );
    let mut serving = std::pin::pin!(serving.into_future());
    tokio::select! {
        served = &mut serving => return served.map_err(NotaryServiceError::Serve),
        () = shutdown => {}
        () = follow(&service, config.every, config.poll) => {}
    }
    drop(stop);
    match tokio::time::timeout(LAST_REQUESTS, serving).await {
        Ok(served) => served.map_err(NotaryServiceError::Serve),
        Err(_elapsed) => {
            tracing::warn!("requests under way were broken off");
            Ok(())
        }
    }
}

/// Signs each multiple of `every` that becomes the newest one among the final blocks. Refusals are logged where they
/// arise, and the next look tries again.
async fn follow(service: &Service, every: Option<u64>, poll: Duration) {
    let Some(every) = every.filter(|every| *every > 0) else {
        return std::future::pending().await;
    };
    let mut looks = tokio::time::interval(poll);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut signed = None;
    loop {
        looks.tick().await;
        match service.latest().await {
            Ok(latest) => {
                let block = latest.final_block / every * every;
                if signed != Some(block) && service.sign(block).await.is_ok() {
                    signed = Some(block);
                }
            }
            Err(refusal) => tracing::warn!("nothing to sign: {refusal}"),
        }
    }
}
