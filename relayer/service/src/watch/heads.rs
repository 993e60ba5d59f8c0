use std::time::Duration;

use alloy::{
    rpc::client::{ClientBuilder, WsConnect},
    transports::{RpcError, TransportErrorKind},
};
use alloy_primitives::B256;
use smartsync_chain::PrivateUrl;
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::JoinHandle,
    time::Instant,
};

const FIRST_RECONNECT: Duration = Duration::from_secs(1);
const LAST_RECONNECT: Duration = Duration::from_secs(60);

/// Says when there may be a newer source block: pushed over a WebSocket (`eth_subscribe`, `newHeads`) where the node's
/// URL is one, and by the clock in any case. It is a hint only: what is final is asked for.
#[derive(Debug)]
pub(crate) struct Heads {
    pushed: Option<watch::Receiver<()>>,
    task: Option<JoinHandle<()>>,
    poll: Duration,
    pace: Duration,
}

impl Heads {
    /// Follows the first WebSocket among the URLs. Rounds are at least `pace` and at most `poll` apart.
    pub(crate) fn follow(urls: &[PrivateUrl], poll: Duration, pace: Duration) -> Self {
        let socket = urls
            .iter()
            .find_map(|url| Some((url.clone(), url.websocket()?)));
        let (pushed, task) = match socket {
            Some((url, socket)) => {
                let (push, pushed) = watch::channel(());
                (
                    Some(pushed),
                    Some(tokio::spawn(subscribe(url, socket, push))),
                )
            }
            None => (None, None),
        };
        Self {
            pushed,
            task,
            poll,
            pace,
        }
    }

    /// Resolves when the next round, after one that began at `began`, is due.
    pub(crate) async fn next(&mut self, began: Instant) {
        tokio::time::sleep_until(began + self.pace.min(self.poll)).await;
        let timer = tokio::time::sleep_until(began + self.poll);
        match &mut self.pushed {
            Some(pushed) => tokio::select! {
                changed = pushed.changed() => {
                    if changed.is_err() {
                        // The task has ended, which it does not do by itself; the clock goes on.
                        self.pushed = None;
                    }
                }
                () = timer => {}
            },
            None => timer.await,
        }
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Subscribes, and again whenever the connection is lost.
async fn subscribe(url: PrivateUrl, socket: WsConnect, push: watch::Sender<()>) {
    let mut pause = FIRST_RECONNECT;
    loop {
        match follow(&socket, &push).await {
            Ok(()) => {
                tracing::warn!("the subscription to new source blocks ended, subscribing again");
                pause = FIRST_RECONNECT;
            }
            Err(error) => {
                let error = url.without_secrets(&smartsync_chain::one_line(&error));
                tracing::warn!("cannot subscribe to new source blocks, polling meanwhile: {error}");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_RECONNECT);
    }
}

async fn follow(
    socket: &WsConnect,
    push: &watch::Sender<()>,
) -> Result<(), RpcError<TransportErrorKind>> {
    let client = ClientBuilder::default().ws(socket.clone()).await?;
    let id: B256 = client.request("eth_subscribe", ("newHeads",)).await?;
    let frontend = client
        .pubsub_frontend()
        .ok_or_else(|| TransportErrorKind::custom_str("the connection takes no subscriptions"))?;
    let mut heads = frontend.get_subscription(id).await?;
    tracing::info!("following new source blocks by subscription");
    loop {
        match heads.recv().await {
            // What was missed says the same as what comes: look.
            Ok(_) | Err(RecvError::Lagged(_)) => {
                push.send_replace(());
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
