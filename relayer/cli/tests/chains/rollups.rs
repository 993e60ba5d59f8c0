//! Local replay of blocks shaped like those of chains that are not Ethereum: of OP Stack chains, Arbitrum, Celo, Polygon.

use alloy::transports::http::reqwest::Client;
use alloy_primitives::{Address, B256};
use relayer::{migrate, sync};
use serde_json::{Value, json};
use smartsync_chain::{Chain, Side};
use smartsync_finder::Finders;

use crate::{
    command::smartsync,
    fault_proxy::forward,
    interposed::{Fate, Interposed, refusal},
    stage::{Stage, connect, key},
    watched::migrated,
};

type Shape = fn(&mut Value);

/// A node that traces nothing, in front of a chain whose whole blocks it shows in another shape.
async fn shaped(upstream: String, shape: Shape) -> Interposed {
    let client = Client::new();
    Interposed::start(upstream.clone(), move |method, params| {
        let (client, upstream) = (client.clone(), upstream.clone());
        Box::pin(async move {
            if method.starts_with("debug_") {
                return refusal(-32_601, "the method does not exist");
            }
            if method != "eth_getBlockByNumber" || params[1] != true {
                return Fate::Forward;
            }
            let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
            let answer = forward(&client, &upstream, request.to_string().as_bytes()).await;
            let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
            shape(&mut answer["result"]);
            Fate::Answer(json!({ "result": answer["result"] }))
        })
    })
    .await
}

fn transactions(block: &mut Value) -> &mut Vec<Value> {
    block["transactions"].as_array_mut().expect("a list")
}

/// What no block of a chain has that is at London by its header.
fn without_later_fields(block: &mut Value) {
    let block = block.as_object_mut().expect("an object");
    for field in [
        "withdrawals",
        "withdrawalsRoot",
        "parentBeaconBlockRoot",
        "requestsHash",
        "blobGasUsed",
        "excessBlobGas",
    ] {
        block.remove(field);
    }
}

/// The attributes of the first chain's block, which begin each block of OP Mainnet and Base.
fn optimism(block: &mut Value) {
    block
        .as_object_mut()
        .expect("an object")
        .remove("requestsHash");
    block["gasUsed"] = json!("0x1c0ff");
    let attributes = json!({
        "blockHash": block["hash"], "blockNumber": block["number"], "chainId": null, "depositReceiptVersion": "0x1",
        "from": "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001", "gas": "0xf4240", "gasPrice": "0x0",
        "hash": B256::repeat_byte(1), "input": format!("0x440a5e20{}", "00".repeat(160)), "mint": "0x0", "nonce": "0x1234",
        "r": "0x0", "s": "0x0", "sourceHash": B256::repeat_byte(2), "to": "0x4200000000000000000000000000000000000015",
        "transactionIndex": "0x0", "type": "0x7e", "v": "0x0", "value": "0x0",
    });
    transactions(block).insert(0, attributes);
}

/// A change that came from the first chain, as a deposit.
fn deposited(block: &mut Value) {
    optimism(block);
    for transaction in transactions(block).iter_mut().skip(1) {
        *transaction = json!({
            "from": transaction["from"], "to": transaction["to"], "gas": transaction["gas"], "gasPrice": "0x0",
            "hash": transaction["hash"], "input": transaction["input"], "isSystemTx": false, "mint": "0xde0b6b3a7640000",
            "nonce": transaction["nonce"], "r": "0x0", "s": "0x0", "sourceHash": B256::repeat_byte(3), "type": "0x7e",
            "v": "0x0", "value": "0x0", "yParity": "0x0",
        });
    }
}

/// `startBlock`, which begins each block of Arbitrum One; the gas has the first chain's in it.
fn arbitrum(block: &mut Value) {
    without_later_fields(block);
    block["difficulty"] = json!("0x1");
    block["gasLimit"] = json!("0x4000000000000");
    block["gasUsed"] = json!("0x5d3f1");
    block["l1BlockNumber"] = json!("0x15e1b2c");
    block["sendCount"] = json!("0x26bd3");
    block["sendRoot"] = json!(B256::repeat_byte(4));
    let start = json!({
        "blockHash": block["hash"], "blockNumber": block["number"], "chainId": "0xa4b1",
        "from": "0x00000000000000000000000000000000000a4b05", "gas": "0x0", "gasPrice": "0x0",
        "hash": B256::repeat_byte(5), "input": format!("0x6bf6a42d{}", "00".repeat(128)), "nonce": "0x0", "r": "0x0",
        "s": "0x0", "to": "0x00000000000000000000000000000000000a4b05", "transactionIndex": "0x0", "type": "0x6a",
        "v": "0x0", "value": "0x0",
    });
    transactions(block).insert(0, start);
}

/// A change that a ticket of the first chain made: `ArbitrumRetryTx`.
fn retried(block: &mut Value) {
    arbitrum(block);
    for transaction in transactions(block).iter_mut().skip(1) {
        transaction["type"] = json!("0x68");
        transaction["ticketId"] = json!(B256::repeat_byte(6));
        transaction["refundTo"] = json!(Address::repeat_byte(7));
        transaction["maxRefund"] = json!("0x0");
        transaction["submissionFeeRefund"] = json!("0x0");
        for signature in ["v", "r", "s", "yParity"] {
            transaction[signature] = json!("0x0");
        }
    }
}

