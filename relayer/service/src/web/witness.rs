use std::{sync::Arc, time::Duration};

use alloy_primitives::{Address, Bytes};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use relayer::Relayer;
use serde::Deserialize;
use smartsync_execution::Read;
use smartsync_groups::{newest_known, prove_call};
use tokio::sync::Semaphore;

use super::site::Site;

/// Witnesses built at once; further requests are told to come back.
const AT_ONCE: usize = 4;
/// How long one may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What builds witnesses for whoever asks.
#[derive(Debug)]
pub(crate) struct Witnesses {
    relayer: Relayer,
    prover: Address,
    permits: Semaphore,
}

impl Witnesses {
    /// Witnesses for the calls of this prover.
    pub(crate) fn new(relayer: Relayer, prover: Address) -> Arc<Self> {
        Arc::new(Self {
            relayer,
            prover,
            permits: Semaphore::new(AT_ONCE),
        })
    }
}

/// A call of a contract on the source chain.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Asked {
    /// Who asks.
    #[serde(default)]
    from: Address,
    /// What is asked.
    to: Address,
    /// Calldata.
    data: Bytes,
    /// The source block; the newest that the root source knows, where none is given.
    block: Option<u64>,
}

/// The witness of a call, and the calldata of the prover: a JSON object, or a line of text that says why there is none.
pub(super) async fn witness(
    State(site): State<Site>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Response {
    let Some(witnesses) = site.witnesses else {
        return refuse(
            StatusCode::NOT_FOUND,
            "witnesses are not built here: service.witnesses is off",
        );
    };
    let asked = match asked {
        Ok(Json(asked)) => asked,
        Err(rejection) => return refuse(rejection.status(), &rejection.body_text()),
    };
    let Ok(_permit) = witnesses.permits.try_acquire() else {
        return refuse(
            StatusCode::TOO_MANY_REQUESTS,
            "as many witnesses as may be are being built: try again",
        );
    };
    match tokio::time::timeout(TIME_LIMIT, witnesses.build(asked)).await {
        Ok(Ok(json)) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Err(error)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error),
        Err(_elapsed) => refuse(StatusCode::GATEWAY_TIMEOUT, "the witness takes too long"),
    }
}

impl Witnesses {
    /// The proven call as JSON, or why there is none.
    async fn build(&self, asked: Asked) -> Result<String, String> {
        let block = match asked.block {
            Some(block) => block,
            None => newest_known(&self.relayer)
                .await
                .map_err(|error| error.to_string())?,
        };
        let read = Read {
            from: asked.from,
            to: asked.to,
            data: asked.data,
        };
        let proven = prove_call(&self.relayer, self.prover, &read, block)
            .await
            .map_err(|error| error.to_string())?;
        serde_json::to_string(&proven).map_err(|error| error.to_string())
    }
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, content_type, format!("{reason}\n")).into_response()
}
