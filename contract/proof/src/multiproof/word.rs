use alloy_primitives::B256;

/// A word with the number of its significant bytes: 0 for zero.
#[derive(Clone, Copy, Default)]
pub struct Word {
    pub word: B256,
    length: usize,
}

impl Word {
    /// From at most 32 bytes, the first of which is not zero.
    pub fn from_minimal(bytes: &[u8]) -> Self {
        Self {
            word: right_aligned(bytes),
            length: bytes.len(),
        }
    }

    /// Counts the significant bytes, eight at a time.
    pub fn from_word(word: B256) -> Self {
        let mut zeros = 0u32;
        for limb in word.as_chunks::<8>().0 {
            let limb_zeros = u64::from_be_bytes(*limb).leading_zeros();
            zeros = zeros.wrapping_add(limb_zeros >> 3);
            if limb_zeros != 64 {
                break;
            }
        }
        Self {
            word,
            length: 32usize.wrapping_sub(zeros as usize),
        }
    }

    pub const fn is_zero(&self) -> bool {
        self.length == 0
    }

    /// The significant bytes.
    pub fn bytes(&self) -> &[u8] {
        // `length` is at most 32, so there always are that many.
        self.word
            .split_at_checked(32usize.wrapping_sub(self.length))
            .map_or(&[], |(_, bytes)| bytes)
    }
}

/// A big-endian integer of at most 32 bytes as a word.
pub fn right_aligned(bytes: &[u8]) -> B256 {
    match bytes.as_array() {
        Some(word) => B256::new(*word),
        None => {
            let mut word = B256::ZERO;
            let start = 32usize.wrapping_sub(bytes.len());
            if let Some((_, place)) = word.split_at_mut_checked(start) {
                place.copy_from_slice(bytes);
            }
            word
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_bytes_are_counted_for_every_length() {
        for length in 0..=32 {
            let mut word = B256::ZERO;
            word.0[32 - length..].fill(0x80);
            assert_eq!(Word::from_word(word).bytes().len(), length);
            word.0[32 - length..].fill(0);
            if length > 0 {
                word.0[32 - length] = 1;
            }
            let counted = Word::from_word(word);
            assert_eq!(counted.bytes(), &word[32 - length..]);
            assert_eq!(Word::from_minimal(counted.bytes()).word, word);
        }
    }
}
