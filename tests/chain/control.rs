//! What only a dev chain can do.

use alloy::{
    primitives::{Address, U256, hex},
    providers::Provider,
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn time_moves_as_it_is_told() {
    let fixture = Fixture::start(Kind::Evm).await;
    let time = async || {
        let block = fixture
            .request("eth_getBlockByNumber", json!(["latest", false]))
            .await;
        let text = block["timestamp"].as_str().expect("a quantity").to_owned();
        u64::from_str_radix(&text[2..], 16).expect("hex")
    };
    let start = time().await;
    fixture.request("evm_increaseTime", json!(["0x2710"])).await;
    fixture.request("evm_mine", json!([])).await;
    assert!(time().await >= start + 10_000);
    fixture
        .request("evm_setNextBlockTimestamp", json!([start + 50_000]))
        .await;
    fixture.request("evm_mine", json!([])).await;
    assert_eq!(time().await, start + 50_000);
    let (code, ..) = fixture
        .refused("evm_setNextBlockTimestamp", json!([start]))
        .await;
    assert_eq!(code, -32_602);
    // What is refused sets no time either.
    let many = json!([{ "timestamp": start + 90_000, "blocks": 100_001 }]);
    let (code, message, _) = fixture.refused("evm_mine", many).await;
    assert_eq!(
        (code, message.as_str()),
        (-32_602, "100001 blocks, limit 100000")
    );
    fixture.request("evm_mine", json!([])).await;
    assert!(time().await < start + 90_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_transactions_are_mined_in_the_order_of_their_nonces() {
    let fixture = Fixture::start(Kind::Evm).await;
    let send = async |nonce: u64| {
        let request = json!({ "from": fixture.account(0), "to": fixture.account(1), "nonce": format!("{nonce:#x}"), "gas": "0x5208" });
        fixture
            .request("eth_sendTransaction", json!([request]))
            .await
    };
    // The later ones wait for the first, and follow it.
    let later = send(2).await;
    let next = send(1).await;
    assert_eq!(
        fixture
            .request("eth_getTransactionReceipt", json!([later]))
            .await,
        Value::Null
    );
    assert_eq!(
        fixture
            .request("eth_getTransactionByHash", json!([later]))
            .await["blockHash"],
        Value::Null
    );
    send(0).await;
    for hash in [next, later] {
        assert_eq!(
            fixture
                .request("eth_getTransactionReceipt", json!([hash]))
                .await["status"],
            json!("0x1")
        );
    }
    assert_eq!(
        fixture.client.get_block_number().await.expect("a number"),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impersonated_account_sends_without_its_key() {
    let fixture = Fixture::start(Kind::Evm).await;
    let contract = fixture.deploy(&hex!("00")).await;
    fixture
        .request("anvil_setBalance", json!([contract, "0xde0b6b3a7640000"]))
        .await;
    let request = json!([{ "from": contract, "to": fixture.account(1), "value": "0x7b" }]);
    let (_, message, _) = fixture
        .refused("eth_sendTransaction", request.clone())
        .await;
    assert!(message.contains("unknown account"), "{message}");
    fixture
        .request("anvil_impersonateAccount", json!([contract]))
        .await;
    let hash = fixture.request("eth_sendTransaction", request).await;
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], json!("0x1"));
    assert_eq!(receipt["from"], json!(contract));
    let trace = fixture
        .request(
            "debug_traceTransaction",
            json!([hash, { "tracer": "callTracer" }]),
        )
        .await;
    assert_eq!(trace["from"], json!(contract));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_by_fiat_is_in_the_header_of_a_new_block() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let somebody = Address::repeat_byte(0x42);
    fixture
        .request("anvil_setBalance", json!([somebody, "0x64"]))
        .await;
    fixture
        .request("hardhat_setNonce", json!([somebody, "0x9"]))
        .await;
    assert_eq!(
        fixture.client.get_block_number().await.expect("a number"),
        2
    );
    assert_eq!(
        fixture
            .client
            .get_balance(somebody)
            .await
            .expect("a balance"),
        U256::from(100)
    );
    assert_eq!(
        fixture
            .client
            .get_transaction_count(somebody)
            .await
            .expect("a nonce"),
        9
    );
}
