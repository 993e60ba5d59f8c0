use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    site::Site,
    witness::{Asked, Refusal},
};
use crate::metrics;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const ICON: &str = include_str!("icon.svg");

fn text(content_type: &'static str, body: impl Into<String>) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

pub(super) async fn page() -> Response {
    text("text/html; charset=utf-8", PAGE)
}

pub(super) async fn style() -> Response {
    text("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    text("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn icon() -> Response {
    text("image/svg+xml", ICON)
}

/// Everything as JSON. Amounts of wei are hexadecimal, as in JSON-RPC.
pub(super) async fn status(State(site): State<Site>) -> Response {
    match serde_json::to_string(&site.board.view()) {
        Ok(json) => text("application/json", json),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &[error.to_string()]),
    }
}

pub(super) async fn metrics(State(site): State<Site>) -> Response {
    let ready = site.board.unready(site.unready_after).is_empty();
    match metrics::render(&site.board.view(), &(site.endpoint_errors)(), ready) {
        Ok(body) => text(metrics::CONTENT_TYPE, body),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &[error.to_string()]),
    }
}

/// Whether the process lives and its loop moves.
pub(super) async fn healthz(State(site): State<Site>) -> Response {
    let idle = site.board.idle();
    match idle < site.stalled_after {
        true => text("text/plain; charset=utf-8", "ok\n"),
        false => refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            &[format!(
                "the loop has done nothing for {} s",
                idle.as_secs()
            )],
        ),
    }
}

/// Whether the service does what it is for.
pub(super) async fn readyz(State(site): State<Site>) -> Response {
    let reasons = site.board.unready(site.unready_after);
    match reasons.is_empty() {
        true => text("text/plain; charset=utf-8", "ok\n"),
        false => refuse(StatusCode::SERVICE_UNAVAILABLE, &reasons),
    }
}

/// The witness of a call, and the calldata of the prover: a JSON object, or a line of text that says why there is none.
pub(super) async fn witness(
    State(site): State<Site>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Response {
    let Some(witnesses) = site.witnesses else {
        let off = "witnesses are not built here: service.witnesses is off";
        return refuse(StatusCode::NOT_FOUND, &[off.to_owned()]);
    };
    let asked = match asked {
        Ok(Json(asked)) => asked,
        Err(rejection) => return refuse(rejection.status(), &[rejection.body_text()]),
    };
    let (status, reason) = match witnesses.answer(asked).await {
        Ok(json) => return text("application/json", json),
        Err(Refusal::Busy) => (
            StatusCode::TOO_MANY_REQUESTS,
            "as many witnesses as may be are being built: try again".to_owned(),
        ),
        Err(Refusal::TooLong) => (
            StatusCode::GATEWAY_TIMEOUT,
            "the witness takes too long".to_owned(),
        ),
        Err(Refusal::Impossible(reason)) => (StatusCode::UNPROCESSABLE_ENTITY, reason),
    };
    refuse(status, &[reason])
}

fn refuse(status: StatusCode, reasons: &[String]) -> Response {
    let mut body = reasons.join("\n");
    body.push('\n');
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, content_type, body).into_response()
}
