//! NodeInterface (0xc8): no contract, but questions about the node that are asked of an Arbitrum node by `eth_call`.

use alloy_primitives::{Address, Bytes, TxKind, U256, address};
use alloy_rpc_types_eth::{TransactionInput, TransactionRequest};
use alloy_sol_types::{SolCall, SolInterface, sol};

use self::NodeInterface::NodeInterfaceCalls;
use super::{api::Api, error::RpcError, simulation};
use crate::{
    chain::{Ledger, parent_number},
    evm::Environment,
    state::State,
};

const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000c8");

sol! {
    /// What wallets and Arbitrum's SDK ask a node.
    interface NodeInterface {
        function nitroGenesisBlock() external pure returns (uint256 number);
        function blockL1Num(uint64 l2BlockNum) external view returns (uint64 l1BlockNum);
        function l2BlockRangeForL1(uint64 blockNum) external view returns (uint64 firstBlock, uint64 lastBlock);
        function getL1Confirmations(bytes32 blockHash) external view returns (uint64 confirmations);
        function gasEstimateComponents(address to, bool contractCreation, bytes calldata data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function gasEstimateL1Component(address to, bool contractCreation, bytes calldata data) external payable
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
    }
}

/// The answer, if a call on an Arbitrum chain asks the node itself. Data for the parent chain costs nothing here.
pub fn answer(
    api: &Api,
    at: &Environment,
    state: &State,
    request: &TransactionRequest,
) -> Option<Result<Bytes, RpcError>> {
    at.arbitrum.as_ref()?;
    (request.to == Some(TxKind::Call(NODE_INTERFACE)))
        .then(|| ask(api, at, state, request).map(Bytes::from))
}

fn ask(
    api: &Api,
    at: &Environment,
    state: &State,
    request: &TransactionRequest,
) -> Result<Vec<u8>, RpcError> {
    let input = request.input.input().cloned().unwrap_or_default();
    let call = NodeInterfaceCalls::abi_decode(&input).map_err(|_unknown| {
        RpcError::server("execution failed: NodeInterface: unknown method or bad arguments")
    })?;
    let base_fee = U256::from(at.block.basefee);
    Ok(match call {
        NodeInterfaceCalls::nitroGenesisBlock(_) => {
            NodeInterface::nitroGenesisBlockCall::abi_encode_returns(&U256::ZERO)
        }
        NodeInterfaceCalls::blockL1Num(call) => {
            let ledger = api.read();
            let block = ledger
                .block(call.l2BlockNum)
                .ok_or_else(|| RpcError::not_found("block"))?;
            NodeInterface::blockL1NumCall::abi_encode_returns(&parent_number(&block.header))
        }
        NodeInterfaceCalls::l2BlockRangeForL1(call) => {
            let (first, last) = range(&api.read(), call.blockNum)?;
            NodeInterface::l2BlockRangeForL1Call::abi_encode_returns(&(first, last).into())
        }
        NodeInterfaceCalls::getL1Confirmations(call) => {
            if api.read().block_by_hash(call.blockHash).is_none() {
                return Err(RpcError::not_found("block"));
            }
            // No batch is ever posted to a parent chain.
            NodeInterface::getL1ConfirmationsCall::abi_encode_returns(&0)
        }
        NodeInterfaceCalls::gasEstimateComponents(call) => {
            let inner = TransactionRequest {
                to: Some(match call.contractCreation {
                    true => TxKind::Create,
                    false => TxKind::Call(call.to),
                }),
                input: TransactionInput::new(call.data),
                ..request.clone()
            };
            let gas = simulation::estimate_gas(at, state, &inner)?;
            NodeInterface::gasEstimateComponentsCall::abi_encode_returns(
                &(gas, 0, base_fee, U256::ZERO).into(),
            )
        }
        NodeInterfaceCalls::gasEstimateL1Component(_) => {
            NodeInterface::gasEstimateL1ComponentCall::abi_encode_returns(
                &(0, base_fee, U256::ZERO).into(),
            )
        }
    })
}

/// The first and last block made while the parent chain was at this block.
fn range(ledger: &Ledger, parent: u64) -> Result<(u64, u64), RpcError> {
    let head = ledger.head().header.number;
    // The parent chain's number never falls, so the first block at or above `from` is found by bisection.
    let first_from = |from: u64| {
        let (mut low, mut high) = (0, head + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let below = ledger
                .block(middle)
                .is_some_and(|block| parent_number(&block.header) < from);
            if below {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    };
    let first = first_from(parent);
    let after = first_from(parent.saturating_add(1));
    if first == after {
        return Err(RpcError::server(format!(
            "requested L1 block number {parent} has no L2 blocks"
        )));
    }
    Ok((first, after - 1))
}
