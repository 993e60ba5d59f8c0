use alloy::sol_types::SolEvent;
use alloy_primitives::{Address, B256, Bytes, I256, TxHash, U256};
use relayer::Relayer;
use serde::Serialize;
use smartsync_abi::IFeed;
use smartsync_chain::{RawHeader, Receipt};
use smartsync_execution::answer;

use crate::{error::Error, feed::Feed, proven::prove_call, send::update};

/// What an update came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedUpdate {
    /// The feed.
    pub feed: Address,
    /// Whether its answer was stored; else the feed had one of this block or a newer one already.
    pub stored: bool,
    /// The feed's newest answer, in units of its decimals; a word that is no number in hexadecimal.
    pub answer: String,
    /// The source block that it is true at.
    pub source_block: u64,
    /// The number of its round; 0 where the answer is no number.
    pub round: u64,
    /// Length of the witness.
    pub witness_bytes: usize,
    /// Length of the calldata.
    pub calldata_bytes: usize,
    /// Gas, with that of the header where one had to be brought first.
    pub gas_used: u64,
    /// Wei paid for it.
    pub fee: U256,
    /// The transaction.
    pub tx_hash: Option<TxHash>,
}

/// Updates a feed to a source block (default: the newest final one), whose header is brought where the root source does not know it.
pub async fn update_feed(
    relayer: &Relayer,
    address: Address,
    block: Option<u64>,
) -> Result<FeedUpdate, Error> {
    let target = relayer.target();
    let feed = Feed::at(target, address, target.head().await?).await?;
    let block = relayer.source_block(block).await?;
    let header = RawHeader::fetch(&relayer.source, block).await?;
    if feed
        .answer
        .is_some_and(|answer| answer.source_block >= block)
    {
        return FeedUpdate::none(&feed);
    }
    let (_feed, update) = move_feed(relayer, &feed, &header).await?;
    Ok(update)
}

/// Updates a feed to the block of a header, and says how it stands then.
pub async fn move_feed(
    relayer: &Relayer,
    feed: &Feed,
    header: &RawHeader,
) -> Result<(Feed, FeedUpdate), Error> {
    let block = header.header.number;
    let prover = feed.question()?.prover;
    // Before anything is paid: a feed that would take no answer needs no header.
    feed.source_answer(relayer, block).await?;
    let proven = prove_call(relayer, prover, &feed.read()?, block).await?;
    let headers = relayer.ensure_header(header).await?;
    let transaction = update(feed.address, &proven);
    let calldata_bytes = transaction.data.len();
    let receipt = relayer.submitter.send(transaction).await?;
    let moved = Feed::at(relayer.target(), feed.address, receipt.block_number.to()).await?;
    let receipts = || headers.iter().chain([&receipt]);
    let update = FeedUpdate {
        stored: is_stored(&receipt, feed.address),
        witness_bytes: proven.witness.len(),
        calldata_bytes,
        gas_used: receipts().map(|receipt| receipt.gas_used.to::<u64>()).sum(),
        fee: receipts().fold(U256::ZERO, |sum, receipt| sum.saturating_add(receipt.fee())),
        tx_hash: Some(receipt.tx_hash),
        ..FeedUpdate::none(&moved)?
    };
    Ok((moved, update))
}

/// Whether an update stored its answer.
fn is_stored(receipt: &Receipt, feed: Address) -> bool {
    let mut logs = receipt.logs.iter().filter(|log| log.address() == feed);
    logs.any(|log| IFeed::AnswerUpdated::decode_log(&log.inner).is_ok())
}

impl FeedUpdate {
    /// Nothing was sent.
    fn none(feed: &Feed) -> Result<Self, Error> {
        let report = feed.report(0)?;
        Ok(Self {
            feed: feed.address,
            stored: false,
            answer: report.answer.unwrap_or_default(),
            source_block: report.source_block,
            round: report.round,
            witness_bytes: 0,
            calldata_bytes: 0,
            gas_used: 0,
            fee: U256::ZERO,
            tx_hash: None,
        })
    }
}

impl Feed {
    /// What the source answers to the question at a block, unproven. What the feed would not take is `NoAnswer`.
    pub async fn source_answer(&self, relayer: &Relayer, block: u64) -> Result<I256, Error> {
        let (success, data): (bool, Bytes) = answer(&relayer.source, &self.read()?, block).await?;
        let decoding = self.question()?.decoding;
        let word: B256 =
            (decoding.read(success, &data)).map_err(|reason| Error::NoAnswer { block, reason })?;
        Ok(I256::from_raw(word.into()))
    }
}
