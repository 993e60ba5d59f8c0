//! Feeds.

use std::time::Duration;

use alloy_primitives::Address;
use clap::Subcommand;
use smartsync_groups::{FeedTerms, Question, create_feed, feed_question, read_feed, update_feed};

use crate::{
    connection::Connection, error::Error, group, questions, report, session, settings::Settings,
};

#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Create the feed of a question, unless it stands; its address commits to the question.
    Create {
        /// The contract on the source chain.
        #[arg(value_parser = smartsync_chain::address)]
        source: Address,
        /// The function with the types of its answer, each of one word, such as "rate()(uint256)".
        #[arg(value_name = "FUNCTION")]
        function: String,
        /// Its arguments.
        #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
        arguments: Vec<String>,
        /// Who asks (default: the zero address).
        #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address, default_value_t = Address::ZERO)]
        from: Address,
        /// Which value of the answer, counted from 0.
        #[arg(long, value_name = "N", default_value_t = 0)]
        word: u16,
        /// Decimals of the answer, as the feed says them: nothing is scaled.
        #[arg(long, default_value_t = 0)]
        decimals: u8,
        /// How old a source block may be when it is taken, such as "1h".
        #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
        max_age: Duration,
        /// What the feed calls itself, 1 to 32 bytes.
        #[arg(long, value_name = "TEXT")]
        description: String,
        /// Take zero as an answer.
        #[arg(long)]
        allow_zero: bool,
        /// Take negative numbers as answers.
        #[arg(long)]
        allow_negative: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Prove the answer at a source block, and store it in a feed.
    Update {
        /// The feed.
        #[arg(value_parser = smartsync_chain::address)]
        feed: Address,
        /// Source block (default: the newest final one).
        #[arg(long)]
        block: Option<u64>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what a feed asks, and its newest answer.
    Read {
        /// The feed.
        #[arg(value_parser = smartsync_chain::address)]
        feed: Address,
        #[command(flatten)]
        connection: Connection,
    },
}

/// A duration other than zero.
fn duration(text: &str) -> Result<Duration, &'static str> {
    smartsync_service::duration(text)
        .filter(|duration| duration.as_secs() > 0)
        .ok_or("a duration such as \"90s\", \"15m\" or \"1h\"")
}

/// Runs the command.
pub async fn run(json: bool, command: FeedCommand) -> Result<(), Error> {
    match command {
        FeedCommand::Create {
            source,
            function,
            arguments,
            from,
            word,
            decimals,
            max_age,
            description,
            allow_zero,
            allow_negative,
            connection,
        } => {
            let question =
                Question::parse(source, from, &function, &arguments).map_err(questions::wrong)?;
            let terms = FeedTerms {
                word,
                decimals,
                zero_allowed: allow_zero,
                negative_allowed: allow_negative,
                max_age,
                description,
            };
            let settings = Settings::resolve(&connection, None)?;
            let (prover, feeds) = (
                group::prover(&settings.deployment)?,
                group::feeds(&settings.deployment)?,
            );
            let relayer = session::relayer(&settings).await?;
            let question = feed_question(&relayer, prover, &question, &terms).await?;
            report::print(json, &create_feed(&relayer, feeds, question).await?)
        }
        FeedCommand::Update {
            feed,
            block,
            connection,
        } => {
            let relayer = session::relayer(&Settings::resolve(&connection, None)?).await?;
            report::print(json, &update_feed(&relayer, feed, block).await?)
        }
        FeedCommand::Read { feed, connection } => {
            let relayer = session::reader(&Settings::resolve(&connection, None)?).await?;
            report::print(json, &read_feed(relayer.target(), feed).await?)
        }
    }
}
