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
