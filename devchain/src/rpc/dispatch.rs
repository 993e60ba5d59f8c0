//! Which method is served by what.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, U64, U256};
use alloy_rpc_types_eth::Index;
use serde_json::{Value, json};

use super::{
    access_list, api::Api, arity, block_settings, block_simulation, block_view, call, capabilities,
    control, debug, dump, error::RpcError, fees, filtering, params::Params, pool_view, proof, send,
    sign,
};

/// Serves a request; `eth_getProof` is served by [`proof::proof`].
///
/// # Errors
/// The error to answer with.
pub fn dispatch(api: &Api, method: &str, params: Option<Value>) -> Result<Value, RpcError> {
    let mut params = Params::new(params)?;
    if let Some(most) = arity::most(method) {
        params.at_most(most)?;
    }
    let p = &mut params;
    match method {
        "web3_clientVersion" => Ok(json!(capabilities::client_version())),
        "anvil_nodeInfo" => Ok(capabilities::node_info(api)),
        "anvil_metadata" | "hardhat_metadata" => Ok(capabilities::metadata(api)),
        "web3_sha3" => proof::sha3(p),
        "net_version" => Ok(json!(api.read().config().chain_id.to_string())),
        "net_listening" => Ok(Value::Bool(true)),
        "net_peerCount" => Ok(json!("0x0")),
        "rpc_modules" => Ok(
            json!({ "eth": "1.0", "net": "1.0", "web3": "1.0", "debug": "1.0", "txpool": "1.0", "evm": "1.0", "anvil": "1.0" }),
        ),
        "eth_protocolVersion" => Ok(json!("0x44")),
        "eth_chainId" => Ok(json!(U64::from(api.read().config().chain_id))),
        "eth_syncing" | "eth_mining" => Ok(Value::Bool(false)),
        "eth_hashrate" => Ok(json!("0x0")),
        "eth_coinbase" => Ok(json!(api.read().head().header.beneficiary)),
        "eth_accounts" | "eth_requestAccounts" | "personal_listAccounts" => {
            let ledger = api.read();
            Ok(json!(
                ledger
                    .accounts()
                    .iter()
                    .map(|account| account.address)
                    .collect::<Vec<_>>()
            ))
        }
        "eth_blockNumber" => Ok(json!(U64::from(api.read().head().header.number))),
        "eth_gasPrice" => Ok(fees::gas_price(api)),
        "eth_baseFee" => Ok(json!(U256::from(fees::base_fee(api)))),
        "eth_config" => Ok(capabilities::config(api)),
        "eth_capabilities" => Ok(capabilities::capabilities(api)),
        "eth_maxPriorityFeePerGas" => Ok(fees::max_priority_fee(api)),
        "eth_blobBaseFee" => Ok(json!("0x1")),
        "eth_feeHistory" => fees::history(api, p),

        "eth_getBalance" => proof::balance(api, p),
        "eth_getTransactionCount" => proof::transaction_count(api, p),
        "eth_getCode" => proof::code(api, p),
        "eth_getStorageAt" => proof::storage_at(api, p),

        "eth_getStorageValues" => proof::storage_values(api, p),

        "eth_call" => call::call(api, p),
        "eth_estimateGas" => call::estimate(api, p),
        "eth_createAccessList" => call::create_access_list(api, p),

        "eth_simulateV1" => block_simulation::simulate(api, p),

        "eth_sendRawTransaction" => send::send_raw(api, p),
        "eth_sendRawTransactionSync" => send::send_raw_sync(api, p),
        "eth_sendTransaction" => send::send(api, p),
        "eth_signTransaction" => send::sign_transaction(api, p),
        "eth_sendUnsignedTransaction" => send::send_unsigned(api, p),
        "eth_fillTransaction" => send::fill_transaction(api, p),
        "eth_sign" => sign::eth_sign(api, p),
        "personal_sign" => sign::personal_sign(api, p),
        "eth_signTypedData_v4" | "eth_signTypedData" => sign::typed_data(api, p),

        "txpool_status" => Ok(pool_view::status(api)),
        "txpool_content" => Ok(pool_view::content(api)),
        "txpool_contentFrom" => pool_view::content_from(api, p),
        "txpool_inspect" => Ok(pool_view::inspect(api)),

        "eth_getBlockByNumber" => block(api, BlockId::from(p.next::<BlockNumberOrTag>()?), p),
        "eth_getBlockByHash" => block(api, BlockId::from(p.next::<B256>()?), p),
        "eth_getHeaderByNumber" => header(api, BlockId::from(p.next::<BlockNumberOrTag>()?)),
        "eth_getHeaderByHash" => header(api, BlockId::from(p.next::<B256>()?)),
        "eth_getBlockAccessList" => access_list::block_access_list(api, p),
        "eth_getBlockReceipts" => receipts(api, p.next()?),
        "eth_getBlockTransactionCountByNumber" => {
            count(api, BlockId::from(p.next::<BlockNumberOrTag>()?))
        }
        "eth_getBlockTransactionCountByHash" => count(api, BlockId::from(p.next::<B256>()?)),
        "eth_getUncleCountByBlockNumber" | "eth_getUncleCountByBlockHash" => Ok(json!("0x0")),
        "eth_getUncleByBlockNumberAndIndex" | "eth_getUncleByBlockHashAndIndex" => Ok(Value::Null),
        "eth_getTransactionByHash" => transaction(api, p.next()?),
        "eth_getTransactionByBlockNumberAndIndex" => {
            transaction_in(api, BlockId::from(p.next::<BlockNumberOrTag>()?), p.next()?)
        }
        "eth_getTransactionByBlockHashAndIndex" => {
            transaction_in(api, BlockId::from(p.next::<B256>()?), p.next()?)
        }
        "eth_getTransactionReceipt" => receipt(api, p.next()?),
        "eth_getRawTransactionByHash" | "debug_getRawTransaction" => debug::raw_transaction(api, p),

        "eth_getLogs" => filtering::logs(api, p),
        "eth_newFilter" => filtering::new_filter(api, p),
        "eth_newBlockFilter" => filtering::new_block_filter(api),
        "eth_newPendingTransactionFilter" => filtering::new_transaction_filter(api),
        "eth_getFilterChanges" => filtering::changes(api, p),
        "eth_getFilterLogs" => filtering::filter_logs(api, p),
        "eth_uninstallFilter" => filtering::uninstall(api, p),

        "debug_traceTransaction" => debug::trace_transaction(api, p),
        "debug_traceBlockByNumber" => {
            let id = debug::by_number(p)?;
            debug::trace_block(api, id, p)
        }
        "debug_traceBlockByHash" => {
            let id = debug::by_hash(p)?;
            debug::trace_block(api, id, p)
        }
        "debug_traceCall" => debug::trace_call(api, p),
        "debug_storageRangeAt" => proof::storage_range(api, p),
        "debug_getRawBlock" => debug::raw_block(api, p),
        "debug_getRawHeader" => debug::raw_header(api, p),
        "debug_getRawReceipts" => debug::raw_receipts(api, p),

        "anvil_setBalance" | "hardhat_setBalance" | "evm_setAccountBalance" => {
            control::set_balance(api, p)
        }
        "anvil_setNonce" | "hardhat_setNonce" | "evm_setAccountNonce" => control::set_nonce(api, p),
        "anvil_setCode" | "hardhat_setCode" | "evm_setAccountCode" => control::set_code(api, p),
        "anvil_setStorageAt" | "hardhat_setStorageAt" | "evm_setAccountStorageAt" => {
            control::set_storage_at(api, p)
        }
        "smartsync_setStorage" => control::set_storage(api, p),
        "anvil_impersonateAccount" | "hardhat_impersonateAccount" => {
            control::impersonate(api, p, true)
        }
        "anvil_stopImpersonatingAccount" | "hardhat_stopImpersonatingAccount" => {
            control::impersonate(api, p, false)
        }
        "anvil_autoImpersonateAccount" => control::impersonate_all(api, p),
        "anvil_mine" | "hardhat_mine" => control::mine_many(api, p),
        "evm_mine" => control::mine(api, p),
        "evm_increaseTime" | "anvil_increaseTime" => control::increase_time(api, p),
        "evm_setNextBlockTimestamp" | "anvil_setNextBlockTimestamp" => {
            control::set_next_time(api, p)
        }
        "evm_snapshot" | "anvil_snapshot" => Ok(control::snapshot(api)),
        "evm_revert" | "anvil_revert" => control::revert(api, p),
        "evm_setAutomine" | "anvil_setAutomine" => control::set_automine(api, p),
        "anvil_getAutomine" | "hardhat_getAutomine" => Ok(json!(api.read().automine())),
        "anvil_dumpState" | "hardhat_dumpState" => dump::dump(api),
        "anvil_loadState" | "hardhat_loadState" => dump::load(api, p),
        "anvil_dropAllTransactions" => {
            api.write().drop_waiting();
            Ok(Value::Null)
        }
        "anvil_dropTransaction" => block_settings::drop_transaction(api, p),
        "hardhat_dropTransaction" => block_settings::drop_transaction_or_false(api, p),
        "anvil_reset" | "hardhat_reset" => block_settings::reset(api, p),
        "evm_setBlockGasLimit" | "anvil_setBlockGasLimit" => block_settings::set_gas_limit(api, p),
        "anvil_setCoinbase" | "hardhat_setCoinbase" => block_settings::set_coinbase(api, p),
        "anvil_setNextBlockBaseFeePerGas" | "hardhat_setNextBlockBaseFeePerGas" => {
            block_settings::set_next_base_fee(api, p)
        }
        "anvil_setPrevRandao" | "hardhat_setPrevRandao" => block_settings::set_prev_randao(api, p),
        "evm_setIntervalMining" | "anvil_setIntervalMining" => {
            block_settings::set_interval_mining(api, p)
        }
        "anvil_setBlockTimestampInterval" => block_settings::set_time_interval(api, p),
        "anvil_removeBlockTimestampInterval" => Ok(block_settings::remove_time_interval(api)),
        "anvil_setLoggingEnabled" | "hardhat_setLoggingEnabled" => block_settings::set_logging(p),
        "anvil_setMinGasPrice" | "hardhat_setMinGasPrice" => {
            Err(block_settings::set_min_gas_price())
        }
        // Served by the WebSocket itself.
        "eth_subscribe" | "eth_unsubscribe" => Err(RpcError::no_notifications()),
        other => Err(RpcError::method_not_found(other)),
    }
}

