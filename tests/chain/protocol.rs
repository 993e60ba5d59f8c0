//! The shapes of JSON-RPC, and what malformed requests get.

use alloy::{
    primitives::{B256, U256, hex},
    providers::{Provider, ProviderBuilder, RootProvider, WsConnect},
    pubsub::SubscriptionStream,
    rpc::types::{Filter, Header, Log},
};
use devchain::Kind;
use futures::StreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::{Fixture, returning, word};

/// Posts a body as it is; the response's body.
pub async fn post(fixture: &Fixture, body: &str) -> String {
    let address = fixture.url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address)
        .await
        .expect("a connection");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = String::new();
    stream
        .read_to_string(&mut response)
        .await
        .expect("received");
    response
        .split_once("\r\n\r\n")
        .expect("a body")
        .1
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_an_error_and_the_chain_goes_on() {
    let fixture = Fixture::start(Kind::Evm).await;
    for (body, code) in [
        ("{", -32_700),
        ("\"text\"", -32_600),
        ("[]", -32_600),
        ("{\"id\":1}", -32_600),
        ("{\"id\":1,\"method\":5}", -32_600),
        ("{\"id\":1,\"method\":\"eth_nothing\"}", -32_601),
        ("{\"id\":1,\"method\":\"eth_getBalance\"}", -32_602),
        (
            "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":{}}",
            -32_602,
        ),
        (
            "{\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0x12\"]}",
            -32_602,
        ),
        (
            "{\"id\":1,\"method\":\"eth_getStorageAt\",\"params\":[\"0x0000000000000000000000000000000000000001\",\"7\"]}",
            -32_602,
        ),
        (
            "{\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x02ff\"]}",
            -32_000,
        ),
        (
            "{\"id\":1,\"method\":\"eth_call\",\"params\":[{},\"0xffff\"]}",
            -32_001,
        ),
    ] {
        let response: serde_json::Value =
            serde_json::from_str(&post(&fixture, body).await).expect("JSON");
        assert_eq!(
            response["error"]["code"],
            json!(code),
            "{body} got {response}"
        );
    }
    assert_eq!(fixture.client.get_chain_id().await.expect("an id"), 31_337);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_in_one_list() {
    let fixture = Fixture::start(Kind::Evm).await;
    let body = r#"[{"id":7,"method":"eth_chainId"},{"method":"eth_chainId"},{"id":"b","method":"eth_none"}]"#;
    let response: serde_json::Value =
        serde_json::from_str(&post(&fixture, body).await).expect("JSON");
    let list = response.as_array().expect("a list");
    assert_eq!(list.len(), 2, "a notification gets no answer");
    assert_eq!(
        (&list[0]["id"], &list[0]["result"]),
        (&json!(7), &json!("0x7a69"))
    );
    assert_eq!(
        (&list[1]["id"], &list[1]["error"]["code"]),
        (&json!("b"), &json!(-32_601))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_comes_in_the_shape_that_clients_parse() {
    let fixture = Fixture::start(Kind::Evm).await;
    // mstore(0, 0x08c379a0..): Error("no"), built by hand: selector, offset 32, length 2, "no"
    let mut data = hex!("08c379a0").to_vec();
    data.extend_from_slice(word(32).as_slice());
    data.extend_from_slice(word(2).as_slice());
    data.extend_from_slice(b"no");
    data.resize(4 + 96, 0);
    // codecopy the data behind 11 bytes of code, and revert with it
    let mut code = hex!("6064 600b 5f 39 6064 5f fd 00").to_vec();
    assert_eq!(code.len(), 11);
    code.extend_from_slice(&data);
    let contract = fixture.deploy(&code).await;
    let (code, message, got) = fixture
        .call(contract, hex!(""))
        .await
        .expect_err("a revert");
    assert_eq!(code, 3);
    assert_eq!(message, "execution reverted: no");
    assert_eq!(got, Some(hex::encode_prefixed(&data).into()));
    let (code, ..) = fixture
        .refused("eth_estimateGas", json!([{ "to": contract }]))
        .await;
    assert_eq!(code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_enough_although_each_call_keeps_back_a_64th() {
    let fixture = Fixture::start(Kind::Evm).await;
    // A contract that stores, called through forwarders: SSTORE(0, 1)
    let store = fixture.deploy(&hex!("60015f5500")).await;
    let caller = fixture
        .deploy(&crate::fixture::forwarder(crate::fixture::CALL))
        .await;
    let mut data = store.to_vec();
    for _ in 0..10 {
        data = [caller.as_slice(), &data].concat();
    }
    let params =
        json!([{ "from": fixture.account(0), "to": caller, "data": hex::encode_prefixed(&data) }]);
    let estimate = fixture.request("eth_estimateGas", params).await;
    let gas: U256 = serde_json::from_value(estimate).expect("a quantity");
    let receipt = fixture.send_with_gas(Some(caller), data, 0, gas.to()).await;
    assert!(receipt.status());
    assert_eq!(
        fixture
            .client
            .get_storage_at(store, U256::ZERO)
            .await
            .expect("a slot"),
        U256::ONE
    );
    assert!(
        gas.to::<u64>() < receipt.gas_used * 3 / 2,
        "{gas} for {}",
        receipt.gas_used
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_found_by_address_and_topic_and_pushed_to_subscribers() {
    let fixture = Fixture::start(Kind::Evm).await;
    // LOG1(topic = calldata[0..32]) without data
    let emitter = fixture.deploy(&hex!("5f35 5f 5f a1 00")).await;
    let socket: RootProvider = ProviderBuilder::default()
        .connect_ws(WsConnect::new(fixture.url().replace("http", "ws")))
        .await
        .expect("a WebSocket");
    let mut heads: SubscriptionStream<Header> = socket
        .subscribe_blocks()
        .await
        .expect("a subscription")
        .into_stream();
    let wanted = Filter::new().address(emitter).event_signature(word(2));
    let mut logs: SubscriptionStream<Log> = socket
        .subscribe_logs(&wanted)
        .await
        .expect("a subscription")
        .into_stream();
    let id = fixture.request("eth_newFilter", json!([wanted])).await;
    for topic in [1, 2] {
        fixture.send(Some(emitter), word(topic), 0).await;
    }
    let range = wanted.clone().from_block(0);
    let found = fixture.client.get_logs(&range).await.expect("logs");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].topics(), [word(2)]);
    assert_eq!(heads.next().await.expect("a head").number, 2);
    assert_eq!(
        logs.next().await.expect("a log").transaction_hash,
        found[0].transaction_hash
    );
    let changes = fixture.request("eth_getFilterChanges", json!([id])).await;
    assert_eq!(changes, json!(found));
    assert_eq!(
        fixture.request("eth_getFilterChanges", json!([id])).await,
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_transaction_over_95_000_bytes_is_refused_on_a_stylus_chain() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let request = json!([{
        "from": fixture.account(0), "to": fixture.account(1), "gas": "0x1e00000",
        "data": hex::encode_prefixed(vec![1; 95_000]),
    }]);
    let signed = fixture.request("eth_signTransaction", request).await;
    let raw = &signed["raw"];
    let (code, message, _) = fixture
        .refused("eth_sendRawTransaction", json!([raw]))
        .await;
    assert_eq!(code, -32_000);
    assert!(
        message.contains("oversized data") && message.contains("limit 95000"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calldata_has_no_floor_price_on_a_stylus_chain() {
    // 1,000 non-zero bytes: 21,000 + 16,000 gas (EIP-2028); the floor (EIP-7623) would be 21,000 + 40,000.
    for (kind, expected) in [(Kind::Stylus, 37_000), (Kind::Evm, 61_000)] {
        let fixture = Fixture::start(kind).await;
        let receipt = fixture
            .send(Some(fixture.account(1)), vec![1; 1_000], 0)
            .await;
        assert_eq!(receipt.gas_used, expected, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_can_never_be_mined_is_refused() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.send(Some(fixture.account(1)), hex!(""), 0).await;
    let base = json!({ "from": fixture.account(0), "to": fixture.account(1), "gas": "0x5208" });
    for (field, value, words) in [
        ("nonce", "0x0", "nonce too low"),
        (
            "value",
            "0xffffffffffffffffffffffffffff",
            "insufficient funds",
        ),
        ("gas", "0x5207", "gas"),
        ("gasPrice", "0x1", "base fee"),
    ] {
        let mut request = base.clone();
        request[field] = json!(value);
        let (code, message, _) = fixture
            .refused("eth_sendTransaction", json!([request]))
            .await;
        assert_eq!(code, -32_000);
        assert!(message.contains(words), "{field}: {message}");
    }
    let init = returning(&hex!("00"));
    assert!(fixture.send(None, init, 0).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn fees_of_an_arbitrum_chain_are_the_base_fee_whatever_is_offered() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let request = json!([{
        "from": fixture.account(0), "to": fixture.account(1), "gas": "0x5208",
        "maxFeePerGas": "0x3b9aca00", "maxPriorityFeePerGas": "0x3b9aca00",
    }]);
    let hash: B256 = serde_json::from_value(fixture.request("eth_sendTransaction", request).await)
        .expect("a hash");
    let receipt = fixture
        .client
        .get_transaction_receipt(hash)
        .await
        .expect("a receipt")
        .expect("a receipt");
    assert_eq!(receipt.effective_gas_price, 100_000_000);
    let balance = fixture
        .client
        .get_balance(fixture.account(0))
        .await
        .expect("a balance");
    let spent = U256::from(10).pow(U256::from(22)) - balance;
    assert_eq!(spent, U256::from(21_000_u64 * 100_000_000));
}
