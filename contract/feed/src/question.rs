use alloc::vec::Vec;

use alloy_primitives::Address;
use smartsync_clone::data_init_code;

use crate::{
    answer::{AnswerType, Decoding},
    runtime::{Constants, LENGTH},
};

/// Longest description, in bytes.
pub const MAX_DESCRIPTION: usize = 32;

/// Bytes between the code that runs and the calldata.
const FIXED: usize = 96;

const ZERO_ALLOWED: u8 = 1;
const NEGATIVE_ALLOWED: u8 = 2;

/// A feed's question, whole. Its address commits to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The prover, which is asked.
    pub prover: Address,
    /// The prover's root source, which knows the block's timestamp.
    pub root_source: Address,
    /// Who calls, on the source.
    pub from: Address,
    /// What is called, on the source.
    pub to: Address,
    /// Calldata.
    pub data: &'a [u8],
    /// How the answer is read.
    pub decoding: Decoding,
    /// Its decimals.
    pub decimals: u8,
    /// How old a block may be when it is taken, seconds.
    pub max_age: u64,
    /// What the question calls itself, UTF-8.
    pub description: &'a [u8],
}

impl<'a> Question<'a> {
    /// Whether there can be an answer, and the code says what the question does.
    pub fn is_valid(&self) -> bool {
        let is_word = self.decoding.answer_type == AnswerType::Word;
        self.decoding.is_valid()
            && self.max_age > 0
            && (1..=MAX_DESCRIPTION).contains(&self.description.len())
            && !(is_word && self.decimals > 0)
    }

    fn pieces(&self, program: &Address) -> ([u8; LENGTH], [u8; FIXED]) {
        let Decoding {
            words,
            word,
            answer_type,
            bits,
            zero_allowed,
            negative_allowed,
        } = self.decoding;
        let constants = Constants {
            program: *program,
            is_word: answer_type == AnswerType::Word,
            decimals: self.decimals,
            description: self.description,
        };
        let flags = if zero_allowed { ZERO_ALLOWED } else { 0 }
            | if negative_allowed {
                NEGATIVE_ALLOWED
            } else {
                0
            };
        let mut fixed = [0; FIXED];
        let fields = [self.prover, self.root_source, self.from, self.to]
            .map(Address::into_array)
            .into_iter()
            .flatten()
            .chain(self.max_age.to_be_bytes())
            .chain(
                [words, word, bits]
                    .map(u16::to_be_bytes)
                    .into_iter()
                    .flatten(),
            )
            .chain([answer_type as u8, flags]);
        for (byte, field) in fixed.iter_mut().zip(fields) {
            *byte = field;
        }
        (constants.runtime(), fixed)
    }

    /// The init code of the feed: with `program` as creator and no salt it leads to the feed's address.
    pub fn init_code(&self, program: &Address) -> Vec<u8> {
        let (runtime, fixed) = self.pieces(program);
        data_init_code(&[&runtime, &fixed, self.data])
    }

    /// Reads the question, and the program that updates go to, out of a feed's code; `None` if this is no feed's.
    pub fn parse(code: &'a [u8]) -> Option<(Self, Address)> {
        let (runtime, rest) = code.split_first_chunk::<LENGTH>()?;
        let (fixed, data) = rest.split_first_chunk::<FIXED>()?;
        let constants = Constants::of(runtime)?;
        let address = |at: usize| Some(Address::new(*fixed.get(at..)?.first_chunk()?));
        let number = |at: usize| Some(u16::from_be_bytes(*fixed.get(at..)?.first_chunk()?));
        let flags = *fixed.last()?;
        let question = Self {
            prover: address(0)?,
            root_source: address(20)?,
            from: address(40)?,
            to: address(60)?,
            max_age: u64::from_be_bytes(*fixed.get(80..)?.first_chunk()?),
            data,
            decoding: Decoding {
                words: number(88)?,
                word: number(90)?,
                bits: number(92)?,
                answer_type: AnswerType::of(*fixed.get(94)?)?,
                zero_allowed: flags & ZERO_ALLOWED != 0,
                negative_allowed: flags & NEGATIVE_ALLOWED != 0,
            },
            decimals: constants.decimals,
            description: constants.description,
        };
        let same = question.pieces(&constants.program) == (*runtime, *fixed);
        (same && question.is_valid()).then_some((question, constants.program))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smartsync_clone::DATA_INIT_PREFIX;

    const PROGRAM: Address = Address::repeat_byte(0x77);
    const QUESTION: Question<'_> = Question {
        prover: Address::repeat_byte(1),
        root_source: Address::repeat_byte(2),
        from: Address::repeat_byte(3),
        to: Address::repeat_byte(4),
        data: &[0xde, 0xad, 0xbe, 0xef],
        decoding: Decoding {
            words: 0x0102,
            word: 0x0101,
            answer_type: AnswerType::Signed,
            bits: 0x0100,
            zero_allowed: false,
            negative_allowed: true,
        },
        decimals: 18,
        max_age: 3_600,
        description: b"wstETH / stETH",
    };

    #[test]
    fn a_question_is_read_as_it_was_written() {
        let init_code = QUESTION.init_code(&PROGRAM);
        let code = &init_code[DATA_INIT_PREFIX.len()..];
        assert_eq!(Question::parse(code), Some((QUESTION, PROGRAM)));
        const { assert!(LENGTH < 700) };
        assert_eq!(code.len(), LENGTH + FIXED + QUESTION.data.len());
    }

    #[test]
    fn a_change_of_any_byte_is_another_feed_or_none() {
        let init_code = QUESTION.init_code(&PROGRAM);
        let code = &init_code[DATA_INIT_PREFIX.len()..];
        for at in 0..code.len() {
            let mut changed = code.to_vec();
            changed[at] ^= 1;
            let parsed = Question::parse(&changed);
            assert_ne!(parsed, Some((QUESTION, PROGRAM)), "byte {at}");
        }
        for end in 0..LENGTH + FIXED {
            assert_eq!(Question::parse(&code[..end]), None);
        }
    }

    #[test]
    fn what_no_feed_can_say_is_not_valid() {
        assert!(QUESTION.is_valid());
        let long = [b'x'; MAX_DESCRIPTION + 1];
        for wrong in [
            Question {
                max_age: 0,
                ..QUESTION
            },
            Question {
                description: b"",
                ..QUESTION
            },
            Question {
                description: &long,
                ..QUESTION
            },
            Question {
                decoding: Decoding {
                    answer_type: AnswerType::Word,
                    negative_allowed: false,
                    ..QUESTION.decoding
                },
                ..QUESTION
            },
        ] {
            assert!(!wrong.is_valid(), "{wrong:?}");
        }
    }
}
