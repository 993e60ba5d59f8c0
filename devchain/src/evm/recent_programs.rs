//! The programs that were called in a block, which from ArbOS 60 on count as cached when they are called again.

use std::collections::VecDeque;

use alloy_primitives::B256;

/// Code hashes, the one that was called longest ago first. A frame that reverts stays remembered, as in Nitro, where they are part
/// of the block's state database but not of what it undoes (`GetRecentWasms` in `arbos/programs/programs.go`).
#[derive(Clone, Debug, Default)]
pub struct RecentPrograms {
    called: VecDeque<B256>,
    /// How many are kept; the first call of a block says it.
    capacity: Option<usize>,
}

impl RecentPrograms {
    /// Remembers a call, and says whether the program was remembered already. `size` is the chain's parameter as it is now; at least
    /// one program is kept.
    pub fn insert(&mut self, code_hash: B256, size: u16) -> bool {
        let capacity = *self
            .capacity
            .get_or_insert_with(|| usize::from(size).max(1));
        let known = self.called.iter().position(|called| *called == code_hash);
        if let Some(position) = known {
            self.called.remove(position);
        } else if self.called.len() >= capacity {
            self.called.pop_front();
        }
        self.called.push_back(code_hash);
        known.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_that_was_called_longest_ago_is_forgotten_first() {
        let [a, b, c] = [1, 2, 3].map(B256::repeat_byte);
        let mut recent = RecentPrograms::default();
        assert!(!recent.insert(a, 2));
        assert!(!recent.insert(b, 2));
        assert!(recent.insert(a, 2));
        // b goes, not a
        assert!(!recent.insert(c, 2));
        assert!(recent.insert(a, 2));
        assert!(!recent.insert(b, 2));
    }

    #[test]
    fn one_program_is_kept_even_where_the_parameter_is_zero() {
        let mut recent = RecentPrograms::default();
        assert!(!recent.insert(B256::ZERO, 0));
        assert!(recent.insert(B256::ZERO, 0));
        assert!(!recent.insert(B256::repeat_byte(1), 0));
    }
}
