//! Each member of what the usual methods answer, as the execution APIs and Arbitrum's nodes have them.

use alloy::primitives::{Bytes, hex};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{Fixture, word};

const RICH: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

const HEADER: &str = "baseFeePerGas difficulty extraData gasLimit gasUsed hash logsBloom miner mixHash nonce number parentHash \
    receiptsRoot sha3Uncles size stateRoot timestamp transactionsRoot";
const SINCE_CANCUN: &str =
    "blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash withdrawalsRoot";
const OF_ARBITRUM: &str = "l1BlockNumber sendCount sendRoot";
const TRANSACTION: &str = "blockHash blockNumber blockTimestamp chainId from gas gasPrice hash input nonce r s to \
    transactionIndex type v value";
const RECEIPT: &str = "blockHash blockNumber contractAddress cumulativeGasUsed effectiveGasPrice from gasUsed logs logsBloom \
    status to transactionHash transactionIndex type";
const LOG: &str = "address blockHash blockNumber blockTimestamp data logIndex removed topics transactionHash transactionIndex";

/// The members that an object has.
fn members(value: &Value) -> Vec<String> {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"));
    let mut names: Vec<String> = object.keys().cloned().collect();
    names.sort_unstable();
    names
}

/// Names in some lists, sorted.
fn names(lists: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = lists
        .iter()
        .flat_map(|list| list.split_whitespace().map(str::to_owned))
        .collect();
    names.sort_unstable();
    names
}

/// Members whose value is a quantity, wherever they are.
const QUANTITIES: &str = "baseFeePerGas difficulty gasLimit gasUsed number size timestamp blobGasUsed excessBlobGas l1BlockNumber \
    sendCount blockNumber chainId gas gasPrice r s transactionIndex type v value yParity maxFeePerGas maxPriorityFeePerGas \
    cumulativeGasUsed effectiveGasPrice status logIndex balance oldestBlock blockTimestamp gasUsedForL1";
/// Members of so many bytes.
const SIZED: [(&str, usize); 6] = [
    ("logsBloom", 256),
    ("hash", 32),
    ("parentHash", 32),
    ("stateRoot", 32),
    ("miner", 20),
    ("from", 20),
];

