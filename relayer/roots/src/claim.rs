//! What a rollup's contracts on the parent chain take for final, and how that is claimed.

use alloy::rpc::types::Log;
use alloy_primitives::{Address, B256, Bytes, U64, U256, address};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use serde_json::json;
use smartsync_abi::{IArbitrumRollup, IOpStack};
use smartsync_chain::{AnswerProblem, Block, Chain, Error as ChainError, fetch_unverified};
use smartsync_execution::Read;

use crate::{error::Error, root_source_error::RootSourceError};

/// Where an OP Stack chain keeps what leaves it.
const MESSAGE_PASSER: Address = address!("4200000000000000000000000000000000000016");

/// Parent blocks asked for in one `eth_getLogs`, at first; halved when the node refuses.
const LOG_BLOCKS: u64 = 10_000;
/// Parent blocks that are searched at most: some 40 days of Ethereum's.
const LOG_DEPTH: u64 = 300_000;

/// The newest claim at a parent block.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The block of the rollup that it is about.
    pub block: u64,
    /// As `submitHeader` takes it.
    pub encoded: Vec<u8>,
    /// What the root source will ask.
    pub reads: Vec<Read>,
}

/// Who asks whom.
pub(crate) struct Inquiry<'a> {
    /// The rollup.
    pub source: &'a Chain,
    /// Its parent chain.
    pub parent: &'a Chain,
    /// The parent block.
    pub parent_block: u64,
    /// The root source, which asks.
    pub root_source: Address,
    /// The contract that is asked first.
    pub contract: Address,
    /// What is asked of it.
    pub kind: RollupKind,
}

/// How a rollup is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RollupKind {
    /// The portal of an OP Stack chain.
    OpStack,
    /// The rollup contract of an Arbitrum chain.
    Arbitrum,
    /// A view that answers with the hash of a final block.
    View {
        /// Its selector.
        selector: [u8; 4],
        /// Which word of the answer is the hash.
        hash_at: usize,
    },
}

