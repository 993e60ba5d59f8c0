//! State of earlier blocks, and going back.

use alloy::{
    primitives::{Address, U256, address, hex},
    providers::Provider,
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{Fixture, word};

const CONTRACT: Address = address!("00000000000000000000000000000000c0ffee00");

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_every_block_stays_readable() {
    let fixture = Fixture::start(Kind::Evm).await;
    // SLOAD(1)
    fixture
        .request("anvil_setCode", json!([CONTRACT, "0x6001545f5260205ff3"]))
        .await;
    let first = fixture.client.get_block_number().await.expect("a number");
    for value in 1..=5_u64 {
        fixture
            .request(
                "anvil_setStorageAt",
                json!([CONTRACT, word(1), word(value)]),
            )
            .await;
    }
    for value in 0..=5_u64 {
        let tag = format!("{:#x}", first + value);
        let slot = fixture
            .request("eth_getStorageAt", json!([CONTRACT, "0x1", tag]))
            .await;
        assert_eq!(slot, json!(word(value)));
        let output = fixture
            .request("eth_call", json!([{ "to": CONTRACT }, tag]))
            .await;
        assert_eq!(output, json!(word(value)));
        let proof = fixture
            .request("eth_getProof", json!([CONTRACT, ["0x1"], tag]))
            .await;
        assert_eq!(proof["storageProof"][0]["value"], json!(U256::from(value)));
        let block = fixture
            .request("eth_getBlockByNumber", json!([tag, false]))
            .await;
        let by_hash =
            json!([{ "to": CONTRACT }, { "blockHash": block["hash"], "requireCanonical": true }]);
        assert_eq!(
            fixture.request("eth_call", by_hash).await,
            json!(word(value))
        );
    }
    let code = fixture
        .request("eth_getCode", json!([CONTRACT, "earliest"]))
        .await;
    assert_eq!(code, json!("0x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_restores_the_chain_as_it_was_at_the_snapshot() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.send(Some(fixture.account(1)), hex!(""), 5).await;
    let head = fixture
        .request("eth_getBlockByNumber", json!(["latest", true]))
        .await;
    let id = fixture.request("evm_snapshot", json!([])).await;
    let lost = fixture.send(Some(fixture.account(1)), hex!(""), 6).await;
    fixture.request("evm_increaseTime", json!([10_000])).await;
    fixture.request("evm_mine", json!([])).await;
    assert_eq!(
        fixture.request("evm_revert", json!([id])).await,
        json!(true)
    );
    assert_eq!(
        fixture
            .request("eth_getBlockByNumber", json!(["latest", true]))
            .await,
        head
    );
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([lost.transaction_hash]))
        .await;
    assert_eq!(receipt, Value::Null);
    assert_eq!(
        fixture.request("evm_revert", json!([id])).await,
        json!(false),
        "a snapshot is used up"
    );
    assert!(
        fixture
            .send(Some(fixture.account(1)), hex!(""), 7)
            .await
            .status()
    );
}