/// Checks the form of every member that is known, all the way down.
fn check_forms(value: &Value) {
    match value {
        Value::Array(values) => values.iter().for_each(check_forms),
        Value::Object(members) => {
            for (name, value) in members {
                if let Some(text) = value.as_str()
                    && QUANTITIES.split_whitespace().any(|known| known == name)
                {
                    let digits = text.strip_prefix("0x").unwrap_or_default();
                    let shortest = digits == "0" || !digits.starts_with('0');
                    assert!(!digits.is_empty() && shortest, "{name}: {text}");
                }
                if let Some((_, size)) = SIZED.iter().find(|(known, _)| known == name) {
                    let bytes: Bytes = serde_json::from_value(value.clone()).expect(name);
                    assert_eq!(bytes.len(), *size, "{name}");
                }
                check_forms(value);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_transactions_receipts_and_logs_have_all_their_members() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        // LOG1(0, 32, topic 7)
        let emitter = fixture.deploy(&hex!("600760205fa100")).await;
        let arbitrum = kind == Kind::Stylus;
        let header: &[&str] = match kind {
            Kind::Evm => &[HEADER, SINCE_CANCUN],
            Kind::Stylus => &[HEADER, OF_ARBITRUM],
        };
        let rest = if arbitrum {
            "transactions uncles"
        } else {
            "transactions uncles withdrawals"
        };
        let authorization = json!({
            "chainId": "0x0", "address": emitter, "nonce": "0x0", "yParity": "0x0", "r": word(1), "s": word(1),
        });
        for (fields, extra) in [
            (json!({ "gasPrice": "0x77359400" }), ""),
            (
                json!({ "gasPrice": "0x77359400", "accessList": [] }),
                "accessList yParity",
            ),
            (
                json!({ "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x1" }),
                "accessList yParity maxFeePerGas maxPriorityFeePerGas",
            ),
            (
                json!({ "maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x1", "authorizationList": [authorization] }),
                "accessList yParity maxFeePerGas maxPriorityFeePerGas authorizationList",
            ),
        ] {
            let mut request = json!({ "from": RICH, "to": emitter, "gas": "0x30d40" });
            for (name, value) in fields.as_object().expect("fields") {
                request[name] = value.clone();
            }
            let hash = fixture
                .request("eth_sendTransaction", json!([request]))
                .await;
            let block = fixture
                .request("eth_getBlockByNumber", json!(["latest", true]))
                .await;
            assert_eq!(members(&block), names(&[&header.join(" "), rest]));
            check_forms(&block);
            let transaction = fixture
                .request("eth_getTransactionByHash", json!([hash]))
                .await;
            assert_eq!(
                members(&transaction),
                names(&[TRANSACTION, extra]),
                "{fields}"
            );
            assert_eq!(block["transactions"][0], transaction);
            check_forms(&transaction);
            let receipt = fixture
                .request("eth_getTransactionReceipt", json!([hash]))
                .await;
            let more = if arbitrum {
                "gasUsedForL1 l1BlockNumber"
            } else {
                ""
            };
            assert_eq!(members(&receipt), names(&[RECEIPT, more]));
            assert_eq!(receipt["contractAddress"], Value::Null);
            check_forms(&receipt);
            let receipts = fixture
                .request("eth_getBlockReceipts", json!(["latest"]))
                .await;
            assert_eq!(receipts, json!([receipt]));
            let logs = fixture.request("eth_getLogs", json!([{}])).await;
            assert_eq!(logs, receipt["logs"]);
            assert_eq!(members(&logs[0]), names(&[LOG]));
            for (method, params) in [
                (
                    "eth_getTransactionByBlockNumberAndIndex",
                    json!(["latest", "0x0"]),
                ),
                (
                    "eth_getTransactionByBlockHashAndIndex",
                    json!([block["hash"], "0x0"]),
                ),
            ] {
                assert_eq!(fixture.request(method, params).await, transaction);
            }
            let short = fixture
                .request("eth_getBlockByHash", json!([block["hash"], false]))
                .await;
            assert_eq!(short["transactions"], json!([hash]));
        }
        let view = fixture
            .request("eth_getHeaderByNumber", json!(["latest"]))
            .await;
        assert_eq!(members(&view), names(header));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_fees_and_access_lists_have_all_their_members() {
    let fixture = Fixture::start(Kind::Evm).await;
    let proof = fixture
        .request("eth_getProof", json!([RICH, ["0x1"], "latest"]))
        .await;
    assert_eq!(
        members(&proof),
        names(&["accountProof address balance codeHash nonce storageHash storageProof"])
    );
    assert_eq!(
        members(&proof["storageProof"][0]),
        names(&["key proof value"])
    );
    check_forms(&proof);
    let fees = fixture
        .request("eth_feeHistory", json!(["0x1", "latest", [50.0]]))
        .await;
    assert_eq!(
        members(&fees),
        names(&[
            "baseFeePerBlobGas baseFeePerGas blobGasUsedRatio gasUsedRatio oldestBlock reward"
        ])
    );
    check_forms(&fees);
    let list = fixture
        .request(
            "eth_createAccessList",
            json!([{ "from": RICH, "to": RICH }]),
        )
        .await;
    assert_eq!(members(&list), names(&["accessList gasUsed"]));
    let payload = json!({ "blockStateCalls": [{ "calls": [{ "to": RICH }] }] });
    let blocks = fixture
        .request("eth_simulateV1", json!([payload, "latest"]))
        .await;
    assert_eq!(
        members(&blocks[0]),
        names(&[
            HEADER,
            SINCE_CANCUN,
            "calls transactions uncles withdrawals"
        ])
    );
    assert_eq!(
        members(&blocks[0]["calls"][0]),
        names(&["gasUsed logs returnData status"])
    );
    check_forms(&blocks);
    assert_eq!(
        fixture.request("eth_syncing", json!([])).await,
        json!(false)
    );
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0xffff", false])),
        ("eth_getBlockByHash", json!([word(1), false])),
        ("eth_getTransactionByHash", json!([word(1)])),
        ("eth_getTransactionReceipt", json!([word(1)])),
        ("eth_getBlockReceipts", json!(["0xffff"])),
        (
            "eth_getTransactionByBlockNumberAndIndex",
            json!(["latest", "0x9"]),
        ),
    ] {
        assert_eq!(
            fixture.request(method, params).await,
            Value::Null,
            "{method}"
        );
    }
}
