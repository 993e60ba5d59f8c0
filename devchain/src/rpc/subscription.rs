//! `eth_subscribe`: new heads, logs and whether the node is behind, pushed over a WebSocket.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_primitives::U256;
use alloy_rpc_types_eth::Filter;
use serde_json::{Value, json};
use tokio::{
    sync::{broadcast, mpsc},
    task::JoinHandle,
};

use super::{api::Api, block_view, error::RpcError, logs, params::Params};
use crate::chain::Block;

/// Most subscriptions of one WebSocket.
const LIMIT: usize = 1_000;

/// The subscriptions of one WebSocket; dropping them ends them.
#[derive(Debug)]
pub struct Subscriptions {
    outbox: mpsc::Sender<String>,
    running: Mutex<HashMap<U256, JoinHandle<()>>>,
    next: AtomicU64,
    greetings: Mutex<Vec<String>>,
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        for (_, task) in self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain()
        {
            task.abort();
        }
    }
}

enum Topic {
    Heads,
    Logs(Box<Filter>),
    Transactions,
    Syncing,
}

impl Topic {
    fn of(&self, block: &Block) -> Vec<Value> {
        match self {
            Self::Heads => vec![block_view::header(block)],
            Self::Logs(filter) => logs::of_block(block, filter)
                .into_iter()
                .map(|log| json!(log))
                .collect(),
            Self::Transactions => block
                .transactions
                .iter()
                .map(|mined| json!(mined.hash))
                .collect(),
            // A dev chain is never behind.
            Self::Syncing => Vec::new(),
        }
    }
}

impl Subscriptions {
    /// None yet.
    pub fn new(outbox: mpsc::Sender<String>) -> Self {
        Self {
            outbox,
            running: Mutex::default(),
            next: AtomicU64::new(1),
            greetings: Mutex::default(),
        }
    }

    fn start(&self, topic: Topic, mut blocks: broadcast::Receiver<Arc<Block>>) -> U256 {
        let id = U256::from(self.next.fetch_add(1, Ordering::Relaxed));
        if matches!(topic, Topic::Syncing) {
            self.lock_greetings().push(notification(id, &json!(false)));
        }
        let outbox = self.outbox.clone();
        let task = tokio::spawn(async move {
            loop {
                let block = match blocks.recv().await {
                    Ok(block) => block,
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "a subscriber is too slow and missed blocks");
                        continue;
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                for result in topic.of(&block) {
                    if outbox.send(notification(id, &result)).await.is_err() {
                        return;
                    }
                }
            }
        });
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, task);
        id
    }

    fn lock_greetings(&self) -> MutexGuard<'_, Vec<String>> {
        self.greetings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifications that follow the answer to the subscription itself.
    pub fn take_greetings(&self) -> Vec<String> {
        std::mem::take(&mut self.lock_greetings())
    }

    fn count(&self) -> usize {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    fn stop(&self, id: U256) -> bool {
        let task = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        task.inspect(|task| task.abort()).is_some()
    }
}

/// What is pushed to a subscriber.
fn notification(id: U256, result: &Value) -> String {
    json!({
        "jsonrpc": "2.0",
        "method": "eth_subscription",
        "params": { "subscription": id, "result": result },
    })
    .to_string()
}

/// Serves `eth_subscribe` and `eth_unsubscribe`; none if it is another method.
pub fn handle(
    subscriptions: &Subscriptions,
    api: &Api,
    method: &str,
    params: Option<Value>,
) -> Option<Result<Value, RpcError>> {
    match method {
        "eth_subscribe" => Some(subscribe(subscriptions, api, params)),
        "eth_unsubscribe" => Some(unsubscribe(subscriptions, params)),
        _ => None,
    }
}

/// Whether a second parameter asks for more than the usual; whole pending transactions are not pushed.
fn asks_for_more(value: Value) -> bool {
    value != Value::Bool(false) && value != json!({})
}

fn subscribe(
    subscriptions: &Subscriptions,
    api: &Api,
    params: Option<Value>,
) -> Result<Value, RpcError> {
    let mut params = Params::new(params)?;
    params.at_most(2)?;
    let topic = match params.next::<String>()?.as_str() {
        "logs" => Topic::Logs(Box::new(params.next_or_none()?.unwrap_or_default())),
        _ if params.next_or_none::<Value>()?.is_some_and(asks_for_more) => {
            return Err(RpcError::invalid_params(
                "too many arguments, want at most 1",
            ));
        }
        "newHeads" => Topic::Heads,
        "newPendingTransactions" => Topic::Transactions,
        "syncing" => Topic::Syncing,
        other => {
            return Err(RpcError::invalid_params(format!(
                "no subscription named {other}"
            )));
        }
    };
    if subscriptions.count() >= LIMIT {
        return Err(RpcError::server(format!(
            "too many subscriptions, limit {LIMIT}"
        )));
    }
    let blocks = api.read().subscribe();
    Ok(json!(subscriptions.start(topic, blocks)))
}

fn unsubscribe(subscriptions: &Subscriptions, params: Option<Value>) -> Result<Value, RpcError> {
    let mut params = Params::new(params)?;
    params.at_most(1)?;
    let id: U256 = params.next()?;
    Ok(json!(subscriptions.stop(id)))
}
