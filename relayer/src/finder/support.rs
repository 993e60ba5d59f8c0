//! What is learnt of a source node: which ways of finding changes it offers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::transports::RpcError;

use super::{
    AccessLists, BlockTraces, ChangeFinder, Listing, LocalReplay, StructLogs, TransactionTraces,
};
use crate::error::Error;

/// JSON-RPC: there is no such method.
const METHOD_NOT_FOUND: i64 = -32_601;
/// EIP-1474: the method is not supported.
const METHOD_NOT_SUPPORTED: i64 = -32_004;

/// The ways of finding changes, in the order in which they are tried: from the one that costs the node least. A way
/// that the source node does not offer is remembered for as long as the process runs, and not tried again; clones share
/// what they know.
#[derive(Clone, Debug)]
pub struct Finders {
    ways: Vec<Arc<dyn ChangeFinder>>,
    /// The ways that the node does not offer, by name, with the reason.
    missing: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Default for Finders {
    fn default() -> Self {
        Self {
            ways: vec![
                Arc::new(AccessLists),
                Arc::new(BlockTraces),
                Arc::new(TransactionTraces),
                Arc::new(StructLogs),
                Arc::new(LocalReplay),
                Arc::new(Listing),
            ],
            missing: Arc::default(),
        }
    }
}

impl Finders {
    /// One way only, by its name; `None` if there is none of this name.
    pub fn only(name: &str) -> Option<Self> {
        let mut finders = Self::default();
        finders.ways.retain(|way| way.name() == name);
        (!finders.ways.is_empty()).then_some(finders)
    }

    /// All ways.
    pub fn all(&self) -> impl Iterator<Item = &dyn ChangeFinder> {
        self.ways.iter().map(AsRef::as_ref)
    }

    /// Why the node does not offer a way; `None` as long as it is not known not to.
    pub fn missing(&self, way: &dyn ChangeFinder) -> Option<String> {
        self.lock().get(way.name()).cloned()
    }

    /// Remembers a way if it failed because the node does not offer it.
    pub(crate) fn learn(&self, way: &dyn ChangeFinder, error: &Error) {
        if is_unsupported(error) {
            tracing::info!(way = way.name(), %error, "the source node does not offer this way");
            self.lock().insert(way.name(), error.to_string());
        }
    }

    /// Forgets what the node does not offer: it may have been replaced by another.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // Entries are inserted in one step.
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    use crate::error::Side;
    use alloy::rpc::json_rpc::ErrorPayload;

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

    #[test]
    fn a_way_that_is_not_offered_is_remembered_until_all_is_forgotten() {
        let finders = Finders::default();
        let [first, second] = [&AccessLists as &dyn ChangeFinder, &BlockTraces];
        finders.learn(first, &refusal(-32_601, "Method not found"));
        finders.learn(second, &refusal(-32_000, "header not found"));
        assert!(
            finders
                .missing(first)
                .is_some_and(|reason| reason.contains("Method not found"))
        );
        assert_eq!(finders.missing(second), None);
        finders.forget();
        assert_eq!(finders.missing(first), None);
    }
}
