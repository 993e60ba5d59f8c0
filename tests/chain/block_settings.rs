//! The test methods of anvil and Hardhat that viem's test client and Hardhat's network helpers call.

use alloy::{
    primitives::{Address, B256},
    providers::Provider,
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{Fixture, word};

const RICH: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

async fn head(fixture: &Fixture) -> Value {
    fixture
        .request("eth_getBlockByNumber", json!(["latest", false]))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn helpers_of_other_tools_take_it_for_a_test_node() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let version = fixture.request("web3_clientVersion", json!([])).await;
    let version = version.as_str().expect("text").to_lowercase();
    // Hardhat's network helpers look for one of these.
    assert!(version.starts_with("anvil") || version.starts_with("hardhatnetwork"));
    assert!(version.contains("smartsync-devchain"));
    fixture.request("evm_mine", json!([])).await;
    let head = head(&fixture).await;
    for method in ["anvil_metadata", "hardhat_metadata"] {
        let metadata = fixture.request(method, json!([])).await;
        assert_eq!(metadata["chainId"], json!(412_346));
        assert_eq!(metadata["latestBlockNumber"], json!(1));
        assert_eq!(metadata["latestBlockHash"], head["hash"]);
    }
    let info = fixture.request("anvil_nodeInfo", json!([])).await;
    assert_eq!(info["currentBlockHash"], head["hash"]);
    assert_eq!(info["environment"]["baseFee"], json!("0x5f5e100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_block_has_what_was_set_for_it_and_later_ones_what_was_set_for_all() {
    let fixture = Fixture::start(Kind::Evm).await;
    let [miner, random] = [json!(Address::repeat_byte(4)), json!(B256::repeat_byte(6))];
    for (method, value) in [
        ("hardhat_setNextBlockBaseFeePerGas", json!("0x77359400")),
        ("hardhat_setCoinbase", miner.clone()),
        ("evm_setBlockGasLimit", json!("0x989680")),
        ("hardhat_setPrevRandao", random.clone()),
    ] {
        fixture.request(method, json!([value])).await;
    }
    fixture.request("evm_mine", json!([])).await;
    let first = head(&fixture).await;
    assert_eq!(first["baseFeePerGas"], json!("0x77359400"));
    assert_eq!(first["mixHash"], random);
    fixture.request("hardhat_mine", json!(["0x1"])).await;
    let second = head(&fixture).await;
    // An empty block lowers 2 gwei by an eighth: 1,750,000,000.
    assert_eq!(second["baseFeePerGas"], json!("0x684ee180"));
    assert_eq!(second["mixHash"], json!(B256::ZERO));
    for block in [first, second] {
        assert_eq!(block["miner"], miner);
        assert_eq!(block["gasLimit"], json!("0x989680"));
    }
    let too_much = json!([{ "from": RICH, "to": RICH, "gas": "0x989681" }]);
    let (_, message, _) = fixture.refused("eth_sendTransaction", too_much).await;
    assert_eq!(
        message,
        "exceeds block gas limit: transaction gas 10000001, block gas limit 10000000"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_base_fee_does_not_rise_beyond_64_bits() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture
        .request(
            "anvil_setBalance",
            json!([RICH, format!("0x{}", "f".repeat(40))]),
        )
        .await;
    fixture
        .request("evm_setBlockGasLimit", json!(["0x5208"]))
        .await;
    fixture
        .request(
            "hardhat_setNextBlockBaseFeePerGas",
            json!(["0xffffffffffffffff"]),
        )
        .await;
    // A full block, after which it would rise by an eighth.
    let request =
        json!([{ "from": RICH, "to": RICH, "gas": "0x5208", "gasPrice": "0x10000000000000000" }]);
    fixture.request("eth_sendTransaction", request).await;
    assert_eq!(
        fixture.request("eth_baseFee", json!([])).await,
        json!("0xffffffffffffffff")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_so_many_seconds_apart_until_it_is_told_otherwise() {
    let fixture = Fixture::start(Kind::Evm).await;
    let time = async || {
        let block = head(&fixture).await;
        let text = block["timestamp"].as_str().expect("a quantity").to_owned();
        u64::from_str_radix(&text[2..], 16).expect("hex")
    };
    let start = time().await;
    fixture
        .request("anvil_setBlockTimestampInterval", json!([1_000]))
        .await;
    fixture.request("anvil_mine", json!(["0x3"])).await;
    assert_eq!(time().await, start + 3_000);
    let remove = async || {
        fixture
            .request("anvil_removeBlockTimestampInterval", json!([]))
            .await
    };
    assert_eq!(remove().await, json!(true));
    assert_eq!(remove().await, json!(false));
    fixture.request("evm_mine", json!([])).await;
    assert_eq!(time().await, start + 3_000, "never before its parent's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_transaction_is_dropped_by_its_hash() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.request("evm_setAutomine", json!([false])).await;
    let send = async |nonce: &str| {
        let request = json!([{ "from": RICH, "to": RICH, "gas": "0x5208", "nonce": nonce }]);
        fixture.request("eth_sendTransaction", request).await
    };
    let [first, second] = [send("0x0").await, send("0x1").await];
    for (method, hash, answer) in [
        ("anvil_dropTransaction", &second, &second),
        ("anvil_dropTransaction", &second, &Value::Null),
        ("hardhat_dropTransaction", &first, &json!(true)),
        ("hardhat_dropTransaction", &first, &json!(false)),
    ] {
        assert_eq!(&fixture.request(method, json!([hash])).await, answer);
    }
    assert_eq!(
        fixture.request("txpool_status", json!([])).await,
        json!({ "pending": "0x0", "queued": "0x0" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_mines_without_being_asked() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.request("evm_setIntervalMining", json!([1])).await;
    assert_eq!(
        fixture.request("anvil_getAutomine", json!([])).await,
        json!(false)
    );
    let request = json!([{ "from": RICH, "to": RICH, "gas": "0x5208" }]);
    let hash = fixture.request("eth_sendTransaction", request).await;
    let hash: B256 = serde_json::from_value(hash).expect("a hash");
    let mined = async {
        while fixture
            .client
            .get_transaction_receipt(hash)
            .await
            .expect("an answer")
            .is_none()
        {}
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), mined)
        .await
        .expect("mined within a minute");
    fixture.request("evm_setIntervalMining", json!([0])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_begins_again_and_forks_nothing() {
    let fixture = Fixture::start(Kind::Stylus).await;
    fixture.request("evm_setAutomine", json!([false])).await;
    fixture
        .request("anvil_setBalance", json!([RICH, "0x0"]))
        .await;
    let fork = json!([{ "forking": { "jsonRpcUrl": "http://localhost:1" } }]);
    let (code, message, _) = fixture.refused("hardhat_reset", fork).await;
    assert_eq!(code, -32_602);
    assert!(message.starts_with("forking is not supported"), "{message}");
    assert_eq!(
        fixture.request("eth_blockNumber", json!([])).await,
        json!("0x1")
    );
    fixture.request("hardhat_reset", json!([])).await;
    assert_eq!(
        fixture.request("eth_blockNumber", json!([])).await,
        json!("0x0")
    );
    assert_eq!(
        fixture.request("eth_getBalance", json!([RICH])).await,
        json!("0x21e19e0c9bab2400000")
    );
    // It mines at once, as it did at first.
    fixture.send(Some(Address::repeat_byte(1)), [], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_sends_unsigned() {
    let fixture = Fixture::start(Kind::Evm).await;
    let (stranger, to) = (Address::repeat_byte(9), Address::repeat_byte(1));
    fixture
        .request("anvil_setBalance", json!([stranger, "0xde0b6b3a7640000"]))
        .await;
    let request = json!([{ "from": stranger, "to": to, "value": "0x7" }]);
    let (_, message, _) = fixture
        .refused("eth_sendTransaction", request.clone())
        .await;
    assert!(message.starts_with("unknown account"), "{message}");
    fixture
        .request("eth_sendUnsignedTransaction", request)
        .await;
    assert_eq!(
        fixture.request("eth_getBalance", json!([to])).await,
        json!("0x7")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_do_is_refused() {
    let fixture = Fixture::start(Kind::Stylus).await;
    for (method, params) in [
        ("anvil_setLoggingEnabled", json!([true])),
        ("anvil_setMinGasPrice", json!(["0x1"])),
        ("hardhat_setPrevRandao", json!([word(1)])),
    ] {
        let (code, ..) = fixture.refused(method, params).await;
        assert_eq!(code, -32_000, "{method}");
    }
    fixture
        .request("anvil_setLoggingEnabled", json!([false]))
        .await;
    let (code, ..) = fixture
        .refused("anvil_setRpcUrl", json!(["http://localhost:1"]))
        .await;
    assert_eq!(code, -32_601);
}
