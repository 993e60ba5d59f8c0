//! The highest known block, and how fast its number may rise.
//!
//! A number far ahead would stop everything that must only rise: a mirror at such a block takes no other until the chain reaches
//! it. So the highest number rises no faster than the chain can make blocks. Each block that it rises by takes `min_block_time` of the
//! time between headers. Time that is left over is lost, so that a chain that is slower than its bound leaves nothing to spend;
//! [`TOLERANCE`] of it is not, and evens out clocks, and blocks that become final late and at once. However often somebody signs who can
//! sign anything, the number is ahead of the last honest header by what the chain could have made since, and an hour's blocks.

use alloc::vec::Vec;

use smartsync_abi::IRootSource::{HeaderTooFarAhead, InvalidBlockTime};
use smartsync_program::{host, revert, storage};
use smartsync_proof::Header;

use crate::variables::FRONTIER;

/// How far a header may be ahead of the target chain's clock, in seconds.
pub(crate) const CLOCK_TOLERANCE: u64 = 3600;

/// How far block numbers may be ahead of the time, in milliseconds.
const TOLERANCE: u64 = 1000 * CLOCK_TOLERANCE;

/// One packed word.
pub(crate) struct Frontier {
    /// Milliseconds that a block takes at least, on average; 0 before the constructor has run.
    pub(crate) min_block_time: u64,
    /// When the highest known block would have been reached at that pace, in milliseconds; 0 when none is known.
    reached: u64,
    /// The highest known block; 0 when none is known.
    pub(crate) latest: u64,
}

impl Frontier {
    pub(crate) fn load() -> Self {
        let [_, min_block_time, reached, latest] =
            storage::unpack(&storage::load_variable(FRONTIER));
        Self {
            min_block_time,
            reached,
            latest,
        }
    }

    fn store(&self) {
        let word = storage::pack([0, self.min_block_time, self.reached, self.latest]);
        storage::store_variable(FRONTIER, &word);
    }

    /// Moves on to a header, if it is higher than the highest known one. Reverts `HeaderTooFarAhead`.
    pub(crate) fn reach(mut self, header: &Header) -> Result<(), Vec<u8>> {
        let blocks = header.number.saturating_sub(self.latest);
        if blocks == 0 {
            return Ok(());
        }
        // A timestamp from the future is worth no more than now: else it would buy blocks now, and be missing later.
        let time = header.timestamp.min(host::timestamp()).saturating_mul(1000);
        if self.reached == 0 {
            // Nothing to measure the first one by.
            self.reached = time.max(1);
        } else {
            let reached = blocks
                .saturating_mul(self.min_block_time)
                .saturating_add(self.reached);
            let latest_allowed = time.saturating_add(TOLERANCE);
            if reached > latest_allowed {
                let allowed = latest_allowed
                    .saturating_sub(self.reached)
                    .checked_div(self.min_block_time)
                    .unwrap_or_default();
                return Err(revert(HeaderTooFarAhead {
                    blockNumber: header.number,
                    highestAllowed: self.latest.saturating_add(allowed),
                }));
            }
            self.reached = reached.max(time);
        }
        self.latest = header.number;
        self.store();
        Ok(())
    }
}

/// For constructors: sets the least time that a block takes, in milliseconds. Reverts `InvalidBlockTime` when it is 0.
pub fn initialize(min_block_time: u64) -> Result<(), Vec<u8>> {
    if min_block_time == 0 {
        return Err(revert(InvalidBlockTime {}));
    }
    Frontier {
        min_block_time,
        reached: 0,
        latest: 0,
    }
    .store();
    Ok(())
}
