//! The port: HTTP requests and WebSockets.

use std::{future::Future, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, State, WebSocketUpgrade,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
    serve::ListenerExt,
};
use futures::{SinkExt, StreamExt};
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    api::Api,
    dispatch::dispatch,
    error::RpcError,
    message::{Body, Reply, Request, response},
    proof,
    subscription::{self, Subscriptions},
};
use crate::{error::Error, worker::Workers};

/// Largest request in bytes.
const BODY_LIMIT: usize = 128 * 1024 * 1024;
/// Bytes of a batch's responses from which on its other requests are refused.
const BATCH_RESPONSE_LIMIT: usize = 256 * 1024 * 1024;
/// Messages that may wait for a slow WebSocket client.
const OUTBOX: usize = 1024;

#[derive(Clone)]
struct Shared {
    api: Arc<Api>,
    workers: Workers,
}

/// Serves until `shutdown` resolves.
pub async fn serve(
    listener: TcpListener,
    api: Arc<Api>,
    workers: Workers,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let router = Router::new()
        .route("/", any(root))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Shared { api, workers });
    // An answer that takes several segments must not wait for the client to acknowledge each.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays with delays");
        }
    });
    let server = axum::serve(listener, router).into_future();
    // Open connections are cut off: a client's keep-alive or subscription must not keep a stopped chain running.
    tokio::select! {
        ended = server => ended.map_err(Error::Serve),
        () = shutdown => Ok(()),
    }
}

async fn root(
    State(shared): State<Shared>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    method: axum::http::Method,
    body: Bytes,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return upgrade
            .max_message_size(BODY_LIMIT)
            .max_frame_size(BODY_LIMIT)
            .on_upgrade(move |socket| converse(socket, shared));
    }
    // Any page may talk to a dev chain, as with other dev nodes.
    let cors: [(HeaderName, HeaderValue); 3] = [
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("*"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("POST, GET, OPTIONS"),
        ),
    ];
    if method == axum::http::Method::OPTIONS {
        return (StatusCode::NO_CONTENT, cors).into_response();
    }
    if method != axum::http::Method::POST {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            cors,
            "POST JSON-RPC requests, or open a WebSocket",
        )
            .into_response();
    }
    match answer(&shared, &body, None).await {
        Some(text) => {
            let json = HeaderValue::from_static("application/json");
            (cors, [(header::CONTENT_TYPE, json)], text).into_response()
        }
        None => (StatusCode::NO_CONTENT, cors).into_response(),
    }
}

/// The response to a body; none if it holds nothing but notifications.
async fn answer(
    shared: &Shared,
    body: &[u8],
    subscriptions: Option<&Subscriptions>,
) -> Option<String> {
    match Body::parse(body) {
        Body::Single(request) => answer_one(shared, request, subscriptions).await,
        Body::Batch(requests) => {
            let mut responses = Vec::with_capacity(requests.len());
            let mut bytes = 0;
            for request in requests {
                let answer = match request {
                    Ok(request) if bytes > BATCH_RESPONSE_LIMIT => request.id.map(|id| {
                        let error = RpcError::server("response too large");
                        response(Some(id), Err(error))
                    }),
                    request => answer_one(shared, request, subscriptions).await,
                };
                bytes += answer.as_ref().map_or(0, String::len);
                responses.extend(answer);
            }
            (!responses.is_empty()).then(|| format!("[{}]", responses.join(",")))
        }
    }
}

async fn answer_one(
    shared: &Shared,
    request: Result<Request, RpcError>,
    subscriptions: Option<&Subscriptions>,
) -> Option<String> {
    let request = match request {
        Ok(request) => request,
        Err(error) => return Some(response(None, Err(error))),
    };
    let Request { id, method, params } = request;
    if let Some(subscriptions) = subscriptions
        && let Some(result) =
            subscription::handle(subscriptions, &shared.api, &method, params.clone())
    {
        return id.is_some().then(|| response(id, result.map(Reply::Value)));
    }
    let api = shared.api.clone();
    let asked = id.is_some();
    let its_id = id.clone();
    let answered = shared
        .workers
        .run(move || {
            let result = match method.as_str() {
                "eth_getProof" => proof::proof(&api, params).map(Reply::Text),
                _ => dispatch(&api, &method, params).map(Reply::Value),
            };
            response(its_id, result)
        })
        .await;
    let text =
        answered.unwrap_or_else(|died| response(id, Err(RpcError::internal(died.to_string()))));
    asked.then_some(text)
}

/// Answers a WebSocket client until it goes away.
async fn converse(socket: WebSocket, shared: Shared) {
    let (mut out, mut incoming) = socket.split();
    let (outbox, mut letters) = mpsc::channel::<String>(OUTBOX);
    let subscriptions = Subscriptions::new(outbox.clone());
    let writer = tokio::spawn(async move {
        while let Some(letter) = letters.recv().await {
            if out.send(Message::Text(letter.into())).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = incoming.next().await {
        let body = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            Message::Close(_) => break,
            // axum answers pings itself.
            Message::Ping(_) | Message::Pong(_) => continue,
        };
        let text = answer(&shared, &body, Some(&subscriptions)).await;
        let letters = text.into_iter().chain(subscriptions.take_greetings());
        for letter in letters {
            if outbox.send(letter).await.is_err() {
                // The writer has gone, and the next read ends the conversation.
                break;
            }
        }
    }
    drop(subscriptions);
    writer.abort();
}
