//! A contract's whole storage from `debug_storageRangeAt`, page by page in the order of the slots' hashes, so that a large
//! one is never held as a whole.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use alloy_trie::{HashBuilder, Nibbles};
use serde::Deserialize;
use smartsync_chain::{AnswerProblem, Chain, Side, progress, proofs};
use tokio::sync::mpsc::Sender;

use crate::error::Error;

const METHOD: &str = "debug_storageRangeAt";
/// Slots asked for in one request.
const PAGE: u64 = 8_192;

/// A slot that is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) hashed_slot: B256,
    /// The slot itself.
    pub(super) slot: U256,
    pub(super) value: U256,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    storage: BTreeMap<B256, Entry>,
    next_key: Option<B256>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: Option<B256>,
    value: B256,
}

/// A place in a chain at which a node lists storage: before a transaction of a block, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    hash: B256,
    index: u64,
}

/// The storage of an account at the end of a block.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    pub(super) chain: Chain,
    pub(super) address: Address,
    pub(super) block: u64,
    /// Its root, as the node proves it; `None` where it cannot.
    root: Option<B256>,
}

impl Storage {
    pub(super) async fn new(chain: &Chain, address: Address, block: u64) -> Result<Self, Error> {
        Ok(Self {
            chain: chain.clone(),
            address,
            block,
            root: proofs::storage_root(chain, address, block).await?,
        })
    }

    /// The places that may show the state at the end of the block, the likelier first. Nodes answer with the state before a
    /// transaction, so the end of a block is the start of the next one, whose first transaction geth and ganache want to
    /// exist; or what comes behind the last transaction, where a node takes that (the dev chain).
    pub(super) async fn places(&self) -> Result<Vec<Place>, Error> {
        let mut places = Vec::new();
        if let Ok(next) = self.chain.block(self.block + 1).await {
            places.push(Place {
                hash: next.hash,
                index: 0,
            });
        }
        let end = self.chain.block(self.block).await?;
        places.push(Place {
            hash: end.hash,
            index: end.transactions.len() as u64,
        });
        Ok(places)
    }

    /// Sends all slots, in pages, and tells whether they give the storage root: then nothing is missing.
    ///
    /// Stops early, without an answer, when nobody takes the pages any more.
    pub(super) async fn read(
        &self,
        place: Place,
        pages: &Sender<Vec<Listed>>,
    ) -> Result<bool, Error> {
        let malformed =
            |problem| Error::from(self.chain.bad_answer(METHOD, AnswerProblem::Shape(problem)));
        let mut builder = HashBuilder::default();
        let mut last = None;
        let mut start = B256::ZERO;
        loop {
            let range = self.range(place, start, PAGE).await?;
            let mut page = Vec::with_capacity(range.storage.len());
            for (hashed_slot, entry) in range.storage {
                if last.is_some_and(|last| hashed_slot <= last) {
                    return Err(malformed("the listing is not in the order of the hashes"));
                }
                last = Some(hashed_slot);
                let slot = entry.key.ok_or_else(|| {
                    malformed("the node does not know the slots behind their hashes")
                })?;
                let value = U256::from_be_bytes(entry.value.0);
                if value.is_zero() {
                    continue;
                }
                builder.add_leaf(
                    Nibbles::unpack(hashed_slot),
                    &alloy::rlp::encode_fixed_size(&value),
                );
                page.push(Listed {
                    hashed_slot,
                    slot: slot.into(),
                    value,
                });
            }
            if pages.send(page).await.is_err() {
                return Ok(false);
            }
            // In the order of the hashes, which are evenly spread: their first bytes say how far it is.
            let [high, low, ..] = range.next_key.unwrap_or(B256::repeat_byte(0xff)).0;
            let far = usize::from(u16::from_be_bytes([high, low]));
            let step = match self.chain.side() {
                Side::Source | Side::Parent => "listing the source",
                Side::Target => "listing the mirror",
            };
            progress(step, far, usize::from(u16::MAX));
            match range.next_key {
                Some(next) if next > start => start = next,
                Some(_) => return Err(malformed("the listing does not move on")),
                None => {
                    return Ok(self.root.is_none_or(|root| root == builder.root()));
                }
            }
        }
    }

    /// Tries a page of one slot.
    pub(super) async fn probe(&self) -> Result<(), Error> {
        let mut refusal = None;
        for place in self.places().await? {
            match self.range(place, B256::ZERO, 1).await {
                Ok(range) if range.storage.values().any(|entry| entry.key.is_none()) => {
                    return Err(self
                        .chain
                        .bad_answer(
                            METHOD,
                            AnswerProblem::Shape(
                                "the node does not know the slots behind their hashes",
                            ),
                        )
                        .into());
                }
                Ok(_listed) => return Ok(()),
                Err(error) => refusal = Some(error),
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    async fn range(&self, place: Place, start: B256, limit: u64) -> Result<Range, Error> {
        let Place { hash, index } = place;
        Ok(self
            .chain
            .request(METHOD, (hash, index, self.address, start, limit))
            .await?)
    }

    /// What to say when no place shows the block's end.
    pub(super) fn incomplete(&self) -> Error {
        self.chain
            .bad_answer(
                METHOD,
                AnswerProblem::Shape("the listing does not give the storage root"),
            )
            .into()
    }
}
