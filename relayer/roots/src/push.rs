use alloy::rpc::types::Log;
use alloy_primitives::{Address, B256, TxHash, U64, U256, address};
use alloy_sol_types::{SolCall, SolEvent, sol};
use serde::Serialize;
use serde_json::json;
use smartsync_chain::{AnswerProblem, Chain, Receipt, Submitter, Transaction};

use crate::{error::Error, known::answered, push_error::PushError};

sol! {
    /// The buffer on the target chain (Offchain Labs' block-hash-pusher).
    interface IPushedBuffer {
        /// The highest block number that has been pushed.
        function newestBlockNumber() external view returns (uint64);
        /// The pusher's address as the bridge shows it on the target chain.
        function aliasedPusher() external view returns (address);
        /// What the pusher has the bridge call.
        function receiveHashes(uint256 firstBlockNumber, bytes32[] memory blockHashes) external;
    }

    /// The pusher on the source chain.
    interface IPusher {
        /// Block hashes are on their way to a buffer.
        event BlockHashesPushed(uint256 firstBlockNumber, uint256 lastBlockNumber);

        /// Sends hashes of the newest blocks through a chain's inbox, by a retryable ticket.
        function pushHashes(
            address inbox,
            uint256 batchSize,
            uint256 gasPriceBid,
            uint256 gasLimit,
            uint256 submissionCost,
            bool isERC20Inbox
        ) external payable;
        /// The buffer that it fills.
        function bufferAddress() external view returns (address);
    }

    /// The delayed inbox of an Arbitrum chain, on its parent.
    interface IInbox {
        /// Its bridge.
        function bridge() external view returns (address);
        /// What a retryable ticket costs at least, wei, for so many bytes of calldata.
        function calculateRetryableSubmissionFee(uint256 dataLength, uint256 baseFee) external view returns (uint256);
    }

    /// The bridge behind an inbox.
    interface IBridge {
        /// The rollup that it belongs to.
        function rollup() external view returns (address);
    }

    /// The rollup contract of an Arbitrum chain.
    interface IRollup {
        /// Chain id of the Arbitrum chain.
        function chainId() external view returns (uint256);
    }
}

/// What the bridge adds to the address of a parent chain's contract (Arbitrum's address alias).
const ALIAS_OFFSET: Address = address!("1111000000000000000000000000000000001111");
/// Most block hashes in one push.
pub const LARGEST_PUSH: u64 = 256;

/// How block hashes are pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushOptions {
    /// The target chain's delayed inbox on the source chain.
    pub inbox: Address,
    /// How many of the newest blocks' hashes are pushed at once, 1 to 256.
    pub hashes: u64,
    /// Source blocks from one push to the next at least, whoever sent it.
    pub min_blocks: u64,
    /// Most that a push may cost, wei, with what the ticket pays for on the target chain.
    pub max_cost: U256,
    /// The only pusher that is paid. Without it, the one that the buffer names: then a target node that lies can name a
    /// contract of its own, which takes up to `max_cost`.
    pub pusher: Option<Address>,
}

impl PushOptions {
    /// The newest block's hash, at most once in 300 source blocks (an hour on Ethereum), for 0.01 ether at most.
    pub fn new(inbox: Address) -> Self {
        Self {
            inbox,
            hashes: 1,
            min_blocks: 300,
            max_cost: U256::from(10_000_000_000_000_000_u64),
            pusher: None,
        }
    }
}

/// What was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushReport {
    /// The transaction on the source chain.
    pub transaction: TxHash,
    /// Source block that it is in.
    pub source_block: u64,
    /// The pusher.
    pub pusher: Address,
    /// The buffer that the hashes are on their way to.
    pub buffer: Address,
    /// First block whose hash is pushed.
    pub first_block: u64,
    /// Last block whose hash is pushed.
    pub last_block: u64,
    /// What the transaction cost, wei.
    pub fee: U256,
    /// What was paid for the ticket, wei; what it does not need comes back on the target chain.
    pub value: U256,
}

/// Sends hashes of the newest source blocks to the block-hash buffer on the target chain, through the chain's bridge.
#[derive(Clone, Debug)]
pub struct Pusher {
    /// How.
    pub options: PushOptions,
    /// Sends to the source chain.
    pub submitter: Submitter,
}