/// A change by a transaction whose gas is paid in a token (CIP-64).
fn celo(block: &mut Value) {
    block
        .as_object_mut()
        .expect("an object")
        .remove("requestsHash");
    block["gasUsed"] = json!("0x1c0ff");
    for transaction in transactions(block) {
        transaction["type"] = json!("0x7b");
        transaction["feeCurrency"] = json!("0x765de816845861e75a25fca122bb6898b8b1282a");
        transaction["accessList"] = json!([]);
    }
}

/// What Bor shows of a state-sync, at the end of every sixteenth block: without gas and without a signature.
fn bor(block: &mut Value) {
    without_later_fields(block);
    block["difficulty"] = json!("0x15");
    let state_sync = json!({
        "blockHash": block["hash"], "blockNumber": block["number"], "chainId": null, "from": Address::ZERO, "gas": "0x0",
        "gasPrice": "0x0", "hash": B256::repeat_byte(8), "input": "0x", "nonce": "0x0", "r": "0x0", "s": "0x0",
        "to": Address::ZERO, "transactionIndex": "0x1", "type": "0x0", "v": "0x0", "value": "0x0",
    });
    transactions(block).push(state_sync);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_found_by_local_replay_in_blocks_of_other_chains() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let shapes: [(&str, Shape); 6] = [
        ("OP Mainnet", optimism),
        ("a deposit", deposited),
        ("Arbitrum", arbitrum),
        ("a ticket", retried),
        ("Celo", celo),
        ("Bor", bor),
    ];
    for (round, (name, shape)) in (10_u64..).zip(shapes) {
        stage.write(table, &[(1, round), (round, 1)]).await;
        let node = shaped(stage.chains[0].url(), shape).await;
        let mut relayer = stage.second_relayer().await;
        relayer.source = Chain::connect(Side::Source, &node.url)
            .await
            .expect("connected");
        relayer.finders = Finders::only("local replay").expect("a way");
        let report = sync(&relayer, table, &Default::default())
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (report.found_by, report.changes),
            (Some("local replay"), 2),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_local_replay_leaves_out_or_runs_otherwise_is_said() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.write(table, &[(1, 2), (2, 2)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let deployment = folder.path().join("deployment.json");
    stage.deployment.store(&deployment).expect("written");
    let shapes: [(Shape, &str); 2] = [
        (
            arbitrum,
            "local replay: transactions that cannot be run here are left out (1 of type 0x6a); the rules of 1 blocks are not \
             known, several are tried; whether that mattered, the storage roots tell",
        ),
        (
            deposited,
            "local replay: transactions of the chain's own are run as plain calls (2 of type 0x7e); the rules of 1 blocks are \
             not known, several are tried",
        ),
    ];
    for (shape, said) in shapes {
        let node = shaped(stage.chains[0].url(), shape).await;
        let output = smartsync(&["diff", &table.to_string(), "--by", "local-replay", "-v"])
            .args(["--source-rpc", &node.url])
            .args(["--target-rpc", &stage.chains[1].url()])
            .args(["--private-key", &key(0).to_bytes().to_string()])
            .arg("--deployment")
            .arg(&deployment)
            .output()
            .await
            .expect("it runs");
        let [stdout, stderr] = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "{stdout}{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_is_none_and_numbers_that_cannot_be_stop_no_replay() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.write(table, &[(1, 2)]).await;
    let odd = shaped(stage.chains[0].url(), |block| {
        block["excessBlobGas"] = json!("0xffffffffffffffff");
        block["gasLimit"] = json!("0x0");
        transactions(block).push(json!({ "type": "0xffffffff" }));
        transactions(block).push(json!(null));
    })
    .await;
    // The beginning of a delegation (EIP-7702), without its address.
    let node = Interposed::deciding(odd.url.clone(), |method, _params| match method {
        "eth_getCode" => Fate::Answer(json!({ "result": "0xef0100" })),
        _ => Fate::Forward,
    })
    .await;
    let mut relayer = stage.second_relayer().await;
    relayer.source = Chain::connect(Side::Source, &node.url)
        .await
        .expect("connected");
    relayer.finders = Finders::only("local replay").expect("a way");
    let error = sync(&relayer, table, &Default::default())
        .await
        .expect_err("nothing is found");
    let said = error.to_string();
    assert!(
        said.contains("local replay: gives not all changes") && !said.contains("background task"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stylus_program_as_a_source_is_refused_by_name() {
    let stage = Stage::start().await;
    let mut relayer = stage.second_relayer().await;
    relayer.source = connect(Side::Source, &stage.chains[1]).await;
    let program = relayer.registry.address;
    let error = migrate(&relayer, program, &Default::default())
        .await
        .expect_err("no EVM code");
    assert_eq!(
        error.to_string(),
        format!(
            "{program} on the source chain is a Stylus program: its code is WASM, which no mirror can read"
        )
    );
}
