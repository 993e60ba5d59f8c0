use std::{fmt, sync::Arc, time::Duration};

use smartsync_chain::EndpointErrors;

use super::witness::Witnesses;
use crate::watch::Board;

/// What is served.
#[derive(Clone)]
pub(crate) struct Site {
    /// What the watch knows.
    pub board: Board,
    /// Requests to the nodes that failed.
    pub endpoint_errors: Arc<dyn Fn() -> Vec<EndpointErrors> + Send + Sync>,
    /// What builds witnesses, where that is wanted.
    pub witnesses: Option<Arc<Witnesses>>,
    /// A mirror that fails longer makes the service not ready.
    pub unready_after: Duration,
    /// A loop that does nothing for longer makes the service unhealthy.
    pub stalled_after: Duration,
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Site")
            .field("board", &self.board)
            .finish_non_exhaustive()
    }
}