/// The contracts that a push goes through.
#[derive(Clone, Copy, Debug)]
struct Way {
    buffer: Address,
    aliased_pusher: Address,
    pusher: Address,
}

impl Pusher {
    /// Pushes the newest blocks' hashes.
    pub async fn push(&self, target: &Chain, buffer: Address) -> Result<PushReport, Error> {
        let way = self.way(target, buffer).await?;
        self.push_by(target, way).await
    }

    /// The same, unless that was done lately, by anyone. What an earlier process sent and is not mined yet is waited for.
    pub async fn push_unless_recent(
        &self,
        target: &Chain,
        buffer: Address,
    ) -> Result<Option<PushReport>, Error> {
        self.submitter.settle().await?;
        let way = self.way(target, buffer).await?;
        match self.was_pushed_lately(way.pusher).await? {
            true => Ok(None),
            false => self.push_by(target, way).await.map(Some),
        }
    }

    /// Finds the pusher, and makes sure that it and the inbox lead to this buffer.
    async fn way(&self, target: &Chain, buffer: Address) -> Result<Way, Error> {
        let (source, inbox) = (self.submitter.chain(), self.options.inbox);
        let aliased_pusher = answered(
            target
                .view(buffer, &IPushedBuffer::aliasedPusherCall {})
                .await,
        )?
        .ok_or(PushError::NoPusher { buffer })?;
        let pusher = without_alias(aliased_pusher);
        if let Some(expected) = self.options.pusher.filter(|expected| *expected != pusher) {
            return Err(PushError::OtherPusher {
                buffer,
                named: pusher,
                expected,
            }
            .into());
        }
        let found = answered(source.view(pusher, &IPusher::bufferAddressCall {}).await)?;
        if found != Some(buffer) {
            return Err(PushError::OtherBuffer {
                pusher,
                buffer,
                found,
            }
            .into());
        }
        let chain_id = answered(
            async {
                let bridge = source.view(inbox, &IInbox::bridgeCall {}).await?;
                let rollup = source.view(bridge, &IBridge::rollupCall {}).await?;
                source.view(rollup, &IRollup::chainIdCall {}).await
            }
            .await,
        )?
        .ok_or(PushError::NotAnInbox { inbox })?;
        if chain_id != U256::from(target.chain_id()) {
            return Err(PushError::OtherInbox {
                inbox,
                expected: target.chain_id(),
                got: chain_id,
            }
            .into());
        }
        Ok(Way {
            buffer,
            aliased_pusher,
            pusher,
        })
    }

