use std::collections::BTreeMap;

use alloy_primitives::Address;

use crate::{question::QuestionError, unknowable::Unknowable};

/// Why mirrors cannot be found, priced, brought up or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A question is not one.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// A mirror cannot be made or moved, or a chain does not answer.
    #[error(transparent)]
    Relayer(Box<relayer::Error>),
    /// The reads cannot be run on the source's state.
    #[error(transparent)]
    Execution(Box<smartsync_execution::Error>),
    /// The reads need what no proof shows.
    #[error("the reads need what cannot be known on the target: {}", list(.0))]
    Unknowable(BTreeMap<Address, Unknowable>),
    /// A member is at a newer block than the others are to be moved to.
    #[error(
        "the mirror of {account} is at source block {recorded} already, the group was to be at {source_block}: try again"
    )]
    Ahead {
        /// Its source.
        account: Address,
        /// Where it is.
        recorded: u64,
        /// Where the group was to be.
        source_block: u64,
    },
    /// Not a feed.
    #[error("there is no feed at {0}")]
    NoFeed(Address),
    /// A feed cannot say of what types the answer is.
    #[error(
        "a feed needs a function with the types of its answer, each of one word, such as `rate()(uint256)`, and one of them"
    )]
    FeedTypes,
    /// A feed would not take what the source answers.
    #[error("what the source answers at block {block} is no answer for the feed: {}", no_answer(*.reason))]
    NoAnswer {
        /// The source block.
        block: u64,
        /// Why not.
        reason: smartsync_feed::NoAnswer,
    },
    /// The dry run's chain.
    #[error("the chain for the dry run: {0}")]
    DevChain(#[from] devchain::Error),
}

fn list(unknowable: &BTreeMap<Address, Unknowable>) -> String {
    let each: Vec<String> = unknowable
        .iter()
        .map(|(account, why)| format!("{account} {why}"))
        .collect();
    each.join("; ")
}

fn no_answer(reason: smartsync_feed::NoAnswer) -> &'static str {
    use smartsync_feed::NoAnswer::{Length, NotAllowed, Range, Reverted};
    match reason {
        Reverted => "it reverts",
        Length => "it has another length",
        Range => "it is out of the range of its type",
        NotAllowed => "it is zero or negative, which the question does not allow",
    }
}

impl From<relayer::Error> for Error {
    fn from(error: relayer::Error) -> Self {
        Self::Relayer(Box::new(error))
    }
}

impl From<smartsync_chain::Error> for Error {
    fn from(error: smartsync_chain::Error) -> Self {
        relayer::Error::from(error).into()
    }
}

impl Error {
    /// What went wrong with a chain, where it is that.
    pub fn chain(&self) -> Option<&smartsync_chain::Error> {
        match self {
            Self::Relayer(error) => error.chain(),
            Self::Execution(error) => match error.as_ref() {
                smartsync_execution::Error::Chain(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }
}

impl From<smartsync_execution::Error> for Error {
    fn from(error: smartsync_execution::Error) -> Self {
        Self::Execution(Box::new(error))
    }
}
