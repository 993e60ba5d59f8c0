//! What is learnt of a source node: which ways of finding changes it offers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    AccessLists, BlockTraces, ChangeFinder, Listing, LocalReplay, StructLogs, TransactionTraces,
};
use crate::{error::Error, unsupported::is_unsupported};

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
                Arc::new(LocalReplay::default()),
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
    pub fn learn(&self, way: &dyn ChangeFinder, error: &Error) {
        if matches!(error, Error::Chain(error) if is_unsupported(error)) {
            tracing::info!(way = way.name(), %error, "the source node does not offer this way");
            self.lock().insert(way.name(), error.to_string());
        }
    }

    /// Forgets what the node does not offer: it may have been replaced by another.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // Entries are inserted in one step.
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::rpc::json_rpc::{ErrorPayload, RpcError};
    use smartsync_chain::Side;

    fn refusal(code: i64, message: &'static str) -> Error {
        Error::Chain(smartsync_chain::Error::Rpc {
            side: Side::Source,
            method: "debug_something".to_owned(),
            source: RpcError::ErrorResp(ErrorPayload {
                code,
                message: message.into(),
                data: None,
            }),
        })
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
