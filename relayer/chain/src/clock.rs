//! This machine's clock beside those of the chains.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

/// Most seconds that the newest block's time may be off this machine's clock before it is warned of. Nodes lag by less, and so
/// does a clock that is set over the network; a chain that makes blocks only when there are transactions may be quiet for longer.
pub const CLOCK_BOUND: u64 = 300;

/// How this machine's clock stands to a chain's newest block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// They differ by no more than [`CLOCK_BOUND`].
    Agrees,
    /// It is behind the block.
    Behind {
        /// Seconds.
        seconds: u64,
    },
    /// It is ahead of the block.
    Ahead {
        /// Seconds.
        seconds: u64,
    },
}

impl Clock {
    /// Compares this machine's time with a block's, both in seconds since 1970.
    pub fn compare(local: u64, block: u64) -> Self {
        match (block.saturating_sub(local), local.saturating_sub(block)) {
            (seconds, _) if seconds > CLOCK_BOUND => Self::Behind { seconds },
            (_, seconds) if seconds > CLOCK_BOUND => Self::Ahead { seconds },
            _ => Self::Agrees,
        }
    }

    /// Whether the other says the same but for the number of seconds.
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agrees => write!(
                formatter,
                "this machine's clock is within {CLOCK_BOUND} s of the newest block"
            ),
            Self::Behind { seconds } => write!(
                formatter,
                "this machine's clock is {seconds} s behind the newest block: the clock is wrong, or the node's blocks are"
            ),
            Self::Ahead { seconds } => write!(
                formatter,
                "this machine's clock is {seconds} s ahead of the newest block: the clock is wrong, the node is stuck, or the \
                 chain makes no blocks"
            ),
        }
    }
}

/// This machine's time in seconds since 1970.
pub fn local_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        // Before 1970 is as wrong as 1970.
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_from_the_first_second_above_the_bound() {
        let now = 1_700_000_000;
        for (block, expected) in [
            (now, Clock::Agrees),
            (now + CLOCK_BOUND, Clock::Agrees),
            (now - CLOCK_BOUND, Clock::Agrees),
            (now + CLOCK_BOUND + 1, Clock::Behind { seconds: 301 }),
            (now - CLOCK_BOUND - 1, Clock::Ahead { seconds: 301 }),
            (0, Clock::Ahead { seconds: now }),
            (
                u64::MAX,
                Clock::Behind {
                    seconds: u64::MAX - now,
                },
            ),
        ] {
            assert_eq!(Clock::compare(now, block), expected, "{block}");
        }
    }
}
