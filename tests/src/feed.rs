//! Feeds, and what their updates carry.

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use smartsync_abi::{
    IFeed,
    IFeeds::{self, AnswerType},
    IRootSource,
};

use crate::{CallError, Chain, Error, Oracle, Question, Stage, System, Touched, World};

/// A stage with a prover, the program that creates feeds, and a rate on the source that a feed is about.
pub struct Feed {
    /// Both chains.
    pub stage: Stage,
    /// The prover.
    pub prover: Address,
    /// The program.
    pub feeds: Address,
    /// An `Oracle` on the source.
    pub oracle: Address,
}

impl Feed {
    /// Starts all of it; the rate is 5.
    pub async fn start() -> Result<Self, Error> {
        let stage = Stage::start().await?;
        let prover = stage.deploy_prover().await?;
        let feeds = System::deploy_program(&stage.target, &smartsync_artifacts::FEEDS).await?;
        let oracle = stage
            .on_source(&Oracle::BYTECODE, U256::from(5).abi_encode())
            .await?;
        Ok(Self {
            stage,
            prover,
            feeds,
            oracle,
        })
    }

    /// The question for the rate: an unsigned number in the only word of the answer, not zero, at most an hour old.
    pub async fn question(&self) -> Result<IFeeds::Question, CallError> {
        let root_source = smartsync_abi::IProver::rootSourceCall {};
        Ok(IFeeds::Question {
            prover: self.prover,
            rootSource: self.stage.target.view(self.prover, root_source).await?,
            from: Address::ZERO,
            to: self.oracle,
            data: alloy_sol_types::SolCall::abi_encode(&Oracle::rateCall {}).into(),
            words: 1,
            word: 0,
            answerType: AnswerType::Unsigned,
            bits: 256,
            decimals: 18,
            zeroAllowed: false,
            negativeAllowed: false,
            maxAge: 3_600,
            description: "rate / test".to_owned(),
        })
    }

    /// Creates a feed, and returns where it stands.
    pub async fn create(&self, question: IFeeds::Question) -> Result<Address, Error> {
        let feed_of = IFeeds::feedOfCall {
            question: question.clone(),
        };
        let create = IFeeds::createCall { question };
        self.stage.target.send(self.feeds, create).await?;
        let feed = self.stage.target.view(self.feeds, feed_of).await;
        feed.map_err(|error| Error::Rpc {
            method: "eth_call",
            reason: format!("{error:?}"),
        })
    }

    /// The update of a feed with this question to a block that the root source knows.
    pub async fn update(
        &self,
        question: &IFeeds::Question,
        block: u64,
    ) -> Result<IFeed::updateCall, CallError> {
        let asked = Question {
            block,
            from: question.from,
            to: question.to,
            data: question.data.clone(),
        };
        let mut touched = Touched::default();
        self.stage
            .prove(question.prover, &asked, &mut touched)
            .await?;
        let witness = self.stage.witness(block, &touched).await;
        Ok(IFeed::updateCall {
            sourceBlock: block,
            witness: witness.map_err(|error| CallError::Failed(error.to_string()))?,
        })
    }

    /// Sets the rate, and updates the feed to the block after.
    pub async fn set(
        &self,
        feed: Address,
        question: &IFeeds::Question,
        rate: u64,
    ) -> Result<(u64, TransactionReceipt), Error> {
        let set = Oracle::setCall {
            rate_: U256::from(rate),
        };
        self.stage.source.send(self.oracle, set).await?;
        let block = self.stage.submit_head().await?;
        let update = self.update(question, block).await;
        let update = update.map_err(|error| Error::Rpc {
            method: "eth_call",
            reason: format!("{error:?}"),
        })?;
        Ok((block, self.stage.target.send(feed, update).await?))
    }

    /// A `World` on the source, which answers many things.
    pub async fn world(&self) -> Result<Address, Error> {
        self.stage.on_source(&World::BYTECODE, []).await
    }

    /// When a source block was, in seconds, as the root source says.
    pub async fn timestamp(&self, question: &IFeeds::Question, block: u64) -> u64 {
        let state_root = IRootSource::stateRootCall { blockNumber: block };
        let known = (self.stage.target)
            .view(question.rootSource, state_root)
            .await;
        known.map_or(0, |known| known.timestamp)
    }

    /// The target chain.
    pub fn target(&self) -> &Chain {
        &self.stage.target
    }

    /// Calldata of what is read.
    pub fn latest() -> Bytes {
        alloy_sol_types::SolCall::abi_encode(&IFeed::latestCall {}).into()
    }
}
