use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use smartsync_abi::{
    IProver::{Call, callsCall},
    IReader::NotAnswered,
    IRollup::NoAnswer,
};
use smartsync_program::{Arguments, host, malformed, revert};

/// What is asked of a contract on the parent chain.
pub struct Question {
    /// The contract.
    pub account: Address,
    /// Selector and arguments.
    pub data: Vec<u8>,
}

impl Question {
    /// A question.
    pub fn new(account: Address, call: &impl SolCall) -> Self {
        Self {
            account,
            data: call.abi_encode(),
        }
    }

    /// Which one it is.
    pub fn selector(&self) -> [u8; 4] {
        self.data.first_chunk().copied().unwrap_or_default()
    }

    /// That the answer is none.
    #[cold]
    fn unanswered(&self) -> Vec<u8> {
        revert(NoAnswer {
            account: self.account,
            question: self.selector().into(),
        })
    }
}

/// What a question's answer consists of.
pub struct Answer<'a> {
    question: &'a Question,
    success: bool,
    data: &'a [u8],
}

impl Answer<'_> {
    /// What was asked.
    pub fn question(&self) -> &Question {
        self.question
    }

    /// A word among several.
    pub fn word_at(&self, position: usize) -> Result<B256, Vec<u8>> {
        if !self.success {
            return Err(self.question.unanswered());
        }
        let word = Arguments::new(self.data).word(position);
        word.map_err(|_short| self.question.unanswered())
    }

    /// The word that it is.
    pub fn word(&self) -> Result<B256, Vec<u8>> {
        if self.data.len() != 32 {
            return Err(self.question.unanswered());
        }
        self.word_at(0)
    }

    /// The address that it is.
    pub fn address(&self) -> Result<Address, Vec<u8>> {
        let address = Arguments::new(self.word()?.as_slice()).address(0);
        address.map_err(|_wide| self.question.unanswered())
    }

    /// The truth value that it is.
    pub fn boolean(&self) -> Result<bool, Vec<u8>> {
        let boolean = Arguments::new(self.word()?.as_slice()).boolean(0);
        boolean.map_err(|_wide| self.question.unanswered())
    }
}

/// What the prover says of questions at one parent block.
pub struct Answers<'a> {
    /// Timestamp of the parent block, seconds.
    pub timestamp: u64,
    questions: &'a [Question],
    output: Vec<u8>,
}

impl<'a> Answers<'a> {
    /// Asks them all, as this contract, on one witness. What the prover reverts with is passed on.
    pub fn ask(
        prover: &Address,
        parent_block: u64,
        questions: &'a [Question],
        witness: &[u8],
    ) -> Result<Self, Vec<u8>> {
        let calls = questions.iter().map(|question| Call {
            to: question.account,
            data: question.data.clone().into(),
        });
        let call = callsCall {
            sourceBlock: parent_block,
            from: host::this(),
            questions: calls.collect(),
            witness: witness.to_vec().into(),
        };
        let output =
            host::static_call(prover, &call.abi_encode()).map_err(|failure| {
                match failure.is_empty() {
                    true => revert(NotAnswered {}),
                    false => failure,
                }
            })?;
        Ok(Self {
            timestamp: Arguments::new(&output).uint64(0)?,
            questions,
            output,
        })
    }

    /// The answers, in the order of the questions.
    pub fn all<const N: usize>(&self) -> Result<[Answer<'_>; N], Vec<u8>> {
        let answers = Arguments::new(&self.output).tuples(1)?;
        let answers = answers
            .iter()
            .zip(self.questions)
            .map(|(answer, question)| {
                Ok(Answer {
                    question,
                    success: answer.boolean(0)?,
                    data: answer.bytes(1)?,
                })
            })
            .collect::<Result<Vec<_>, Vec<u8>>>()?;
        answers.try_into().map_err(|_fewer| malformed())
    }
}
