use super::backoff::Backoff;
use crate::coordination::Takeover;

/// What is remembered of pushes from round to round.
#[derive(Debug, Default)]
pub(super) struct PushState {
    pub backoff: Backoff,
    /// Source block of the last one sent from here: a node that does not show its event, or does not mine it, must not make
    /// this one pay again.
    pub last: Option<u64>,
    /// A turn that another relayer left.
    pub takeover: Takeover,
}
