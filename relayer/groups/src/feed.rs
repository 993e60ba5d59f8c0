use std::time::Duration;

use alloy::dyn_abi::DynSolType;
use alloy_primitives::{
    Address, Bytes, I256, U256,
    utils::{ParseUnits, Unit},
};
use relayer::Relayer;
use serde::Serialize;
use smartsync_abi::{
    IFeed::{latestCall, latestRoundDataCall},
    IFeeds::{self, AnswerType},
    IProver,
};
use smartsync_chain::{Chain, Transaction};
use smartsync_execution::Read;
use smartsync_feed::{AnswerType as Kind, Question as FeedQuestion};

use crate::{error::Error, question::Question};

/// What a feed takes of the answers to its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedTerms {
    /// Which value of the answer, counted from 0.
    pub word: u16,
    /// Its decimals.
    pub decimals: u8,
    /// Whether zero is an answer.
    pub zero_allowed: bool,
    /// Whether a negative number is.
    pub negative_allowed: bool,
    /// How old a block may be when it is taken.
    pub max_age: Duration,
    /// What the feed calls itself, 1 to 32 bytes.
    pub description: String,
}

/// A feed as it stands on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Where.
    pub address: Address,
    /// Its code, which holds the question.
    code: Bytes,
    /// Its newest answer.
    pub answer: Option<FeedAnswer>,
}

/// An answer of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedAnswer {
    /// The answer; where it is no number, the word.
    pub answer: I256,
    /// The source block that it is true at.
    pub source_block: u64,
    /// Its timestamp, seconds.
    pub source_timestamp: u64,
    /// The number of its round; 0 where the answer is no number.
    pub round: u64,
}

/// What a feed says, for people and as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedReport {
    /// The feed.
    pub feed: Address,
    /// Whether this run created it.
    pub created: bool,
    /// What it calls itself.
    pub description: String,
    /// The prover that it asks.
    pub prover: Address,
    /// The root source that it asks for times.
    pub root_source: Address,
    /// Who asks, on the source.
    pub from: Address,
    /// What is asked, on the source.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
    /// Decimals of the answer.
    pub decimals: u8,
    /// How old a block may be when it is taken, seconds.
    pub max_age: u64,
    /// The newest answer, in units of its decimals; a word that is no number in hexadecimal.
    pub answer: Option<String>,
    /// The number of its round.
    pub round: u64,
    /// The source block that it is true at.
    pub source_block: u64,
    /// Its timestamp, seconds.
    pub source_timestamp: u64,
    /// How old that is by the target's newest block, seconds.
    pub age_seconds: u64,
}

/// The question of a feed about one value of a view's answer. Each value must take one word, so that length and types of the answer are known: `function` of the
/// question says them.
pub async fn feed_question(
    relayer: &Relayer,
    prover: Address,
    question: &Question,
    terms: &FeedTerms,
) -> Result<IFeeds::Question, Error> {
    let root_source = relayer
        .target()
        .view(prover, &IProver::rootSourceCall {})
        .await?;
    let outputs = question
        .function
        .as_ref()
        .map_or(&[][..], |function| &function.outputs);
    let types = outputs
        .iter()
        .map(|output| one_word(&output.ty))
        .collect::<Option<Vec<_>>>()
        .ok_or(Error::FeedTypes)?;
    let (answer_type, bits) = *types.get(usize::from(terms.word)).ok_or(Error::FeedTypes)?;
    Ok(IFeeds::Question {
        prover,
        rootSource: root_source,
        from: question.read.from,
        to: question.read.to,
        data: question.read.data.clone(),
        words: u16::try_from(types.len()).map_err(|_too_many| Error::FeedTypes)?,
        word: terms.word,
        answerType: answer_type,
        bits,
        decimals: terms.decimals,
        zeroAllowed: terms.zero_allowed,
        negativeAllowed: terms.negative_allowed,
        maxAge: terms.max_age.as_secs(),
        description: terms.description.clone(),
    })
}

/// What a value of one word is, and its length in bits.
fn one_word(name: &str) -> Option<(AnswerType, u16)> {
    Some(match DynSolType::parse(name).ok()? {
        DynSolType::Uint(bits) => (AnswerType::Unsigned, u16::try_from(bits).ok()?),
        DynSolType::Int(bits) => (AnswerType::Signed, u16::try_from(bits).ok()?),
        DynSolType::Bool => (AnswerType::Unsigned, 1),
        DynSolType::Address => (AnswerType::Unsigned, 160),
        DynSolType::FixedBytes(_) => (AnswerType::Word, 256),
        _ => return None,
    })
}

