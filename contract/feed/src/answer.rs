use alloy_primitives::{B256, U256};

const WORD: usize = 32;

/// What the word of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerType {
    /// An unsigned integer; a bool, an address.
    Unsigned = 0,
    /// A signed integer.
    Signed = 1,
    /// No number.
    Word = 2,
}

impl AnswerType {
    /// By its number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Unsigned),
            1 => Some(Self::Signed),
            2 => Some(Self::Word),
            _ => None,
        }
    }
}

/// How an answer is read, and what answers are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// Length of the whole answer, in words of 32 bytes.
    pub words: u16,
    /// The word that is the answer, counted from 0.
    pub word: u16,
    /// What it is.
    pub answer_type: AnswerType,
    /// Its length in bits.
    pub bits: u16,
    /// Whether zero is an answer.
    pub zero_allowed: bool,
    /// Whether a negative number is.
    pub negative_allowed: bool,
}

/// Why what the source answers is no answer. The numbers are those of `IFeed.NoAnswer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It reverts.
    Reverted = 0,
    /// Its length is another.
    Length = 1,
    /// The word is out of the type's range, or of what `int256` holds.
    Range = 2,
    /// It is zero or negative, which is not allowed.
    NotAllowed = 3,
}

impl Decoding {
    /// Whether there can be an answer.
    pub fn is_valid(&self) -> bool {
        self.word < self.words
            && match self.answer_type {
                AnswerType::Unsigned => (1..=256).contains(&self.bits) && !self.negative_allowed,
                AnswerType::Signed => (1..=256).contains(&self.bits),
                AnswerType::Word => self.bits == 256 && !self.negative_allowed,
            }
    }

