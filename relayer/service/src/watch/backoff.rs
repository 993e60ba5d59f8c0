use std::time::{Duration, Instant};

/// How long to wait after failures in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// After the first.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_secs(600),
        }
    }
}

impl Retry {
    /// Doubles with each failure; `jitter` from 0 to 1 takes away up to half of it, so that many mirrors that failed
    /// together do not come back together.
    fn pause(self, failures: u32, jitter: f64) -> Duration {
        let doubled = self.first.saturating_mul(
            1_u32
                .checked_shl(failures.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        doubled
            .min(self.longest)
            .mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// Failures in a row. Kept in memory only: a restart tries at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    since: Option<Instant>,
    next: Option<Instant>,
}

impl Backoff {
    pub(crate) fn failed(&mut self, retry: Retry, now: Instant) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let pause = retry.pause(self.failures, rand::random());
        self.since.get_or_insert(now);
        self.next = Some(now + pause);
        pause
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Whether it may be tried.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// When it is tried again, if it waits.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Since when it fails.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_jitter_takes_at_most_half() {
        let retry = Retry {
            first: Duration::from_secs(4),
            longest: Duration::from_secs(60),
        };
        let seconds = |failures, jitter| retry.pause(failures, jitter).as_secs();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 40, u32::MAX].map(|failures| seconds(failures, 0.0)),
            [4, 8, 16, 32, 60, 60, 60, 60]
        );
        assert_eq!([seconds(3, 0.5), seconds(3, 1.0)], [12, 8]);
    }

    #[test]
    fn a_failure_waits_and_a_success_forgets_it() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert!(backoff.is_due(now));
        let pause = backoff.failed(Retry::default(), now);
        assert!(!backoff.is_due(now) && backoff.is_due(now + pause));
        let later = now + pause;
        backoff.failed(Retry::default(), later);
        assert_eq!(backoff.since(), Some(now));
        backoff.succeeded();
        assert!(backoff.is_due(later) && backoff.since().is_none());
    }
}
