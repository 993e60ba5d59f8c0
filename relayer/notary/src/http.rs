use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use crate::{refusal::Refusal, service::Service};

/// What is answered where nothing is signed.
#[derive(Serialize)]
struct Refused {
    error: &'static str,
    message: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let refused = Refused {
            error: self.name(),
            message: self.to_string(),
        };
        (status, Json(refused)).into_response()
    }
}

/// The routes of the service.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/signatures/{block}", get(signature))
        .route("/v1/latest", get(latest))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(unknown)
        .with_state(service)
}

async fn signature(State(service): State<Arc<Service>>, Path(block): Path<String>) -> Response {
    let Ok(block) = block.parse() else {
        let refused = Refused {
            error: "NotABlockNumber",
            message: "a source block is named by its number in decimal".to_owned(),
        };
        return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
    };
    // A task of its own: what was begun is finished, also when the asker goes away.
    match tokio::spawn(async move { service.sign(block).await }).await {
        Ok(Ok(signed)) => Json(signed).into_response(),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(stopped) => Refusal::Stopped(stopped).into_response(),
    }
}

async fn latest(State(service): State<Arc<Service>>) -> Response {
    match service.latest().await {
        Ok(latest) => Json(latest).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn health(State(service): State<Arc<Service>>) -> Response {
    match service.health().await {
        Ok(()) => "ok\n".into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, service.metrics().await).into_response()
}

async fn unknown() -> Response {
    let refused = Refused {
        error: "NotFound",
        message: "there are /v1/signatures/{block}, /v1/latest, /healthz and /metrics".to_owned(),
    };
    (StatusCode::NOT_FOUND, Json(refused)).into_response()
}
