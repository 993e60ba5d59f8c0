use alloy_primitives::{B256, U256};

/// When a round's answer is true, as it is stored: the number of the round, counted from 1, the source block and its timestamp, each
/// of 64 bits, from bit 128, 64 and 0 on.
///
/// Slot 0 holds the newest round's, slot `2n + 1` round `n`'s, slot `2n` its answer. Round 0 there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the round.
    pub round: u64,
    /// Source block.
    pub source_block: u64,
    /// Its timestamp, seconds.
    pub source_timestamp: u64,
}

impl Stamp {
    /// As it is stored.
    pub fn to_word(self) -> B256 {
        U256::from_limbs([self.source_timestamp, self.source_block, self.round, 0]).into()
    }

    /// As it was stored.
    pub fn of(word: &B256) -> Self {
        let [source_timestamp, source_block, round, _] = U256::from_be_bytes(word.0).into_limbs();
        Self {
            round,
            source_block,
            source_timestamp,
        }
    }
}

/// Where a round's answer is stored.
pub fn answer_slot(round: u64) -> B256 {
    U256::from_limbs([round << 1, round >> 63, 0, 0]).into()
}

/// Where a round's stamp is stored.
pub fn stamp_slot(round: u64) -> B256 {
    U256::from_limbs([round << 1 | 1, round >> 63, 0, 0]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let stamp = Stamp {
            round: 1,
            source_block: 2,
            source_timestamp: u64::MAX,
        };
        let word = stamp.to_word();
        assert_eq!(
            U256::from_be_bytes(word.0),
            (U256::from(1) << 128) | (U256::from(2) << 64) | U256::from(u64::MAX)
        );
        assert_eq!(Stamp::of(&word), stamp);
    }

    #[test]
    fn no_two_rounds_share_a_slot_and_none_has_slot_0() {
        for round in [1, 2, u64::MAX] {
            let number = |slot: B256| U256::from_be_bytes(slot.0);
            assert_eq!(
                number(answer_slot(round)),
                U256::from(round) * U256::from(2)
            );
            assert_eq!(
                number(stamp_slot(round)),
                U256::from(round) * U256::from(2) + U256::from(1)
            );
        }
    }
}
