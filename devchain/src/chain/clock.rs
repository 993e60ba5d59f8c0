//! The time of the next block.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of the next block: the machine's, moved by what tests ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    offset: u64,
    next: Option<u64>,
    interval: Option<u64>,
}

/// Why a time cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum TimeError {
    /// Time does not run backwards.
    #[error("timestamp {got} is before the latest block's, {latest}")]
    Past {
        /// The time asked for, in seconds since 1970.
        got: u64,
        /// The latest block's.
        latest: u64,
    },
    /// No chain lives that long.
    #[error("timestamp overflow")]
    Overflow,
}

fn now() -> u64 {
    // A machine whose clock is before 1970 gets blocks from 1970.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

impl Clock {
    /// The time of the next block; never before its parent's.
    pub fn peek(&self, parent: u64) -> u64 {
        let usual = || match self.interval {
            Some(interval) => parent.saturating_add(interval),
            None => now().saturating_add(self.offset),
        };
        self.next.unwrap_or_else(usual).max(parent)
    }

    /// Moves on after a block.
    pub fn sealed(&mut self, timestamp: u64) {
        if self.next.take().is_some() {
            self.offset = timestamp.saturating_sub(now());
        }
    }

    /// Moves time forward; returns the total offset in seconds.
    ///
    /// # Errors
    /// [`TimeError::Overflow`] from 2^62 seconds on.
    pub fn increase(&mut self, seconds: u64) -> Result<u64, TimeError> {
        let offset = self
            .offset
            .checked_add(seconds)
            .filter(|&sum| sum < 1 << 62)
            .ok_or(TimeError::Overflow)?;
        if let Some(next) = &mut self.next {
            *next = next.saturating_add(seconds);
        }
        self.offset = offset;
        Ok(offset)
    }

    /// Sets the seconds between blocks, whatever the machine's time; returns what was set.
    pub fn set_interval(&mut self, seconds: Option<u64>) -> Option<u64> {
        std::mem::replace(&mut self.interval, seconds)
    }

    /// Sets the time of the next block.
    ///
    /// # Errors
    /// [`TimeError::Past`] if it is before the latest block's, [`TimeError::Overflow`] from 2^62 seconds on.
    pub fn set_next(&mut self, timestamp: u64, latest: u64) -> Result<(), TimeError> {
        if timestamp < latest {
            return Err(TimeError::Past {
                got: timestamp,
                latest,
            });
        }
        if timestamp >= 1 << 62 {
            return Err(TimeError::Overflow);
        }
        self.next = Some(timestamp);
        Ok(())
    }
}
