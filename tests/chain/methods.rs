//! Methods that clients call: each with all members of its answer.

use alloy::{
    primitives::{Address, B256, Bytes, hex, keccak256},
    providers::{Provider, ProviderBuilder, RootProvider, WsConnect},
    rlp::Header as RlpHeader,
};
use devchain::Kind;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::{
    fixture::{Fixture, word},
    protocol::post,
};

/// NUMBER, as 32 bytes.
const NUMBER: [u8; 7] = hex!("435f5260205ff3");
pub const RICH: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/// The names of an object's members, sorted.
pub fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

pub fn bytes(value: &Value) -> Bytes {
    serde_json::from_value(value.clone()).expect("bytes")
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_back_as_they_came() {
    let fixture = Fixture::start(Kind::Evm).await;
    for id in [
        "null",
        "18446744073709551617",
        "123456789012345678901234567890",
        "-3",
        "1.50",
        "\"a\\u0062\"",
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_chainId"}}"#);
        assert_eq!(
            post(&fixture, &body).await,
            format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"0x7a69"}}"#)
        );
    }
    let notification = r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#;
    assert_eq!(post(&fixture, notification).await, "");
    let odd = post(&fixture, r#"{"id":{},"method":"eth_chainId"}"#).await;
    assert!(odd.contains("-32600"), "{odd}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_too_many_is_an_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    for (method, params, most) in [
        ("eth_chainId", json!([1]), 0),
        ("eth_getBalance", json!([RICH, "latest", "more"]), 2),
        ("eth_getProof", json!([RICH, [], "latest", "more"]), 3),
        ("evm_mine", json!([1, 2]), 1),
    ] {
        let (code, message, _) = fixture.refused(method, params).await;
        assert_eq!(
            (code, message),
            (-32_602, format!("too many arguments, want at most {most}")),
            "{method}"
        );
    }
    // It was refused before it did anything.
    assert_eq!(
        fixture.client.get_block_number().await.expect("a number"),
        0
    );
    fixture
        .request("eth_getBalance", json!([RICH, "latest", null]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_transaction_that_is_not_known_is_an_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    let odd = json!({ "from": RICH, "to": RICH, "gasLimit": "0x5208" });
    for (method, params) in [
        ("eth_call", json!([odd, "latest"])),
        ("eth_estimateGas", json!([odd])),
        ("eth_createAccessList", json!([odd])),
        ("eth_sendTransaction", json!([odd])),
        ("eth_signTransaction", json!([odd])),
        ("eth_fillTransaction", json!([odd])),
        ("eth_sendUnsignedTransaction", json!([odd])),
        ("debug_traceCall", json!([odd, "latest"])),
        (
            "eth_simulateV1",
            json!([{ "blockStateCalls": [{ "calls": [odd] }] }, "latest"]),
        ),
    ] {
        let (code, message, _) = fixture.refused(method, params).await;
        assert_eq!(code, -32_602, "{method}");
        assert!(
            message.ends_with("a transaction has no member \"gasLimit\""),
            "{method}: {message}"
        );
    }
    // All that geth knows, and the type that clients send beside it.
    let known = json!({
        "from": RICH, "to": RICH, "gas": "0x5208", "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x0", "value": "0x0",
        "nonce": "0x0", "data": "0x", "input": "0x", "accessList": [], "chainId": "0x7a69", "type": "0x2",
    });
    fixture.request("eth_call", json!([known, "latest"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_of_a_trace_or_of_mining_that_is_not_known_is_an_error() {
    let fixture = Fixture::start(Kind::Evm).await;
    for (options, said) in [
        (
            json!({ "disableStorages": true }),
            "a trace has no option \"disableStorages\"",
        ),
        (
            json!({ "txIndex": "0x0" }),
            "a trace has no option \"txIndex\"",
        ),
        (
            json!({ "tracer": "callTracer", "tracerConfig": { "withLogs": true } }),
            "callTracer has no option \"withLogs\"",
        ),
        (
            json!({ "tracer": "muxTracer", "tracerConfig": { "prestateTracer": { "diff": true } } }),
            "prestateTracer has no option \"diff\"",
        ),
        (
            json!({ "tracerConfig": { "onlyTopCall": true } }),
            "tracerConfig without a tracer",
        ),
    ] {
        let call = json!([{ "from": RICH, "to": RICH }, "latest", options]);
        let (code, message, _) = fixture.refused("debug_traceCall", call).await;
        assert_eq!(code, -32_602, "{message}");
        assert!(message.ends_with(said), "{message}");
        let hash = B256::repeat_byte(1);
        for method in ["debug_traceTransaction", "debug_traceBlockByHash"] {
            let (code, ..) = fixture.refused(method, json!([hash, options])).await;
            assert_eq!(code, -32_602, "{method}");
        }
    }
    let (code, ..) = fixture
        .refused("evm_mine", json!([{ "blocks": 2, "block": 2 }]))
        .await;
    assert_eq!(code, -32_602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_at_the_latest_block_sees_that_blocks_number() {
    let fixture = Fixture::start(Kind::Evm).await;
    let contract = fixture.deploy(&NUMBER).await;
    fixture.request("evm_mine", json!([])).await;
    let head = fixture.client.get_block_number().await.expect("a number");
    assert_eq!(head, 2);
    for (params, number) in [
        (json!([{ "to": contract }, "latest"]), head),
        (json!([{ "to": contract }]), head),
        (json!([{ "to": contract }, "0x1"]), 1),
        (json!([{ "to": contract }, "pending"]), head + 1),
    ] {
        assert_eq!(
            fixture.request("eth_call", params.clone()).await,
            json!(word(number)),
            "{params}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_names_forks_contracts_and_the_chain() {
    let fixture = Fixture::start(Kind::Evm).await;
    let config = fixture.request("eth_config", json!([])).await;
    assert_eq!(members(&config), ["current", "last", "next"]);
    assert_eq!(
        (&config["last"], &config["next"]),
        (&Value::Null, &Value::Null)
    );
    let current = &config["current"];
    assert_eq!(
        members(current),
        [
            "activationTime",
            "blobSchedule",
            "chainId",
            "forkId",
            "precompiles",
            "systemContracts"
        ]
    );
    assert_eq!(current["chainId"], json!("0x7a69"));
    assert_eq!(bytes(&current["forkId"]).len(), 4);
    assert_eq!(
        current["precompiles"]["P256VERIFY"],
        json!("0x0000000000000000000000000000000000000100")
    );
    // Whatever is named as a system contract stands there.
    for (_, address) in current["systemContracts"].as_object().expect("an object") {
        let code = fixture
            .request("eth_getCode", json!([address, "latest"]))
            .await;
        assert!(bytes(&code).len() > 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_kept_since_genesis() {
    let fixture = Fixture::start(Kind::Stylus).await;
    fixture.request("evm_mine", json!([])).await;
    let view = fixture.request("eth_capabilities", json!([])).await;
    assert_eq!(
        members(&view),
        [
            "blocks",
            "head",
            "logs",
            "receipts",
            "state",
            "stateproofs",
            "tx"
        ]
    );
    let head = fixture
        .request("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(
        view["head"],
        json!({ "number": "0x1", "hash": head["hash"] })
    );
    for resource in ["blocks", "logs", "receipts", "state", "stateproofs", "tx"] {
        assert_eq!(
            view[resource],
            json!({ "disabled": false, "oldestBlock": "0x0" })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_fee_is_that_of_the_next_block() {
    let fixture = Fixture::start(Kind::Evm).await;
    // An empty block lowers 1 gwei by an eighth: 875,000,000.
    assert_eq!(
        fixture.request("eth_baseFee", json!([])).await,
        json!("0x342770c0")
    );
    fixture.request("evm_mine", json!([])).await;
    let head = fixture
        .request("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(head["baseFeePerGas"], json!("0x342770c0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_of_many_accounts_come_in_one_answer() {
    let fixture = Fixture::start(Kind::Evm).await;
    let [one, other] = [0x11, 0x22].map(Address::repeat_byte);
    fixture
        .request(
            "smartsync_setStorage",
            json!([one, { "0x1": "0x7", "0x2": "0x8" }]),
        )
        .await;
    let wanted = json!({ one.to_string(): ["0x2", word(1)], other.to_string(): ["0x0"] });
    let answer = fixture
        .request("eth_getStorageValues", json!([wanted, "latest"]))
        .await;
    assert_eq!(
        answer,
        json!({ format!("{one:#x}"): [word(8), word(7)], format!("{other:#x}"): [word(0)] })
    );
    let early = fixture
        .request("eth_getStorageValues", json!([wanted, "0x0"]))
        .await;
    assert_eq!(early[format!("{one:#x}")], json!([word(0), word(0)]));
    for wrong in [json!({}), json!({ one.to_string(): [] })] {
        let (code, ..) = fixture
            .refused("eth_getStorageValues", json!([wrong, "latest"]))
            .await;
        assert_eq!(code, -32_602);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_block_is_its_header_and_its_transactions() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture
        .send(Some(fixture.account(1)), Bytes::new(), 5)
        .await;
    let raw = bytes(
        &fixture
            .request("debug_getRawBlock", json!(["latest"]))
            .await,
    );
    let head = fixture
        .request("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(
        head["size"],
        json!(format!("{:#x}", raw.len())),
        "size is that of the block's RLP"
    );
    let mut rest: &[u8] = &raw;
    let whole = RlpHeader::decode(&mut rest).expect("a list");
    assert!(whole.list && whole.payload_length == rest.len());
    let start = rest;
    let header = RlpHeader::decode(&mut rest).expect("a header");
    let header_length = start.len() - rest.len() + header.payload_length;
    assert_eq!(json!(keccak256(&start[..header_length])), head["hash"]);
    rest = &rest[header.payload_length..];
    // One transaction, as a byte string; then no ommers and no withdrawals.
    let list = RlpHeader::decode(&mut rest).expect("the transactions");
    let (transactions, tail) = rest.split_at(list.payload_length);
    assert_eq!(tail, hex!("c0c0"));
    let mut transactions = transactions;
    let encoded = RlpHeader::decode_bytes(&mut transactions, false).expect("a transaction");
    assert!(transactions.is_empty());
    assert_eq!(json!(keccak256(encoded)), head["transactions"][0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flat_trace_names_this_chains_block() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        fixture.request("evm_mine", json!([])).await;
        let receipt = fixture
            .send(Some(fixture.account(1)), Bytes::new(), 1)
            .await;
        for tracer in ["flatCallTracer", "muxTracer"] {
            let options = match tracer {
                "muxTracer" => {
                    json!({ "tracer": tracer, "tracerConfig": { "flatCallTracer": {} } })
                }
                _ => json!({ "tracer": tracer }),
            };
            let trace = fixture
                .request(
                    "debug_traceTransaction",
                    json!([receipt.transaction_hash, options]),
                )
                .await;
            let frames = if tracer == "muxTracer" {
                &trace["flatCallTracer"]
            } else {
                &trace
            };
            assert_eq!(frames[0]["blockNumber"], json!(2), "{tracer}: {trace}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracer_that_sees_nothing_of_programs_is_refused_where_there_are_any() {
    let options = json!({ "tracer": "erc7562Tracer" });
    let mux = json!({ "tracer": "muxTracer", "tracerConfig": { "erc7562Tracer": {} } });
    let evm = Fixture::start(Kind::Evm).await;
    let call = |options: &Value| json!([{ "from": RICH, "to": RICH }, "latest", options]);
    let trace = evm.request("debug_traceCall", call(&options)).await;
    assert_eq!(trace["usedOpcodes"], json!({}));
    let stylus = Fixture::start(Kind::Stylus).await;
    for options in [options, mux] {
        let (code, message, _) = stylus.refused("debug_traceCall", call(&options)).await;
        assert_eq!(code, -32_602);
        assert!(message.starts_with("erc7562Tracer knows opcodes only"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_node_is_behind_can_be_subscribed_to() {
    let fixture = Fixture::start(Kind::Evm).await;
    let socket: RootProvider = ProviderBuilder::default()
        .connect_ws(WsConnect::new(fixture.url().replace("http", "ws")))
        .await
        .expect("a WebSocket");
    let mut states = socket
        .subscribe::<_, bool>(("syncing",))
        .await
        .expect("a subscription")
        .into_stream();
    assert_eq!(states.next().await, Some(false));
    // Whole pending transactions are not pushed, and it says so.
    let refusal = socket
        .subscribe::<_, Value>(("newPendingTransactions", true))
        .await
        .expect_err("a parameter that is not understood");
    assert!(refusal.to_string().contains("too many arguments"));
}