    /// Whether anyone pushed to this chain within the last blocks. A pusher serves all chains of its parent: only the inbox
    /// tells which one.
    async fn was_pushed_lately(&self, pusher: Address) -> Result<bool, Error> {
        let source = self.submitter.chain();
        let head = source.head().await?;
        let since = head
            .saturating_add(1)
            .saturating_sub(self.options.min_blocks);
        let filter = json!({
            "address": pusher,
            "topics": [IPusher::BlockHashesPushed::SIGNATURE_HASH],
            "fromBlock": U64::from(since),
            "toBlock": "latest",
        });
        let logs: Vec<Log> = source.request("eth_getLogs", (filter,)).await?;
        for tx_hash in logs.iter().filter_map(|log| log.transaction_hash) {
            let method = "eth_getTransactionReceipt";
            let receipt: Option<Receipt> = source.request(method, (tx_hash,)).await?;
            let receipt = receipt.ok_or_else(|| {
                source.bad_answer(method, AnswerProblem::UnknownTransaction(tx_hash))
            })?;
            let inbox = self.options.inbox;
            if receipt.logs.iter().any(|log| log.address() == inbox) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn push_by(&self, target: &Chain, way: Way) -> Result<PushReport, Error> {
        let source = self.submitter.chain();
        let hashes = self.options.hashes.clamp(1, LARGEST_PUSH);
        let call = self.receive_call(hashes).await?;
        let (gas, price) = futures::try_join!(
            async {
                let request = json!({ "from": way.aliased_pusher, "to": way.buffer, "data": call });
                let gas: U64 = target.request("eth_estimateGas", (request,)).await?;
                Ok(gas.to::<u64>())
            },
            async { target.gas_price(&target.latest_block().await?).await }
        )?;
        // Room for prices that rise until the ticket is executed; what is too much comes back.
        let (gas_limit, bid) = (
            U256::from(gas).saturating_mul(U256::from(3)) / U256::from(2),
            price.saturating_mul(U256::from(2)),
        );
        let latest = source.latest_block().await?;
        let source_price = source.gas_price(&latest).await?;
        let fee_call = IInbox::calculateRetryableSubmissionFeeCall {
            dataLength: U256::from(call.len()),
            baseFee: source_price.saturating_mul(U256::from(2)),
        };
        let submission_cost = source.view(self.options.inbox, &fee_call).await?;
        let value = gas_limit
            .saturating_mul(bid)
            .saturating_add(submission_cost);
        let transaction = Transaction {
            call: "pushHashes",
            to: Some(way.pusher),
            value,
            data: IPusher::pushHashesCall {
                inbox: self.options.inbox,
                batchSize: U256::from(hashes),
                gasPriceBid: bid,
                gasLimit: gas_limit,
                submissionCost: submission_cost,
                isERC20Inbox: false,
            }
            .abi_encode()
            .into(),
        };
        let source_gas = self.submitter.estimate(&transaction).await?;
        let submitter = self.affordable(source_gas, source_price, value)?;
        let receipt = submitter.send_with_gas(transaction, source_gas).await?;
        let pushed = receipt
            .logs
            .iter()
            .filter(|log| log.address() == way.pusher)
            .find_map(|log| IPusher::BlockHashesPushed::decode_log(&log.inner).ok())
            .ok_or_else(|| {
                let problem = AnswerProblem::Shape("a push without its event");
                source.bad_answer("eth_getTransactionReceipt", problem)
            })?;
        Ok(PushReport {
            transaction: receipt.tx_hash,
            source_block: receipt.block_number.to(),
            pusher: way.pusher,
            buffer: way.buffer,
            first_block: pushed.firstBlockNumber.saturating_to(),
            last_block: pushed.lastBlockNumber.saturating_to(),
            fee: receipt.fee(),
            value,
        })
    }

    /// What the bridge will call on the target chain, as far as it can be told now: the pusher reads the hashes when its
    /// transaction is mined.
    async fn receive_call(&self, hashes: u64) -> Result<alloy_primitives::Bytes, Error> {
        let source = self.submitter.chain();
        let newest = source.latest_block().await?;
        let number: u64 = newest.number.to();
        let count = usize::try_from(hashes).unwrap_or(usize::MAX);
        Ok(IPushedBuffer::receiveHashesCall {
            firstBlockNumber: U256::from(number.saturating_add(1).saturating_sub(hashes)),
            blockHashes: vec![newest.hash; count],
        }
        .abi_encode()
        .into())
    }

    /// A submitter that offers no more than a push may cost.
    fn affordable(&self, gas: u64, price: U256, value: U256) -> Result<Submitter, Error> {
        let limit = self.options.max_cost;
        let cost = value.saturating_add(price.saturating_mul(U256::from(gas)));
        if cost > limit {
            return Err(PushError::TooDear { cost, limit }.into());
        }
        let for_gas = limit.saturating_sub(value) / U256::from(gas.max(1));
        Ok(self.submitter.capped(for_gas.saturating_to()))
    }
}

/// The newest source block that was pushed to a buffer; `None` where it does not say.
pub async fn newest_pushed(target: &Chain, buffer: Address) -> Result<Option<u64>, Error> {
    answered(
        target
            .view(buffer, &IPushedBuffer::newestBlockNumberCall {})
            .await,
    )
}

/// The address on the parent chain whose calls come from this one.
fn without_alias(aliased: Address) -> Address {
    let number = |address: Address| U256::from_be_bytes(address.into_word().0);
    let address = number(aliased).wrapping_sub(number(ALIAS_OFFSET));
    Address::from_word(B256::from(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offchain Labs' own pair: the buffer's `aliasedPusher` for the pusher that their README names, and the wrap-around.
    #[test]
    fn an_alias_is_taken_off_modulo_the_size_of_an_address() {
        for (aliased, pusher) in [
            (
                address!("6b6d4f3d0f0efaeed2aec9b59b67ec62a4667e99"),
                address!("5a5c4f3d0f0efaeed2aec9b59b67ec62a4666d88"),
            ),
            (
                address!("1111000000000000000000000000000000001110"),
                address!("ffffffffffffffffffffffffffffffffffffffff"),
            ),
        ] {
            assert_eq!(without_alias(aliased), pusher);
        }
    }
}
