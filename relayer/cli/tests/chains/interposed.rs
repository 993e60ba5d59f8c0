//! A proxy in front of a node, whose test decides what becomes of each request.

use std::{fmt, sync::Arc};

use alloy::transports::http::reqwest::Client;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::fault_proxy::{forward, read_request, write_answer};

/// What becomes of a request.
#[derive(Debug)]
pub enum Fate {
    /// The node answers it.
    Forward,
    /// This is answered instead: `{ "result": .. }` or `{ "error": .. }`.
    Answer(Value),
    /// Nothing is answered, and the connection stays open.
    Hang,
}

/// An error as nodes answer it, inside an HTTP 200.
pub fn refusal(code: i64, message: &str) -> Fate {
    Fate::Answer(json!({ "error": { "code": code, "message": message } }))
}

type Decide = dyn Fn(String, Value) -> BoxFuture<'static, Fate> + Send + Sync;

/// One proxy.
pub struct Interposed {
    pub url: String,
    task: JoinHandle<()>,
}

impl fmt::Debug for Interposed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Interposed({})", self.url)
    }
}

impl Drop for Interposed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Interposed {
    /// Starts one in front of a node; `decide` is asked with the method and the parameters of each request.
    pub async fn start(
        upstream: String,
        decide: impl Fn(String, Value) -> BoxFuture<'static, Fate> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let decide: Arc<Decide> = Arc::new(decide);
        let client = Client::new();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, decide, client) = (upstream.clone(), decide.clone(), client.clone());
                tokio::spawn(async move {
                    // A client that goes away is none of the proxy's business.
                    serve(&upstream, decide.as_ref(), &client, stream)
                        .await
                        .unwrap_or_default();
                });
            }
        });
        Self { url, task }
    }

    /// One whose answers the test decides at once, without waiting for anything.
    pub async fn deciding(
        upstream: String,
        decide: impl Fn(&str, &Value) -> Fate + Send + Sync + 'static,
    ) -> Self {
        Self::start(upstream, move |method, params| {
            let fate = decide(&method, &params);
            Box::pin(async move { fate })
        })
        .await
    }
}

async fn serve(
    upstream: &str,
    decide: &Decide,
    client: &Client,
    mut stream: TcpStream,
) -> std::io::Result<()> {
    let body = read_request(&mut stream).await?;
    let request: Value = serde_json::from_slice(&body).expect("a JSON-RPC request");
    let method = request["method"].as_str().expect("a method").to_owned();
    match decide(method, request["params"].clone()).await {
        Fate::Forward => {
            let answer = forward(client, upstream, &body).await;
            write_answer(&mut stream, &answer).await
        }
        Fate::Answer(mut answer) => {
            answer["jsonrpc"] = json!("2.0");
            answer["id"] = request["id"].clone();
            write_answer(&mut stream, answer.to_string().as_bytes()).await
        }
        Fate::Hang => {
            // Until the client gives up.
            let () = std::future::pending().await;
            Ok(())
        }
    }
}
