//! Methods about transactions: each with all members of its answer.

use alloy::{
    consensus::TxEnvelope,
    eips::eip2718::Decodable2718,
    primitives::{Address, B256, U256, address, hex, keccak256},
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::{
    fixture::{ACTOR, Fixture, command, word},
    methods::{RICH, bytes, members},
};

#[tokio::test(flavor = "multi_thread")]
async fn signed_and_filled_transactions_come_as_bytes_and_as_json() {
    let fixture = Fixture::start(Kind::Evm).await;
    let request = json!([{ "from": RICH, "to": fixture.account(1), "value": "0x5" }]);
    let filled = fixture
        .request("eth_fillTransaction", request.clone())
        .await;
    assert_eq!(members(&filled), ["raw", "tx"]);
    assert_eq!(filled["tx"]["gas"], json!("0x5208"));
    assert_eq!(filled["tx"]["nonce"], json!("0x0"));
    assert_eq!(filled["tx"]["type"], json!("0x2"));
    assert_eq!(filled["tx"]["r"], json!("0x0"));
    let signed = fixture.request("eth_signTransaction", request).await;
    assert_eq!(members(&signed), ["raw", "tx"]);
    let raw = bytes(&signed["raw"]);
    assert_eq!(signed["tx"]["hash"], json!(keccak256(&raw)));
    let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).expect("a transaction");
    assert_eq!(json!(envelope), signed["tx"]);
    // The two differ in the signature alone.
    for name in members(&filled["tx"]) {
        let same = filled["tx"][name] == signed["tx"][name];
        let of_signature = ["hash", "r", "s", "v", "yParity"].contains(&name);
        assert!(same || of_signature, "{name}");
    }
    let hash = fixture
        .request("eth_sendRawTransaction", json!([raw]))
        .await;
    assert_eq!(hash, signed["tx"]["hash"]);
    // Nobody needs to be able to sign for an account to fill for it.
    let stranger = json!([{ "from": Address::repeat_byte(9), "to": RICH }]);
    fixture
        .request("eth_fillTransaction", stranger.clone())
        .await;
    let (_, message, _) = fixture.refused("eth_signTransaction", stranger).await;
    assert!(message.starts_with("unknown account"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_transaction_is_replaced_only_by_a_better_paid_one() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let fixture = Fixture::start(kind).await;
        fixture.request("evm_setAutomine", json!([false])).await;
        let send = |fee: u64, tip: u64, value: u64| {
            json!([{
                "from": RICH, "to": RICH, "nonce": "0x0", "gas": "0x5208", "value": format!("{value:#x}"),
                "maxFeePerGas": format!("{fee:#x}"), "maxPriorityFeePerGas": format!("{tip:#x}"),
            }])
        };
        let gwei = 1_000_000_000;
        let first = fixture
            .request("eth_sendTransaction", send(10 * gwei, gwei, 1))
            .await;
        let raw = bytes(
            &fixture
                .request("eth_getRawTransactionByHash", json!([first]))
                .await,
        );
        assert_eq!(
            json!(keccak256(&raw)),
            first,
            "waiting, and known by its bytes"
        );
        // A tenth more is asked for, in both where tips are paid.
        let mut poor = vec![(10 * gwei, gwei), (11 * gwei - 1, 2 * gwei)];
        if kind == Kind::Evm {
            poor.push((20 * gwei, gwei));
        }
        for (fee, tip) in poor {
            let refusal = fixture
                .refused("eth_sendTransaction", send(fee, tip, 2))
                .await;
            assert_eq!(
                (refusal.0, refusal.1.as_str()),
                (-32_000, "replacement transaction underpriced")
            );
        }
        let tip = if kind == Kind::Evm {
            gwei / 10 * 11
        } else {
            gwei
        };
        let second = fixture
            .request("eth_sendTransaction", send(11 * gwei, tip, 3))
            .await;
        fixture.request("evm_mine", json!([])).await;
        let mined = fixture
            .request("eth_getTransactionReceipt", json!([second]))
            .await;
        assert_eq!(mined["status"], json!("0x1"));
        assert_eq!(
            fixture
                .request("eth_getTransactionByHash", json!([first]))
                .await,
            Value::Null
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_for_an_account_without_money_says_so() {
    let fixture = Fixture::start(Kind::Evm).await;
    let poor = Address::repeat_byte(3);
    let request = json!([{ "from": poor, "to": RICH, "gasPrice": "0x77359400" }]);
    let (code, message, _) = fixture.refused("eth_estimateGas", request.clone()).await;
    assert_eq!(code, -32_000);
    assert!(
        message.starts_with("insufficient funds for gas * price + value: address ")
            && message.contains("have 0 want "),
        "{message}"
    );
    // 21,000 gas at 2 gwei are enough.
    fixture
        .request("anvil_setBalance", json!([poor, "0x2632e314a000"]))
        .await;
    assert_eq!(
        fixture.request("eth_estimateGas", request.clone()).await,
        json!("0x5208")
    );
    fixture
        .request("anvil_setBalance", json!([poor, "0x2632e3149fff"]))
        .await;
    let (_, message, _) = fixture.refused("eth_estimateGas", request).await;
    assert!(message.starts_with("insufficient funds"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_has_the_address_that_it_would_have_had() {
    let fixture = Fixture::start(Kind::Evm).await;
    // The init code reverts.
    let receipt = fixture.send(None, hex!("5f5ffd"), 0).await;
    assert!(!receipt.status());
    assert_eq!(
        receipt.contract_address,
        Some(address!("5FbDB2315678afecb367f032d93F642f64180aa3"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_list_names_what_programs_touch() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let inner = fixture.deploy_program(ACTOR).await;
    // Another program that only differs in a name, so that it has another code hash.
    let outer = fixture
        .deploy_program(&ACTOR.replacen("(module", "(module $outer", 1))
        .await;
    let store = command(0, &[word(5).as_slice(), word(6).as_slice()]);
    let call = command(2, &[inner.as_slice(), &store]);
    let answer = fixture
        .request(
            "eth_createAccessList",
            json!([{ "from": RICH, "to": outer, "data": call }]),
        )
        .await;
    assert_eq!(
        answer["accessList"],
        json!([{ "address": inner, "storageKeys": [word(5)] }])
    );
    assert_eq!(answer["error"], Value::Null);
    // Its own slots are listed, too, though its own address alone is not.
    let load = command(1, &[word(7).as_slice()]);
    let answer = fixture
        .request(
            "eth_createAccessList",
            json!([{ "from": RICH, "to": outer, "data": load }]),
        )
        .await;
    assert_eq!(
        answer["accessList"],
        json!([{ "address": outer, "storageKeys": [word(7)] }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_transactions_have_no_bytes() {
    let fixture = Fixture::start(Kind::Evm).await;
    let nothing = fixture
        .request("eth_getRawTransactionByHash", json!([B256::ZERO]))
        .await;
    assert_eq!(nothing, Value::Null);
    assert_eq!(
        fixture.request("eth_getBalance", json!([RICH])).await,
        json!(U256::from(10_000) * U256::from(10).pow(U256::from(18)))
    );
}
