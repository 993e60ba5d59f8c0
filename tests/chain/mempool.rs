//! What waits to be mined, why transactions are refused, in the words that clients look for, and signed messages.

use std::num::NonZeroU64;

use alloy::{
    primitives::{Address, B256, Signature, U256, b256, hex},
    providers::{Provider, ProviderBuilder, RootProvider, WsConnect},
    sol_types::SolCall,
};
use devchain::{Config, Kind};
use futures::StreamExt;
use serde_json::json;

use crate::fixture::{ARB_WASM, ArbWasm, Fixture};

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_shows_what_can_be_mined_and_what_misses_a_nonce() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.request("evm_setAutomine", json!([false])).await;
    let (from, to) = (fixture.account(0), fixture.account(1));
    for nonce in ["0x0", "0x2"] {
        let request =
            json!([{ "from": from, "to": to, "gas": "0x5208", "value": "0x7", "nonce": nonce }]);
        fixture.request("eth_sendTransaction", request).await;
    }
    assert_eq!(
        fixture.request("txpool_status", json!([])).await,
        json!({ "pending": "0x1", "queued": "0x1" })
    );
    let content = fixture.request("txpool_content", json!([])).await;
    let sender = from.to_checksum(None);
    assert_eq!(content["pending"][&sender]["0"]["value"], json!("0x7"));
    assert_eq!(content["queued"][&sender]["2"]["nonce"], json!("0x2"));
    let mine = fixture.request("txpool_contentFrom", json!([from])).await;
    assert_eq!(mine["pending"]["0"], content["pending"][&sender]["0"]);
    let lines = fixture.request("txpool_inspect", json!([])).await;
    let line = lines["queued"][&sender]["2"].as_str().expect("a line");
    assert!(
        line.starts_with(&format!("{}: 7 wei + 21000 gas", to.to_checksum(None))),
        "{line}"
    );
    fixture.request("evm_mine", json!([])).await;
    assert_eq!(
        fixture.request("txpool_status", json!([])).await,
        json!({ "pending": "0x0", "queued": "0x1" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_in_the_words_that_clients_look_for() {
    let fixture = Fixture::start(Kind::Evm).await;
    let (from, to) = (fixture.account(0), fixture.account(1));
    let sent = json!([{ "from": from, "to": to, "gas": "0x5208", "nonce": "0x0" }]);
    let signed = fixture.request("eth_signTransaction", sent).await;
    let raw = &signed["raw"];
    fixture
        .request("eth_sendRawTransaction", json!([raw]))
        .await;
    let again = fixture
        .refused("eth_sendRawTransaction", json!([raw]))
        .await;
    assert_eq!((again.0, again.1.as_str()), (-32_000, "already known"));
    let base = json!({ "from": from, "to": to, "gas": "0x5208" });
    for (fields, words) in [
        (
            json!({ "gas": "0x5207" }),
            "intrinsic gas too low: have 20999, want 21000",
        ),
        (json!({ "nonce": "0x0" }), "nonce too low: address "),
        (
            json!({ "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1" }),
            "max fee per gas less than block base fee",
        ),
        (
            json!({ "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401" }),
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            json!({ "value": "0xffffffffffffffffffffffff" }),
            "insufficient funds for gas * price + value: address ",
        ),
        (json!({ "gas": "0x3938701" }), "exceeds block gas limit"),
    ] {
        let mut request = base.clone();
        for (name, value) in fields.as_object().expect("fields") {
            request[name] = value.clone();
        }
        let (code, message, data) = fixture
            .refused("eth_sendTransaction", json!([request]))
            .await;
        assert_eq!((code, data), (-32_000, None));
        assert!(message.starts_with(words), "{words}: {message}");
    }
    for (fields, words) in [
        (
            json!({ "gasPrice": "0x1" }),
            "max fee per gas less than block base fee: address ",
        ),
        (
            json!({ "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401" }),
            "max priority fee per gas higher than max fee per gas: address ",
        ),
    ] {
        let mut request = json!({ "from": from, "to": to });
        for (name, value) in fields.as_object().expect("fields") {
            request[name] = value.clone();
        }
        let (code, message, _) = fixture.refused("eth_call", json!([request])).await;
        assert_eq!(code, -32_000);
        assert!(message.starts_with(words), "{words}: {message}");
    }
    let poor = json!([{ "from": Address::repeat_byte(1), "to": to, "value": "0x1" }]);
    for method in ["eth_call", "eth_estimateGas"] {
        let (code, message, _) = fixture.refused(method, poor.clone()).await;
        assert_eq!(code, -32_000);
        assert_eq!(
            message, "insufficient funds for gas * price + value: have 0 want 1",
            "{method}"
        );
    }
    // An endless loop (JUMPDEST, PUSH0, JUMP) takes all the gas there is.
    let endless = json!([{ "from": from, "data": "0x5b5f56", "gas": "0x186a0" }]);
    let (code, message, _) = fixture.refused("eth_estimateGas", endless).await;
    assert_eq!(
        (code, message.as_str()),
        (-32_000, "gas required exceeds allowance (100000)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_transaction_is_refused() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // Type 3, and the fourteen fields of a signed EIP-4844 transaction: one blob hash, everything else small.
    let mut fields: Vec<u8> = hex!("83064aba 80 80 84 3b9aca00 825208").to_vec();
    fields.push(0x94);
    fields.extend(fixture.account(1).as_slice());
    fields.extend(hex!("80 80 c0 01 e1 a0"));
    fields.extend([&[1], [0; 31].as_slice()].concat());
    fields.extend(hex!("80 a0"));
    fields.extend([1; 32]);
    fields.push(0xa0);
    fields.extend([1; 32]);
    let mut raw = vec![0x03, 0xf8, fields.len() as u8];
    raw.extend(fields);
    let (code, message, _) = fixture
        .refused("eth_sendRawTransaction", json!([hex::encode_prefixed(raw)]))
        .await;
    assert_eq!(
        (code, message.as_str()),
        (-32_000, "transaction type not supported: 3")
    );
    let request = json!([{
        "from": fixture.account(0), "to": fixture.account(1), "maxFeePerBlobGas": "0x1",
        "blobVersionedHashes": [format!("0x01{}", "00".repeat(31))],
    }]);
    let (code, message, _) = fixture.refused("eth_sendTransaction", request).await;
    assert_eq!(
        (code, message.as_str()),
        (-32_000, "transaction type not supported: 3")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_signed_by_a_dev_account_only() {
    let fixture = Fixture::start(Kind::Evm).await;
    let signer = fixture.account(2);
    let text = hex::encode_prefixed("words");
    for (method, params) in [
        ("personal_sign", json!([text, signer])),
        ("eth_sign", json!([signer, text])),
    ] {
        let signature = fixture.request(method, params).await;
        let bytes = hex::decode(signature.as_str().expect("hex")).expect("hex");
        let signature = Signature::try_from(bytes.as_slice()).expect("a signature");
        assert_eq!(
            signature
                .recover_address_from_msg("words")
                .expect("a signer"),
            signer
        );
    }
    let (code, message, _) = fixture
        .refused("personal_sign", json!([text, Address::ZERO]))
        .await;
    assert_eq!(code, -32_000);
    assert!(message.starts_with("unknown account"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_data_is_signed_as_eip_712_says() {
    let fixture = Fixture::start(Kind::Evm).await;
    let signer = fixture.account(3);
    // the example of the EIP, whose hash the EIP gives
    let data = json!({
        "types": {
            "EIP712Domain": [
                { "name": "name", "type": "string" }, { "name": "version", "type": "string" },
                { "name": "chainId", "type": "uint256" }, { "name": "verifyingContract", "type": "address" },
            ],
            "Person": [{ "name": "name", "type": "string" }, { "name": "wallet", "type": "address" }],
            "Mail": [
                { "name": "from", "type": "Person" }, { "name": "to", "type": "Person" },
                { "name": "contents", "type": "string" },
            ],
        },
        "primaryType": "Mail",
        "domain": {
            "name": "Ether Mail", "version": "1", "chainId": "0x1",
            "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        },
        "message": {
            "from": { "name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
            "to": { "name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
            "contents": "Hello, Bob!",
        },
    });
    let hash = b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    // clients send it as an object or as text
    for data in [data.clone(), json!(data.to_string())] {
        let signature = fixture
            .request("eth_signTypedData_v4", json!([signer, data]))
            .await;
        let bytes = hex::decode(signature.as_str().expect("hex")).expect("hex");
        let signature = Signature::try_from(bytes.as_slice()).expect("a signature");
        assert_eq!(
            signature
                .recover_address_from_prehash(&hash)
                .expect("a signer"),
            signer
        );
    }
    let mut wrong = data;
    wrong["message"]["from"]["wallet"] = json!("0x00");
    let (code, message, _) = fixture
        .refused("eth_signTypedData_v4", json!([signer, wrong]))
        .await;
    assert_eq!(
        (code, message.as_str()),
        (
            -32_602,
            "invalid argument 1: \"0x00\" is not of type address"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_be_mined_is_refused_although_it_would_have_to_wait() {
    for (kind, automine, nonce) in [
        (Kind::Evm, false, "0x0"),
        (Kind::Stylus, false, "0x0"),
        (Kind::Evm, true, "0x1"),
    ] {
        let fixture = Fixture::start_with(Config {
            automine,
            ..Config::new(kind)
        })
        .await;
        let request = |gas: &str, tip: &str| {
            json!([{ "from": fixture.account(0), "to": fixture.account(1), "gas": gas, "nonce": nonce,
                "maxFeePerGas": "0x12a05f200", "maxPriorityFeePerGas": tip }])
        };
        let (code, message, _) = fixture
            .refused("eth_sendTransaction", request("0x5207", "0x0"))
            .await;
        assert_eq!(
            (code, message.as_str()),
            (-32_000, "intrinsic gas too low: have 20999, want 21000")
        );
        if kind == Kind::Evm {
            let (_, message, _) = fixture
                .refused("eth_sendTransaction", request("0x5208", "0x12a05f201"))
                .await;
            assert!(
                message.starts_with("max priority fee per gas higher than max fee per gas"),
                "{message}"
            );
        }
        let status = fixture.request("txpool_status", json!([])).await;
        assert_eq!(status, json!({ "pending": "0x0", "queued": "0x0" }));
        fixture
            .request("eth_sendTransaction", request("0x5208", "0x0"))
            .await;
        let status = fixture.request("txpool_status", json!([])).await;
        let counts = if automine {
            json!({ "pending": "0x0", "queued": "0x1" })
        } else {
            json!({ "pending": "0x1", "queued": "0x0" })
        };
        assert_eq!(status, counts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracer_that_is_not_there_is_named_in_the_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    let receipt = fixture.send(Some(fixture.account(1)), hex!(""), 1).await;
    let script = "{ result: function() { return 1; }, fault: function() {} }";
    for tracer in ["opcountTracer", script] {
        let (code, message, _) = fixture
            .refused(
                "debug_traceTransaction",
                json!([receipt.transaction_hash, { "tracer": tracer }]),
            )
            .await;
        assert_eq!(code, -32_602);
        assert!(
            message.contains(&tracer[..13]) && message.contains("runs no JavaScript"),
            "{message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_over_http_is_refused_by_a_known_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    let (code, message, _) = fixture.refused("eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(code, -32_601);
    assert!(
        message.starts_with("notifications not supported"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_with_a_block_time_makes_blocks_by_itself() {
    let fixture = Fixture::start_with(Config {
        automine: false,
        block_time: NonZeroU64::new(1),
        chain_id: 4_711,
        balance: U256::from(10).pow(U256::from(19)),
        ..Config::new(Kind::Stylus)
    })
    .await;
    assert_eq!(fixture.client.get_chain_id().await.expect("an id"), 4_711);
    let balance = fixture.client.get_balance(fixture.account(9)).await;
    assert_eq!(
        balance.expect("a balance"),
        U256::from(10).pow(U256::from(19))
    );
    let socket: RootProvider = ProviderBuilder::default()
        .connect_ws(WsConnect::new(fixture.url().replace("http", "ws")))
        .await
        .expect("a WebSocket");
    let mut heads = socket
        .subscribe_blocks()
        .await
        .expect("a subscription")
        .into_stream();
    let call = ArbWasm::stylusVersionCall {}.abi_encode();
    let request = json!([{
        "from": fixture.account(0), "to": ARB_WASM, "gas": "0x186a0", "data": hex::encode_prefixed(call),
    }]);
    let hash: B256 = serde_json::from_value(fixture.request("eth_sendTransaction", request).await)
        .expect("a hash");
    // Nothing but time makes these blocks.
    loop {
        let head = heads.next().await.expect("a head");
        let block = fixture
            .request("eth_getBlockByHash", json!([head.hash, false]))
            .await;
        if block["transactions"] == json!([hash]) {
            break;
        }
    }
}
