use std::time::{Duration, Instant, SystemTime};

use alloy_primitives::Address;
use smartsync_chain::Submitter;

use super::Turn;

/// How long a relayer that lost its turn may still be at sending what it had begun: it looks whether it has its turn just
/// before.
const GRACE: Duration = Duration::from_secs(2);

/// Waits, at one mirror, for what another relayer may have on its way that was killed or cut off during its turn. Without
/// that the same might be sent twice, and paid for twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Takeover {
    /// The turn that was left, by when it was taken, and when it was found.
    left: Option<(SystemTime, Instant)>,
}

/// Whether a turn can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Nobody left it.
    Ready,
    /// It was another relayer's and is this one's now: the mirror may have moved since it was read.
    TakenOver,
    /// Not yet: drop it, and take it again later.
    Wait,
}

impl Takeover {
    /// Whether a turn can be used now. A turn that was left can be when its relayer has had time to send what it had
    /// begun, and nothing that its account sent waits to be mined; or when that waits for longer than a transaction of
    /// `submitter` may take.
    pub async fn look(&mut self, submitter: &Submitter, turn: &mut dyn Turn) -> Readiness {
        let Some(predecessor) = turn.predecessor().cloned() else {
            self.left = None;
            return Readiness::Ready;
        };
        let found = match self.left {
            Some((taken_at, found)) if taken_at == predecessor.taken_at => found,
            _ => {
                let proxy = turn.mirror().proxy;
                tracing::info!(%proxy, from = predecessor.relayer, "left in the middle of its turn");
                let now = Instant::now();
                self.left = Some((predecessor.taken_at, now));
                now
            }
        };
        let waited = found.elapsed();
        if waited < GRACE {
            return Readiness::Wait;
        }
        if let Ok(account) = predecessor.relayer.parse::<Address>()
            && waited < submitter.limits().give_up_after
        {
            match submitter.is_quiet(account).await {
                Ok(true) => {}
                Ok(false) => return Readiness::Wait,
                Err(error) => {
                    tracing::debug!(%account, %error, "what it sent is not known");
                    return Readiness::Wait;
                }
            }
        }
        let proxy = turn.mirror().proxy;
        tracing::info!(%proxy, from = predecessor.relayer, "taking over");
        match turn.take_over().await {
            true => {
                self.left = None;
                Readiness::TakenOver
            }
            false => Readiness::Wait,
        }
    }
}
