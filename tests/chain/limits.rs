//! What would fill the memory or keep the chain busy is cut off with an error, and the chain goes on.

use alloy::{
    primitives::{Address, hex},
    providers::{Provider, ProviderBuilder, RootProvider, WsConnect},
    rpc::types::Filter,
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::{
    fixture::{ACTOR, Fixture, command, word},
    protocol::post,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_of_a_loop_without_end_is_cut_off() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // JUMPDEST PUSH0 JUMP: 1.3 million opcodes for 5 million gas, each 16 words and its stack
    let looping = fixture.deploy(&hex!("5b5f56")).await;
    let call = |options: Value| json!([{ "to": looping, "gas": "0x4c4b40" }, "latest", options]);
    let (code, message, _) = fixture.refused("debug_traceCall", call(json!({}))).await;
    assert_eq!(code, -32_000);
    assert!(message.starts_with("the trace is too large"), "{message}");
    // one frame is not too much
    let trace = fixture
        .request("debug_traceCall", call(json!({ "tracer": "callTracer" })))
        .await;
    assert_eq!(trace["error"], "out of gas");
    // a transaction, and a block with several
    let mut hashes = Vec::new();
    fixture.request("evm_setAutomine", json!([false])).await;
    for nonce in 1..=2 {
        let request = json!([{ "from": fixture.account(0), "to": looping, "gas": "0x4c4b40",
            "nonce": format!("{nonce:#x}") }]);
        hashes.push(fixture.request("eth_sendTransaction", request).await);
    }
    fixture.request("evm_mine", json!([])).await;
    let (_, message, _) = fixture
        .refused("debug_traceTransaction", json!([hashes[1]]))
        .await;
    assert!(message.starts_with("the trace is too large"), "{message}");
    let (_, message, _) = fixture
        .refused("debug_traceBlockByNumber", json!(["latest"]))
        .await;
    assert!(message.starts_with("the trace is too large"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_of_too_many_host_functions_is_cut_off() {
    let fixture = Fixture::start(Kind::Stylus).await;
    // two million calls of a host function that costs not even a gas, 16 words and its result each
    let program = fixture
        .deploy_program(
            r#"(module (import "vm_hooks" "chainid" (func $chainid (result i64)))
                (memory (export "memory") 1 1)
                (func (export "user_entrypoint") (param i32) (result i32)
                    (loop $again (drop (call $chainid)) (br $again)) (i32.const 0)))"#,
        )
        .await;
    let trace = |to: Address, data: String| json!([{ "to": to, "gas": "0x2dc6c0", "data": data }, "latest", { "tracer": "stylusTracer" }]);
    let (code, message, _) = fixture
        .refused("debug_traceCall", trace(program, "0x".into()))
        .await;
    assert_eq!(code, -32_000);
    assert!(message.starts_with("the trace is too large"), "{message}");
    let actor = fixture.deploy_program(ACTOR).await;
    let steps = fixture
        .request(
            "debug_traceCall",
            trace(actor, hex::encode_prefixed(command(7, &[]))),
        )
        .await;
    assert_eq!(steps[0]["name"], "user_entrypoint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_has_a_thousand_subscriptions_and_no_more() {
    let fixture = Fixture::start(Kind::Evm).await;
    let url = fixture.url().replace("http", "ws");
    let socket: RootProvider = ProviderBuilder::default()
        .connect_ws(WsConnect::new(url.clone()))
        .await
        .expect("a WebSocket");
    // the client joins subscriptions that are the same
    let other = |index: u64| Filter::new().address(Address::from_word(word(index)));
    let mut open = Vec::new();
    for index in 0..1_000 {
        open.push(
            socket
                .subscribe_logs(&other(index))
                .await
                .expect("one more"),
        );
    }
    let error = socket
        .subscribe_logs(&other(1_000))
        .await
        .expect_err("one too many");
    assert!(
        error
            .to_string()
            .contains("too many subscriptions, limit 1000"),
        "{error}"
    );
    let ended = *open[7].local_id();
    socket.unsubscribe(ended).expect("one less");
    let again = socket.subscribe_logs(&other(1_000)).await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_filters_the_one_goes_that_nobody_has_looked_at_for_longest() {
    let fixture = Fixture::start(Kind::Evm).await;
    let first = fixture.request("eth_newBlockFilter", json!([])).await;
    let second = fixture.request("eth_newBlockFilter", json!([])).await;
    fixture.request("evm_mine", json!([])).await;
    let changes = fixture
        .request("eth_getFilterChanges", json!([first]))
        .await;
    assert_eq!(changes.as_array().map(Vec::len), Some(1));
    // one more than there may be
    let filter = json!({ "id": 1, "method": "eth_newBlockFilter" });
    for size in [vec![1_000; 9], vec![999]].concat() {
        post(&fixture, &json!(vec![filter.clone(); size]).to_string()).await;
    }
    let (_, message, _) = fixture
        .refused("eth_getFilterChanges", json!([second]))
        .await;
    assert_eq!(message, "filter not found");
    fixture
        .request("eth_getFilterChanges", json!([first]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_node_signs_is_not_larger_than_one_that_it_takes() {
    for (kind, limit) in [(Kind::Stylus, 95_000), (Kind::Evm, 128 * 1024)] {
        let fixture = Fixture::start(kind).await;
        let request = |bytes: usize| {
            json!([{ "from": fixture.account(0), "to": fixture.account(1), "gas": "0x1c9c380",
                "data": format!("0x{}", "00".repeat(bytes)) }])
        };
        let (code, message, _) = fixture.refused("eth_sendTransaction", request(limit)).await;
        assert_eq!(code, -32_000);
        assert!(
            message.starts_with("oversized data: transaction size"),
            "{message}"
        );
        fixture
            .request("eth_sendTransaction", request(limit - 1_000))
            .await;
    }
}