impl Inquiry<'_> {
    /// The newest claim; `None` when there is none. A view that takes a block's number is asked about these, in turn, until it knows one.
    pub async fn newest(
        &self,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<Option<Claim>, Error> {
        match self.kind {
            RollupKind::OpStack => self.op_stack().await,
            RollupKind::Arbitrum => self.arbitrum().await,
            RollupKind::View { selector, hash_at } => self.view_s(selector, hash_at, numbers).await,
        }
    }

    /// By the anchor game. It may be about several chains: then it is about a time, and `None` while the rollup's node may lack blocks up to that.
    async fn op_stack(&self) -> Result<Option<Claim>, Error> {
        let portal = self.contract;
        let ask_registry = IOpStack::anchorStateRegistryCall {};
        let registry = self.view(portal, &ask_registry).await?;
        let game = self.view(registry, &IOpStack::anchorGameCall {}).await?;
        if game.is_zero() {
            return Ok(None);
        }
        let mut reads = vec![
            self.read(portal, &ask_registry),
            self.read(portal, &IOpStack::pausedCall {}),
            self.read(registry, &IOpStack::isGameClaimValidCall { game }),
        ];
        // Games that are about one chain say the same without its id, or know no other way.
        let chain_id = U256::from(self.source.chain_id());
        let ask_root = IOpStack::rootClaimByChainIdCall { chainId: chain_id };
        let root_claim = self.view(game, &IOpStack::rootClaimCall {}).await?;
        let of_chain = self.if_answered(game, &ask_root).await?;
        let number = self.number(game).await?;
        if of_chain.is_none_or(|root| root == root_claim) {
            reads.push(self.read(game, &IOpStack::rootClaimCall {}));
            let passer = self.message_passer(number).await?;
            return Ok(Some(Claim {
                block: number,
                encoded: (registry, game, passer).abi_encode(),
                reads,
            }));
        }
        let Some(block) = self.newest_at(number).await? else {
            return Ok(None);
        };
        let ask_config = IOpStack::systemConfigCall {};
        let config = self.view(portal, &ask_config).await?;
        reads.extend([
            self.read(game, &ask_root),
            self.read(portal, &ask_config),
            self.read(config, &IOpStack::l2ChainIdCall {}),
        ]);
        let passer = self.message_passer(block).await?;
        Ok(Some(Claim {
            block,
            encoded: (registry, game, passer, config, chain_id).abi_encode(),
            reads,
        }))
    }

    /// The block that a game is about, or of one that is about several chains the time, in seconds.
    async fn number(&self, game: Address) -> Result<u64, Error> {
        let sequence = IOpStack::l2SequenceNumberCall {};
        let number = match self.if_answered(game, &sequence).await? {
            Some(number) => number,
            // A game of before.
            None => self.view(game, &IOpStack::l2BlockNumberCall {}).await?,
        };
        Ok(number.saturating_to())
    }

    /// The storage root of the message passer at the end of a block. The output root shows whether it is true.
    async fn message_passer(&self, block: u64) -> Result<B256, Error> {
        let proof = fetch_unverified(self.source, MESSAGE_PASSER, &[], block).await?;
        Ok(proof.storage_root)
    }

    /// The newest block of the rollup that is not later than a time, in seconds; `None` while its node does not show that it is the newest.
    async fn newest_at(&self, time: u64) -> Result<Option<u64>, Error> {
        let head = self.source.latest_block().await?;
        let (mut low, mut high) = (0, head.number.to::<u64>());
        if head.timestamp.to::<u64>() <= time {
            return Ok((head.timestamp.to::<u64>() == time).then_some(high));
        }
        // `low` is not later than the time, or the first block; `high` is later.
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.source.block(middle).await?.timestamp.to::<u64>() <= time {
                true => low = middle,
                false => high = middle,
            }
        }
        Ok(Some(low))
    }

    /// By the send root that was confirmed last.
    async fn arbitrum(&self) -> Result<Option<Claim>, Error> {
        let contract = self.contract;
        let (ask_outbox, ask_bridge) = (
            IArbitrumRollup::outboxCall {},
            IArbitrumRollup::bridgeCall {},
        );
        let outbox = self.view(contract, &ask_outbox).await?;
        let bridge = self.view(contract, &ask_bridge).await?;
        let Some((send_root, block_hash)) = self.confirmed_last(outbox).await? else {
            return Ok(None);
        };
        let block = self.block_of(block_hash).await?;
        let block = block.ok_or_else(|| self.unknown(block_hash))?;
        let allowed = IArbitrumRollup::allowedOutboxesCall { outbox };
        let roots = IArbitrumRollup::rootsCall {
            sendRoot: send_root,
        };
        Ok(Some(Claim {
            block,
            encoded: (outbox, bridge, send_root).abi_encode(),
            reads: vec![
                self.read(contract, &ask_outbox),
                self.read(contract, &ask_bridge),
                self.read(contract, &IArbitrumRollup::pausedCall {}),
                self.read(bridge, &allowed),
                self.read(outbox, &roots),
            ],
        }))
    }

    /// By a view: without arguments, if it answers that, else by the numbers of blocks.
    async fn view_s(
        &self,
        selector: [u8; 4],
        hash_at: usize,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<Option<Claim>, Error> {
        let numbers = numbers
            .into_iter()
            .map(|number| U256::from(number).abi_encode());
        let mut unknown = None;
        for encoded in std::iter::once(Vec::new()).chain(numbers) {
            let data = Bytes::from([&selector[..], &encoded].concat());
            let asked =
                self.parent
                    .call_at("the view", self.contract, data.clone(), self.parent_block);
            let answer = match asked.await {
                Ok(answer) => answer,
                Err(ChainError::Reverted { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let word = answer.as_chunks::<32>().0.get(hash_at).map(B256::from);
            let Some(block_hash) = word.filter(|hash| !hash.is_zero()) else {
                continue;
            };
            match self.block_of(block_hash).await? {
                Some(block) => {
                    let read = Read {
                        from: self.root_source,
                        to: self.contract,
                        data,
                    };
                    return Ok(Some(Claim {
                        block,
                        encoded,
                        reads: vec![read],
                    }));
                }
                None => unknown = Some(block_hash),
            }
        }
        match unknown {
            Some(block_hash) => Err(self.unknown(block_hash).into()),
            None => Ok(None),
        }
    }

    /// The number of the rollup's block with a hash, if its node has it.
    async fn block_of(&self, block_hash: B256) -> Result<Option<u64>, Error> {
        let block: Option<Block> = self
            .source
            .request("eth_getBlockByHash", (block_hash, false))
            .await?;
        Ok(block.map(|block| block.number.to()))
    }

    fn unknown(&self, block_hash: B256) -> RootSourceError {
        RootSourceError::UnknownClaim {
            contract: self.contract,
            block_hash,
        }
    }

    /// The send root that an outbox was told last up to the parent block, and the hash of its block.
    async fn confirmed_last(&self, outbox: Address) -> Result<Option<(B256, B256)>, Error> {
        let method = "eth_getLogs";
        let oldest = self.parent_block.saturating_sub(LOG_DEPTH);
        let (mut last, mut blocks) = (self.parent_block, LOG_BLOCKS);
        loop {
            let first = last.saturating_sub(blocks - 1).max(oldest);
            let filter = json!({
                "address": outbox,
                "topics": [IArbitrumRollup::SendRootUpdated::SIGNATURE_HASH],
                "fromBlock": U64::from(first),
                "toBlock": U64::from(last),
            });
            match self.parent.request::<_, Vec<Log>>(method, (filter,)).await {
                Ok(logs) => match logs.last() {
                    Some(log) => {
                        let event = IArbitrumRollup::SendRootUpdated::decode_log_data(log.data());
                        let event = event.map_err(|_other| {
                            let problem = AnswerProblem::Shape("a log is not the event asked for");
                            self.parent.bad_answer(method, problem)
                        })?;
                        return Ok(Some((event.sendRoot, event.blockHash)));
                    }
                    None if first == oldest => return Ok(None),
                    None => last = first - 1,
                },
                Err(error) if error.is_refusal() && blocks > 1 => blocks /= 2,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Error> {
        Ok(self.parent.view_at(to, call, self.parent_block).await?)
    }

    /// The same; `None` if the contract reverts, as one does that has no such function.
    async fn if_answered<C: SolCall>(
        &self,
        to: Address,
        call: &C,
    ) -> Result<Option<C::Return>, Error> {
        match self.parent.view_at(to, call, self.parent_block).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ChainError::Reverted { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, to: Address, call: &impl SolCall) -> Read {
        Read {
            from: self.root_source,
            to,
            data: call.abi_encode().into(),
        }
    }
}
