//! `eth_simulateV1`.

use alloy::primitives::{Address, U256, hex};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{ACTOR, Fixture, command, word};

const RICH: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/// A contract that counts its calls in slot 0 and returns the count: SLOAD(0) + 1, stored and returned.
const COUNTER: &str = "0x5f54600101805f555f5260205ff3";

async fn simulate(fixture: &Fixture, payload: Value) -> Value {
    fixture
        .request("eth_simulateV1", json!([payload, "latest"]))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_follow_each_other_and_leave_no_trace() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        let counter = Address::repeat_byte(5);
        let code = json!({ counter.to_string(): { "code": COUNTER } });
        let call = json!({ "from": RICH, "to": counter });
        let blocks = simulate(
            &fixture,
            json!({ "blockStateCalls": [{ "stateOverrides": code, "calls": [call, call] }, { "calls": [call] }] }),
        )
        .await;
        assert_eq!(blocks.as_array().map(Vec::len), Some(2));
        let results: Vec<&Value> = (blocks.as_array().expect("blocks").iter())
            .flat_map(|block| block["calls"].as_array().expect("calls"))
            .map(|call| &call["returnData"])
            .collect();
        assert_eq!(json!(results), json!([word(1), word(2), word(3)]));
        // Cold: 21,000, SLOAD 2,100, SSTORE from zero 20,000, and 2 + 3 + 3 + 3 + 2 + 2 + 3 + 3 + 2 + 0 around them, 3 for a word.
        let first = &blocks[0]["calls"][0];
        assert_eq!(
            first["gasUsed"],
            json!(format!("{:#x}", 21_000 + 2_100 + 20_000 + 26))
        );
        assert_eq!(first["status"], json!("0x1"));
        assert_eq!(first["logs"], json!([]));
        assert_eq!(first.get("error"), None);
        assert_eq!(blocks[0]["number"], json!("0x1"));
        assert_eq!(blocks[1]["number"], json!("0x2"));
        assert_eq!(blocks[1]["parentHash"], blocks[0]["hash"]);
        assert_eq!(blocks[0]["baseFeePerGas"], json!("0x0"));
        assert_eq!(blocks[0]["transactions"].as_array().map(Vec::len), Some(2));
        let time = |block: &Value| -> U256 {
            serde_json::from_value(block["timestamp"].clone()).expect("a quantity")
        };
        assert_eq!(time(&blocks[1]), time(&blocks[0]) + U256::from(12));
        assert_eq!(
            fixture.request("eth_blockNumber", json!([])).await,
            json!("0x0")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_are_filled_and_what_runs_backwards_is_refused() {
    let fixture = Fixture::start(Kind::Evm).await;
    // Returns NUMBER, TIMESTAMP and PREVRANDAO.
    let probe = Address::repeat_byte(6);
    let part = json!({
        "blockOverrides": { "number": "0x4", "time": "0xffffffff", "feeRecipient": probe, "prevRandao": word(9) },
        "stateOverrides": { probe.to_string(): { "code": "0x435f52426020524460405260605ff3" } },
        "calls": [{ "to": probe }],
    });
    let blocks = simulate(
        &fixture,
        json!({ "blockStateCalls": [part], "returnFullTransactions": true }),
    )
    .await;
    let numbers: Vec<&Value> = (blocks.as_array().expect("blocks").iter())
        .map(|block| &block["number"])
        .collect();
    assert_eq!(json!(numbers), json!(["0x1", "0x2", "0x3", "0x4"]));
    let last = &blocks[3];
    assert_eq!(last["miner"], json!(probe));
    let expected = [word(4), word(0xffff_ffff), word(9)].concat();
    assert_eq!(
        last["calls"][0]["returnData"],
        json!(hex::encode_prefixed(expected))
    );
    let transaction = &last["transactions"][0];
    assert_eq!(transaction["from"], json!(Address::ZERO));
    assert_eq!(transaction["to"], json!(probe));
    for (parts, code) in [
        (json!([{ "blockOverrides": { "number": "0x0" } }]), -38_020),
        (json!([{ "blockOverrides": { "time": "0x1" } }]), -38_021),
        (
            json!([{ "blockOverrides": { "number": "0x101" } }]),
            -38_026,
        ),
        (json!([]), -32_602),
        (
            json!([{ "blockOverrides": { "gasLimit": "0x5208" }, "calls": [{ "gas": "0x5209" }] }]),
            -38_015,
        ),
        (json!([{ "unheard": 1 }]), -32_602),
        (
            json!([{ "calls": [{ "from": probe, "to": probe, "value": "0x1" }] }]),
            -38_014,
        ),
        (
            json!([{ "calls": [{ "gas": "0x1", "to": probe }] }]),
            -38_013,
        ),
    ] {
        let payload = json!([{ "blockStateCalls": parts }]);
        let refusal = fixture.refused("eth_simulateV1", payload).await;
        assert_eq!(refusal.0, code, "{parts}: {refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_validation_nonces_and_fees_count() {
    let fixture = Fixture::start(Kind::Evm).await;
    let calls = |fields: Value| {
        let mut call = json!({ "from": RICH, "to": RICH, "maxFeePerGas": "0x77359400" });
        for (name, value) in fields.as_object().expect("fields") {
            call[name] = value.clone();
        }
        json!([{ "blockStateCalls": [{ "calls": [call] }], "validation": true }])
    };
    let blocks = fixture.request("eth_simulateV1", calls(json!({}))).await;
    assert_eq!(blocks[0]["calls"][0]["status"], json!("0x1"));
    assert_eq!(blocks[0]["baseFeePerGas"], json!("0x342770c0"));
    for (fields, code) in [
        (json!({ "nonce": "0x1" }), -38_011),
        (json!({ "maxFeePerGas": null }), -32_602),
    ] {
        let refusal = fixture.refused("eth_simulateV1", calls(fields)).await;
        assert_eq!(refusal.0, code, "{refusal:?}");
    }
    fixture.send(None, hex!("00"), 0).await;
    let refusal = fixture
        .refused("eth_simulateV1", calls(json!({ "nonce": "0x0" })))
        .await;
    assert_eq!(refusal.0, -38_010);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_results_with_their_reasons() {
    let fixture = Fixture::start(Kind::Evm).await;
    let [reverts, halts] = [7, 8].map(Address::repeat_byte);
    // MSTORE8(0, 0xaa), REVERT(0, 1); INVALID
    let code = json!({ reverts.to_string(): { "code": "0x60aa5f5360015ffd" }, halts.to_string(): { "code": "0xfe" } });
    let blocks = simulate(
        &fixture,
        json!({ "blockStateCalls": [{ "stateOverrides": code, "calls": [{ "to": reverts }, { "to": halts, "gas": "0xc350" }] }] }),
    )
    .await;
    let [reverted, halted] = [0, 1].map(|index| &blocks[0]["calls"][index]);
    assert_eq!(reverted["status"], json!("0x0"));
    assert_eq!(reverted["returnData"], json!("0xaa"));
    assert_eq!(
        reverted["error"],
        json!({ "code": 3, "message": "execution reverted", "data": "0xaa" })
    );
    assert_eq!(halted["status"], json!("0x0"));
    assert_eq!(halted["gasUsed"], json!("0xc350"));
    assert_eq!(halted["error"]["code"], json!(-32_015));
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_are_logged_where_they_are_asked_for_and_not_undone() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let [receiver, refuser] = [7, 8].map(Address::repeat_byte);
    let calls = json!([
        { "from": RICH, "to": actor, "value": "0x5", "data": command(2, &[receiver.as_slice()]) },
        { "from": RICH, "to": actor, "value": "0x6", "data": command(2, &[refuser.as_slice()]) },
    ]);
    // REVERT(0, 0)
    let code = json!({ refuser.to_string(): { "code": "0x5f5ffd" } });
    let part = json!([{ "stateOverrides": code, "calls": calls }]);
    let blocks = simulate(
        &fixture,
        json!({ "blockStateCalls": part, "traceTransfers": true }),
    )
    .await;
    let sent = &blocks[0]["calls"][0];
    let logs = sent["logs"].as_array().expect("logs");
    assert_eq!(logs.len(), 2);
    let rich: Address = RICH.parse().expect("an address");
    for (log, from, to) in [(&logs[0], rich, actor), (&logs[1], actor, receiver)] {
        assert_eq!(log["address"], json!(Address::repeat_byte(0xee)));
        assert_eq!(
            log["topics"],
            json!([
                "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
                from.into_word(),
                to.into_word()
            ])
        );
        assert_eq!(log["data"], json!(word(5)));
        assert_eq!(log["blockHash"], blocks[0]["hash"]);
    }
    // The program passes the revert on, so nothing was sent.
    let undone = &blocks[0]["calls"][1];
    assert_eq!(
        (&undone["status"], &undone["logs"]),
        (&json!("0x0"), &json!([]))
    );
    let plain = simulate(&fixture, json!({ "blockStateCalls": part })).await;
    assert_eq!(plain[0]["calls"][0]["logs"], json!([]));
}