    /// Reads the answer out of what a call returned or reverted with: an `int256`, or the word itself.
    pub fn read(&self, success: bool, data: &[u8]) -> Result<B256, NoAnswer> {
        if !success {
            return Err(NoAnswer::Reverted);
        }
        let (words, rest) = data.as_chunks::<WORD>();
        if words.len() != usize::from(self.words) || !rest.is_empty() {
            return Err(NoAnswer::Length);
        }
        let word = words.get(usize::from(self.word)).ok_or(NoAnswer::Length)?;
        let number = U256::from_be_bytes(*word);
        let negative = number.bit(255);
        // What stands above the lowest so many bits.
        let above = |bits: u16| number.wrapping_shr(bits.into());
        let in_range = match self.answer_type {
            AnswerType::Unsigned => !negative && (self.bits >= 256 || above(self.bits).is_zero()),
            AnswerType::Signed => {
                let sign = self.bits.saturating_sub(1);
                above(sign).is_zero() || above(sign) == U256::MAX.wrapping_shr(sign.into())
            }
            AnswerType::Word => true,
        };
        if !in_range {
            return Err(NoAnswer::Range);
        }
        let is_negative = negative && self.answer_type == AnswerType::Signed;
        if (number.is_zero() && !self.zero_allowed) || (is_negative && !self.negative_allowed) {
            return Err(NoAnswer::NotAllowed);
        }
        Ok(B256::new(*word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use alloy_primitives::I256;

    const RATE: Decoding = Decoding {
        words: 1,
        word: 0,
        answer_type: AnswerType::Unsigned,
        bits: 256,
        zero_allowed: false,
        negative_allowed: false,
    };

    fn data(words: &[U256]) -> Vec<u8> {
        words.iter().flat_map(U256::to_be_bytes::<32>).collect()
    }

    fn read(decoding: &Decoding, word: U256) -> Result<B256, NoAnswer> {
        decoding.read(true, &data(&[word]))
    }

    #[test]
    fn only_an_answer_of_exactly_the_declared_length_is_read() {
        let second = Decoding {
            words: 3,
            word: 1,
            ..RATE
        };
        let words = [7u64, 8, 9, 10].map(U256::from);
        assert_eq!(
            second.read(true, &data(&words[..3])),
            Ok(U256::from(8).into())
        );
        for length in [0, 1, 31, 32, 64, 95, 97, 128] {
            assert_eq!(
                second.read(true, &data(&words)[..length]),
                Err(NoAnswer::Length),
                "{length}"
            );
        }
        assert_eq!(
            second.read(false, &data(&words[..3])),
            Err(NoAnswer::Reverted)
        );
    }

    #[test]
    fn a_number_out_of_its_types_range_is_no_answer() {
        let one = U256::from(1);
        for bits in [1u16, 8, 160, 255, 256] {
            let unsigned = Decoding { bits, ..RATE };
            // The highest that the type and `int256` hold, and the next.
            let end = one << bits.min(255);
            assert_eq!(read(&unsigned, end - one), Ok((end - one).into()), "{bits}");
            assert_eq!(read(&unsigned, end), Err(NoAnswer::Range), "{bits}");
            assert_eq!(read(&unsigned, U256::MAX), Err(NoAnswer::Range), "{bits}");
        }
        for bits in [2u16, 8, 56, 256] {
            let signed = Decoding {
                answer_type: AnswerType::Signed,
                bits,
                negative_allowed: true,
                ..RATE
            };
            let end = one << (bits - 1);
            let lowest = end.wrapping_neg();
            assert_eq!(read(&signed, end - one), Ok((end - one).into()));
            assert_eq!(read(&signed, lowest), Ok(lowest.into()));
            if bits < 256 {
                assert_eq!(read(&signed, end), Err(NoAnswer::Range));
                assert_eq!(read(&signed, lowest - one), Err(NoAnswer::Range));
                // The type's own bits of a negative number, not extended.
                assert_eq!(read(&signed, end | one), Err(NoAnswer::Range));
            }
        }
    }

    #[test]
    fn zero_and_negative_answers_are_taken_only_where_they_are_allowed() {
        let minus_one: U256 = I256::MINUS_ONE.into_raw();
        let signed = Decoding {
            answer_type: AnswerType::Signed,
            ..RATE
        };
        assert_eq!(read(&RATE, U256::ZERO), Err(NoAnswer::NotAllowed));
        assert_eq!(read(&signed, minus_one), Err(NoAnswer::NotAllowed));
        let zero = Decoding {
            zero_allowed: true,
            ..signed
        };
        assert_eq!(read(&zero, U256::ZERO), Ok(B256::ZERO));
        assert_eq!(read(&zero, minus_one), Err(NoAnswer::NotAllowed));
        let negative = Decoding {
            negative_allowed: true,
            ..signed
        };
        assert_eq!(read(&negative, minus_one), Ok(minus_one.into()));
        assert_eq!(read(&negative, U256::ZERO), Err(NoAnswer::NotAllowed));
    }

    #[test]
    fn a_word_that_is_no_number_is_taken_as_it_is() {
        let word = Decoding {
            answer_type: AnswerType::Word,
            ..RATE
        };
        assert_eq!(read(&word, U256::MAX), Ok(U256::MAX.into()));
        assert_eq!(read(&word, U256::ZERO), Err(NoAnswer::NotAllowed));
    }

    #[test]
    fn what_cannot_have_an_answer_is_not_valid() {
        assert!(RATE.is_valid());
        let signed = Decoding {
            answer_type: AnswerType::Signed,
            negative_allowed: true,
            ..RATE
        };
        assert!(signed.is_valid());
        for wrong in [
            Decoding { word: 1, ..RATE },
            Decoding { words: 0, ..RATE },
            Decoding { bits: 0, ..RATE },
            Decoding { bits: 257, ..RATE },
            Decoding { bits: 0, ..signed },
            Decoding {
                negative_allowed: true,
                ..RATE
            },
            Decoding {
                answer_type: AnswerType::Word,
                bits: 128,
                ..RATE
            },
            Decoding {
                answer_type: AnswerType::Word,
                negative_allowed: true,
                ..RATE
            },
        ] {
            assert!(!wrong.is_valid(), "{wrong:?}");
        }
    }
}
