use std::time::Duration;

use alloy::{
    rpc::json_rpc::ErrorPayload,
    transports::{RpcError, TransportErrorKind},
};

/// What a failed request says about the node, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is the answer: any node would give it.
    Answer,
    /// This node does not offer it, or refuses; another one may not.
    Refusal,
    /// This node does not have the block yet.
    Behind,
    /// This node wants fewer requests, perhaps none for so long.
    Busy(Option<Duration>),
    /// What this node answered is no answer to the request. Some nodes always answer some methods so.
    Misshapen,
    /// This node is not there, or does not speak the protocol.
    Broken,
}

impl Fault {
    pub(super) fn of(error: &RpcError<TransportErrorKind>) -> Self {
        match error {
            RpcError::ErrorResp(payload) => Self::of_answer(payload),
            RpcError::Transport(TransportErrorKind::HttpErrorWithRetryAfter {
                retry_after,
                ..
            }) => Self::Busy(Some(*retry_after)),
            RpcError::Transport(TransportErrorKind::HttpError(http)) => match http.status {
                429 => Self::Busy(None),
                408 | 500.. => Self::Broken,
                // No access, no such place, a body too large: asking the same node again is of no use.
                _ => Self::Refusal,
            },
            RpcError::Transport(TransportErrorKind::NonRetryable(_)) => Self::Refusal,
            RpcError::DeserError { .. } => Self::Misshapen,
            RpcError::SerError(_) | RpcError::LocalUsageError(_) => Self::Answer,
            _ => Self::Broken,
        }
    }

    fn of_answer(payload: &ErrorPayload) -> Self {
        let message = payload.message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if is_revert(payload) {
            Self::Answer
        } else if says(&["block range", "more than", "too large", "results"]) {
            // Too much asked for at once; some nodes give this the code of a rate limit.
            Self::Refusal
        } else if matches!(payload.code, 429 | -32005 | -32055 | 1008)
            || says(&[
                "rate limit",
                "ratelimit",
                "too many requests",
                "request limit",
                "compute units",
                "credits limited",
                "capacity exceeded",
                "exceeded its",
            ])
        {
            Self::Busy(None)
        } else if says(&[
            "header not found",
            "block not found",
            "unknown block",
            "header for hash not found",
            "is not known",
        ]) {
            Self::Behind
        } else {
            Self::Refusal
        }
    }
}

/// Whether a contract refused, which is no fault of the node.
pub(super) fn is_revert(payload: &ErrorPayload) -> bool {
    payload.code == 3 || payload.message.contains("revert")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: i64, message: &str) -> RpcError<TransportErrorKind> {
        RpcError::ErrorResp(ErrorPayload {
            code,
            message: message.to_owned().into(),
            data: None,
        })
    }

    #[test]
    fn errors_as_nodes_word_them_are_told_apart() {
        for (code, message, fault) in [
            // geth, Nitro.
            (3, "execution reverted", Fault::Answer),
            (-32000, "header not found", Fault::Behind),
            (-32000, "missing trie node 12ab (path )", Fault::Refusal),
            (
                -32601,
                "the method debug_traceBlockByNumber does not exist/is not available",
                Fault::Refusal,
            ),
            // Infura, Alchemy, QuickNode, inside an HTTP 200.
            (
                -32005,
                "project ID request rate exceeded",
                Fault::Busy(None),
            ),
            (
                -32005,
                "query returned more than 10000 results",
                Fault::Refusal,
            ),
            (
                429,
                "Your app has exceeded its compute units per second capacity",
                Fault::Busy(None),
            ),
            (-32007, "50/second request limit reached", Fault::Busy(None)),
            // Reth's proof window.
            (
                -32602,
                "distance to target block exceeds maximum proof window",
                Fault::Refusal,
            ),
        ] {
            assert_eq!(Fault::of(&answer(code, message)), fault, "{message}");
        }
    }

    #[test]
    fn http_errors_are_told_apart() {
        let http = |status| TransportErrorKind::http_error(status, String::new());
        for (status, fault) in [
            (429, Fault::Busy(None)),
            (408, Fault::Broken),
            (503, Fault::Broken),
            (401, Fault::Refusal),
            (413, Fault::Refusal),
        ] {
            assert_eq!(Fault::of(&http(status)), fault, "{status}");
        }
        let patient = Duration::from_secs(7);
        let limited =
            TransportErrorKind::http_error_with_retry_after(429, String::new(), Some(patient));
        assert_eq!(Fault::of(&limited), Fault::Busy(Some(patient)));
        let truncated = serde_json::from_str::<bool>("tru").expect_err("truncated");
        assert_eq!(
            Fault::of(&RpcError::deser_err(truncated, "tru")),
            Fault::Misshapen
        );
    }
}