fn block(api: &Api, id: BlockId, params: &mut Params) -> Result<Value, RpcError> {
    let full = params.next_or_none::<bool>()?.unwrap_or(false);
    let Some(block) = api.find_block(Some(id)) else {
        return Ok(Value::Null);
    };
    let mut view = block_view::block(&block, full);
    if id == BlockId::pending() {
        // Not sealed, so not known by a hash.
        view["hash"] = Value::Null;
        view["nonce"] = Value::Null;
    }
    Ok(view)
}

fn header(api: &Api, id: BlockId) -> Result<Value, RpcError> {
    Ok(api
        .find_block(Some(id))
        .map_or(Value::Null, |block| block_view::header(&block)))
}

fn receipts(api: &Api, id: BlockId) -> Result<Value, RpcError> {
    let Some(block) = api.find_block(Some(id)) else {
        return Ok(Value::Null);
    };
    let receipts: Result<Vec<_>, _> = (0..block.transactions.len())
        .map(|index| block_view::receipt(&block, index))
        .collect();
    Ok(Value::Array(receipts?))
}

fn count(api: &Api, id: BlockId) -> Result<Value, RpcError> {
    Ok(json!(
        api.find_block(Some(id))
            .map(|block| U64::from(block.transactions.len()))
    ))
}

fn transaction(api: &Api, hash: B256) -> Result<Value, RpcError> {
    let ledger = api.read();
    if let Some((block, index, _)) = ledger.transaction(hash) {
        return Ok(json!(block_view::mined(block, index)));
    }
    Ok(json!(ledger.pool().find(hash).map(block_view::waiting)))
}

fn transaction_in(api: &Api, id: BlockId, index: Index) -> Result<Value, RpcError> {
    Ok(json!(
        api.find_block(Some(id))
            .and_then(|block| block_view::mined(&block, index.0))
    ))
}

fn receipt(api: &Api, hash: B256) -> Result<Value, RpcError> {
    let ledger = api.read();
    match ledger.transaction(hash) {
        Some((block, index, _)) => block_view::receipt(block, index),
        None => Ok(Value::Null),
    }
}
