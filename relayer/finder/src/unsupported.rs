use alloy::transports::RpcError;
use smartsync_chain::Error;

/// JSON-RPC: there is no such method.
const METHOD_NOT_FOUND: i64 = -32_601;
/// EIP-1474: the method is not supported.
const METHOD_NOT_SUPPORTED: i64 = -32_004;

/// Whether a request failed because the node does not offer the method, or answers it with something else, rather than
/// for this block or this moment.
pub(crate) fn is_unsupported(error: &Error) -> bool {
    let Error::Rpc { source, .. } = error else {
        return false;
    };
    match source {
        RpcError::ErrorResp(payload) => {
            let message = payload.message.to_lowercase();
            matches!(payload.code, METHOD_NOT_FOUND | METHOD_NOT_SUPPORTED)
                || (message.contains("method")
                    && [
                        "not found",
                        "not exist",
                        "not support",
                        "not available",
                        "not allowed",
                        "unsupported",
                    ]
                    .iter()
                    .any(|words| message.contains(words)))
        }
        RpcError::DeserError { .. } | RpcError::UnsupportedFeature(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::rpc::json_rpc::ErrorPayload;
    use smartsync_chain::Side;

    fn refusal(code: i64, message: &'static str) -> Error {
        Error::Rpc {
            side: Side::Source,
            method: "debug_something".to_owned(),
            source: RpcError::ErrorResp(ErrorPayload {
                code,
                message: message.into(),
                data: None,
            }),
        }
    }

    #[test]
    fn a_missing_method_is_told_from_a_block_that_is_too_old() {
        for (code, message) in [
            (-32_601, "Method not found"),
            (
                -32_601,
                "the method debug_traceBlockByNumber does not exist/is not available",
            ),
            (-32_000, "Method debug_storageRangeAt not supported."),
        ] {
            assert!(is_unsupported(&refusal(code, message)), "{message}");
        }
        for (code, message) in [
            (-32_000, "missing trie node 1234 (path )"),
            (-32_000, "header not found"),
            (4_444, "Pruned history unavailable"),
            (-32_602, "invalid argument 0: hex string without 0x prefix"),
        ] {
            assert!(!is_unsupported(&refusal(code, message)), "{message}");
        }
    }
}
