//! NodeInterface (0xc8), and what a call may override.

use alloy::{
    primitives::{Address, B256, Bytes, U256, hex},
    sol,
    sol_types::SolCall,
};
use devchain::Kind;
use serde_json::json;

use crate::fixture::Fixture;

sol! {
    interface NodeInterface {
        function nitroGenesisBlock() external pure returns (uint256 number);
        function blockL1Num(uint64 l2BlockNum) external view returns (uint64 l1BlockNum);
        function l2BlockRangeForL1(uint64 blockNum) external view returns (uint64 firstBlock, uint64 lastBlock);
        function getL1Confirmations(bytes32 blockHash) external view returns (uint64 confirmations);
        function gasEstimateComponents(address to, bool contractCreation, bytes calldata data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
    }
}

const NODE_INTERFACE: Address = Address::with_last_byte(0xc8);

#[tokio::test(flavor = "multi_thread")]
async fn the_node_knows_which_blocks_belong_to_a_block_of_the_parent_chain() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let genesis = NodeInterface::nitroGenesisBlockCall {};
    assert_eq!(fixture.view(NODE_INTERFACE, genesis).await, U256::ZERO);
    fixture.request("evm_mine", json!([])).await;
    // 12 seconds are a block of the parent chain.
    fixture.request("evm_increaseTime", json!([24])).await;
    fixture.request("evm_mine", json!([])).await;
    let number = |block: u64| NodeInterface::blockL1NumCall { l2BlockNum: block };
    let first = fixture.view(NODE_INTERFACE, number(0)).await;
    let last = fixture.view(NODE_INTERFACE, number(2)).await;
    assert!(last >= first + 2, "{first} {last}");
    let block = fixture
        .request("eth_getBlockByNumber", json!(["0x2", false]))
        .await;
    assert_eq!(block["l1BlockNumber"], json!(format!("{last:#x}")));
    let range = NodeInterface::l2BlockRangeForL1Call { blockNum: last };
    let range = fixture.view(NODE_INTERFACE, range).await;
    assert_eq!((range.firstBlock, range.lastBlock), (2, 2));
    let range = NodeInterface::l2BlockRangeForL1Call { blockNum: first };
    assert_eq!(fixture.view(NODE_INTERFACE, range).await.firstBlock, 0);
    for missing in [
        NodeInterface::l2BlockRangeForL1Call { blockNum: last + 9 }.abi_encode(),
        number(3).abi_encode(),
        NodeInterface::getL1ConfirmationsCall {
            blockHash: B256::ZERO,
        }
        .abi_encode(),
        hex!("12345678").to_vec(),
    ] {
        let (code, ..) = fixture
            .call(NODE_INTERFACE, missing)
            .await
            .expect_err("nothing there");
        assert!([-32_000, -32_001].contains(&code), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_estimate_components_are_the_estimate_and_the_base_fee() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let call = |creation: bool, data: &[u8]| NodeInterface::gasEstimateComponentsCall {
        to: fixture.account(1),
        contractCreation: creation,
        data: Bytes::copy_from_slice(data),
    };
    let parts = fixture.view(NODE_INTERFACE, call(false, b"")).await;
    assert_eq!((parts.gasEstimate, parts.gasEstimateForL1), (21_000, 0));
    assert_eq!(parts.baseFee, U256::from(100_000_000));
    // PUSH0 PUSH0 RETURN: an empty contract
    let code = hex!("5f5ff3");
    let parts = fixture.view(NODE_INTERFACE, call(true, &code)).await;
    let estimate = fixture
        .request(
            "eth_estimateGas",
            json!([{ "from": fixture.account(0), "data": hex::encode_prefixed(code) }]),
        )
        .await;
    assert_eq!(json!(format!("{:#x}", parts.gasEstimate)), estimate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_chain_has_no_node_interface() {
    let fixture = Fixture::start(Kind::Evm).await;
    let call = NodeInterface::nitroGenesisBlockCall {}.abi_encode();
    let output = fixture.call(NODE_INTERFACE, call).await.expect("a call");
    assert!(output.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_sees_the_state_and_the_block_that_it_asks_for() {
    let fixture = Fixture::start(Kind::Evm).await;
    let target = Address::repeat_byte(9);
    // Returns TIMESTAMP, NUMBER, BASEFEE and SLOAD(0).
    let code = hex!("425f52 43602052 48604052 5f54606052 60805ff3");
    let state = json!({ target.to_string(): {
        "code": hex::encode_prefixed(code), "stateDiff": { B256::ZERO.to_string(): B256::with_last_byte(4) },
    } });
    let block = json!({ "time": "0x1", "number": "0x2", "baseFeePerGas": "0x3" });
    let output = fixture
        .request(
            "eth_call",
            json!([{ "to": target }, "latest", state, block]),
        )
        .await;
    let expected: Vec<u8> = (1..=4)
        .flat_map(|number| B256::with_last_byte(number).0)
        .collect();
    assert_eq!(output, json!(hex::encode_prefixed(expected)));
    let traced = fixture
        .request(
            "debug_traceCall",
            json!([{ "to": target }, "latest", {
                "tracer": "callTracer", "stateOverrides": state, "blockOverrides": block,
            }]),
        )
        .await;
    assert_eq!(traced["output"], output);
}
