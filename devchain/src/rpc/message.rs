//! Requests and responses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::RpcError;

/// Most requests in one batch.
const BATCH_LIMIT: usize = 1000;

/// A request.
#[derive(Debug, Deserialize)]
pub struct Request {
    /// What the response is matched by; a notification has none.
    #[serde(default)]
    pub id: Option<Value>,
    /// The method.
    pub method: String,
    /// Its parameters.
    #[serde(default)]
    pub params: Option<Value>,
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
        match serde_json::from_slice(body) {
            Err(error) => Self::Single(Err(RpcError::parse(format!("parse error: {error}")))),
            Ok(Value::Array(requests)) if requests.is_empty() => {
                Self::Single(Err(RpcError::invalid_request("empty batch")))
            }
            Ok(Value::Array(requests)) if requests.len() > BATCH_LIMIT => {
                Self::Single(Err(RpcError::invalid_request(format!(
                    "batch too large: {} requests, limit {BATCH_LIMIT}",
                    requests.len()
                ))))
            }
            Ok(Value::Array(requests)) => Self::Batch(requests.into_iter().map(request).collect()),
            Ok(value) => Self::Single(request(value)),
        }
    }
}

fn request(value: Value) -> Result<Request, RpcError> {
    serde_json::from_value(value)
        .map_err(|error| RpcError::invalid_request(format!("invalid request: {error}")))
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
pub fn response(id: Option<Value>, result: Result<Reply, RpcError>) -> String {
    let id = id.unwrap_or(Value::Null);
    match result {
        Ok(Reply::Value(result)) => {
            json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string()
        }
        Ok(Reply::Text(result)) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string(),
    }
}