/// Creates the feed of a question, unless it stands. `feeds` is the program.
pub async fn create_feed(
    relayer: &Relayer,
    feeds: Address,
    question: IFeeds::Question,
) -> Result<FeedReport, Error> {
    let target = relayer.target();
    let feed_of = IFeeds::feedOfCall {
        question: question.clone(),
    };
    let address = target.view(feeds, &feed_of).await?;
    let head = target.head().await?;
    let created = target.code(address, head).await?.is_empty();
    if created {
        let create = IFeeds::createCall { question };
        let transaction = Transaction {
            call: "create",
            to: Some(feeds),
            value: U256::ZERO,
            data: alloy_sol_types::SolCall::abi_encode(&create).into(),
        };
        relayer.submitter.send(transaction).await?;
    }
    let report = read_feed(target, address).await?;
    Ok(FeedReport { created, ..report })
}

/// What a feed says now.
pub async fn read_feed(target: &Chain, address: Address) -> Result<FeedReport, Error> {
    let head = target.latest_block().await?;
    let feed = Feed::at(target, address, head.number.to()).await?;
    feed.report(head.timestamp.to())
}

impl Feed {
    /// Reads a feed at a target block. What has not a feed's code is `NoFeed`.
    pub async fn at(target: &Chain, address: Address, block: u64) -> Result<Self, Error> {
        let mut feed = Self {
            address,
            code: target.code(address, block).await?,
            answer: None,
        };
        let is_word = feed.question()?.decoding.answer_type == Kind::Word;
        let latest = match target.view_at(address, &latestCall {}, block).await {
            Ok(latest) => latest,
            // Its code has no other revert.
            Err(error) if error.is_revert("Error") => return Ok(feed),
            Err(error) => return Err(error.into()),
        };
        let round = match is_word {
            true => 0,
            false => {
                let round = target.view_at(address, &latestRoundDataCall {}, block);
                round.await?.roundId.saturating_to()
            }
        };
        feed.answer = Some(FeedAnswer {
            answer: latest.answer,
            source_block: latest.sourceBlock,
            source_timestamp: latest.sourceTimestamp,
            round,
        });
        Ok(feed)
    }

    /// Its question.
    pub fn question(&self) -> Result<FeedQuestion<'_>, Error> {
        let parsed = FeedQuestion::parse(&self.code);
        let (question, _program) = parsed.ok_or(Error::NoFeed(self.address))?;
        Ok(question)
    }

    /// What it asks the source.
    pub fn read(&self) -> Result<Read, Error> {
        let question = self.question()?;
        Ok(Read {
            from: question.from,
            to: question.to,
            data: Bytes::copy_from_slice(question.data),
        })
    }

    /// An answer as text.
    pub fn shown(&self, answer: I256) -> Result<String, Error> {
        let question = self.question()?;
        Ok(match question.decoding.answer_type {
            Kind::Word => format!("{:#x}", answer.into_raw()),
            _ => in_units(answer, question.decimals),
        })
    }

    /// For people, at this time of the target's clock, seconds.
    pub fn report(&self, now: u64) -> Result<FeedReport, Error> {
        let question = self.question()?;
        let shown = |answer: FeedAnswer| self.shown(answer.answer);
        let place = |of: fn(&FeedAnswer) -> u64| self.answer.as_ref().map_or(0, of);
        let source_timestamp = place(|answer| answer.source_timestamp);
        Ok(FeedReport {
            feed: self.address,
            created: false,
            description: String::from_utf8_lossy(question.description).into_owned(),
            prover: question.prover,
            root_source: question.root_source,
            from: question.from,
            to: question.to,
            data: Bytes::copy_from_slice(question.data),
            decimals: question.decimals,
            max_age: question.max_age,
            answer: self.answer.map(shown).transpose()?,
            round: place(|answer| answer.round),
            source_block: place(|answer| answer.source_block),
            source_timestamp,
            age_seconds: match self.answer {
                Some(_) => now.saturating_sub(source_timestamp),
                None => 0,
            },
        })
    }
}

/// A number with a point. More decimals than there are units for are left to an exponent.
fn in_units(answer: I256, decimals: u8) -> String {
    match Unit::new(decimals) {
        Some(_) if decimals == 0 => answer.to_string(),
        Some(unit) => ParseUnits::I256(answer).format_units(unit),
        None => format!("{answer}e-{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_word_are_told_from_others() {
        for (name, expected) in [
            ("uint256", Some((AnswerType::Unsigned, 256))),
            ("uint112", Some((AnswerType::Unsigned, 112))),
            ("int24", Some((AnswerType::Signed, 24))),
            ("bool", Some((AnswerType::Unsigned, 1))),
            ("address", Some((AnswerType::Unsigned, 160))),
            ("bytes32", Some((AnswerType::Word, 256))),
            ("bytes", None),
            ("uint256[]", None),
            ("uint256[2]", None),
            ("(uint256,bool)", None),
        ] {
            assert_eq!(one_word(name), expected, "{name}");
        }
    }

    #[test]
    fn an_answer_is_shown_in_units_of_its_decimals() {
        let number = |number: i64| I256::try_from(number).expect("a number");
        assert_eq!(in_units(number(1_234_500), 6), "1.234500");
        assert_eq!(in_units(number(-5), 2), "-0.05");
        assert_eq!(in_units(number(7), 0), "7");
        assert_eq!(in_units(number(7), 200), "7e-200");
    }
}
