//! Requests and responses.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json, value::RawValue};

use super::error::RpcError;

/// Most requests in one batch.
const BATCH_LIMIT: usize = 1000;

/// What a response is matched by, as the client wrote it, so that large numbers stay exact.
#[derive(Clone, Debug)]
pub struct Id(String);

/// A request.
#[derive(Debug)]
pub struct Request {
    /// What the response is matched by, null included; a notification has none.
    pub id: Option<Id>,
    /// The method.
    pub method: String,
    /// Its parameters.
    pub params: Option<Value>,
}

/// A request as it comes.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    method: String,
    #[serde(default)]
    params: Option<Value>,
}

/// A member that is there, even if it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What a body holds.
#[derive(Debug)]
pub enum Body {
    /// One request.
    Single(Result<Request, RpcError>),
    /// Several, answered in one list.
    Batch(Vec<Result<Request, RpcError>>),
}

impl Body {
    /// Reads a body; what is not a request becomes an error to answer with.
    pub fn parse(body: &[u8]) -> Self {
        let parse_error = |error| RpcError::parse(format!("parse error: {error}"));
        let whole: &RawValue = match serde_json::from_slice(body) {
            Ok(whole) => whole,
            Err(error) => return Self::Single(Err(parse_error(error))),
        };
        if !whole.get().starts_with('[') {
            return Self::Single(request(whole));
        }
        match serde_json::from_str::<Vec<&RawValue>>(whole.get()) {
            Err(error) => Self::Single(Err(parse_error(error))),
            Ok(requests) if requests.is_empty() => {
                Self::Single(Err(RpcError::invalid_request("empty batch")))
            }
            Ok(requests) if requests.len() > BATCH_LIMIT => {
                Self::Single(Err(RpcError::invalid_request(format!(
                    "batch too large: {} requests, limit {BATCH_LIMIT}",
                    requests.len()
                ))))
            }
            Ok(requests) => Self::Batch(requests.into_iter().map(request).collect()),
        }
    }
}

fn request(raw: &RawValue) -> Result<Request, RpcError> {
    let Raw { id, method, params } = serde_json::from_str(raw.get())
        .map_err(|error| RpcError::invalid_request(format!("invalid request: {error}")))?;
    if let Some(id) = id
        && id.get().starts_with(['{', '[', 't', 'f'])
    {
        return Err(RpcError::invalid_request(
            "invalid request: id must be a string, a number or null",
        ));
    }
    Ok(Request {
        id: id.map(|id| Id(id.get().to_owned())),
        method,
        params,
    })
}

/// What a request is answered with.
#[derive(Debug)]
pub enum Reply {
    /// JSON.
    Value(Value),
    /// JSON that is text already.
    Text(String),
}

/// The response to a request, as text.
pub fn response(id: Option<Id>, result: Result<Reply, RpcError>) -> String {
    let id = id.map_or_else(|| "null".to_owned(), |Id(id)| id);
    let (member, value) = match result {
        Ok(Reply::Value(result)) => ("result", result.to_string()),
        Ok(Reply::Text(result)) => ("result", result),
        Err(error) => ("error", json!(error).to_string()),
    };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"{member}":{value}}}"#)
}
