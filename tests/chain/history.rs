//! State of earlier blocks, and going back.

use alloy::{
    primitives::{Address, B256, U256, address, hex},
    providers::Provider,
};
use devchain::Kind;
use serde_json::{Value, json};

use crate::fixture::{ACTOR, Fixture, command, word};

const CONTRACT: Address = address!("00000000000000000000000000000000c0ffee00");

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_every_block_stays_readable() {
    let fixture = Fixture::start(Kind::Evm).await;
    // SLOAD(1)
    fixture
        .request("anvil_setCode", json!([CONTRACT, "0x6001545f5260205ff3"]))
        .await;
    let first = fixture.client.get_block_number().await.expect("a number");
    for value in 1..=5_u64 {
        fixture
            .request(
                "anvil_setStorageAt",
                json!([CONTRACT, word(1), word(value)]),
            )
            .await;
    }
    for value in 0..=5_u64 {
        let tag = format!("{:#x}", first + value);
        let slot = fixture
            .request("eth_getStorageAt", json!([CONTRACT, "0x1", tag]))
            .await;
        assert_eq!(slot, json!(word(value)));
        let output = fixture
            .request("eth_call", json!([{ "to": CONTRACT }, tag]))
            .await;
        assert_eq!(output, json!(word(value)));
        let proof = fixture
            .request("eth_getProof", json!([CONTRACT, ["0x1"], tag]))
            .await;
        assert_eq!(proof["storageProof"][0]["value"], json!(U256::from(value)));
        let block = fixture
            .request("eth_getBlockByNumber", json!([tag, false]))
            .await;
        let by_hash =
            json!([{ "to": CONTRACT }, { "blockHash": block["hash"], "requireCanonical": true }]);
        assert_eq!(
            fixture.request("eth_call", by_hash).await,
            json!(word(value))
        );
    }
    let code = fixture
        .request("eth_getCode", json!([CONTRACT, "earliest"]))
        .await;
    assert_eq!(code, json!("0x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_every_block_stay_readable_by_number_and_by_hash() {
    let fixture = Fixture::start(Kind::Stylus).await;
    let account = Address::repeat_byte(0x77);
    for (method, value) in [
        ("anvil_setBalance", json!("0x5")),
        ("anvil_setNonce", json!("0x6")),
        ("anvil_setCode", json!("0x00")),
    ] {
        fixture.request(method, json!([account, value])).await;
    }
    // What the account is after each block, genesis first.
    let expected = [
        ("0x0", "0x0", "0x"),
        ("0x5", "0x0", "0x"),
        ("0x5", "0x6", "0x"),
        ("0x5", "0x6", "0x00"),
    ];
    for (number, (balance, nonce, code)) in expected.into_iter().enumerate() {
        let number = format!("{number:#x}");
        let block = fixture
            .request("eth_getBlockByNumber", json!([number, false]))
            .await;
        for at in [
            json!(number),
            json!({ "blockNumber": number }),
            json!({ "blockHash": block["hash"] }),
            json!({ "blockHash": block["hash"], "requireCanonical": true }),
        ] {
            for (method, expected) in [
                ("eth_getBalance", balance),
                ("eth_getTransactionCount", nonce),
                ("eth_getCode", code),
            ] {
                let got = fixture.request(method, json!([account, at])).await;
                assert_eq!(got, json!(expected), "{method} {at}");
            }
            let proof = fixture
                .request("eth_getProof", json!([account, [], at]))
                .await;
            assert_eq!(
                (&proof["balance"], &proof["nonce"]),
                (&json!(balance), &json!(nonce))
            );
        }
    }
    let nowhere = json!([account, { "blockHash": B256::repeat_byte(1) }]);
    for method in ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"] {
        let (code, message, _) = fixture.refused(method, nowhere.clone()).await;
        assert_eq!((code, message.as_str()), (-32_001, "block not found"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_restores_the_chain_as_it_was_at_the_snapshot() {
    let fixture = Fixture::start(Kind::Evm).await;
    fixture.send(Some(fixture.account(1)), hex!(""), 5).await;
    let head = fixture
        .request("eth_getBlockByNumber", json!(["latest", true]))
        .await;
    let id = fixture.request("evm_snapshot", json!([])).await;
    let lost = fixture.send(Some(fixture.account(1)), hex!(""), 6).await;
    fixture.request("evm_increaseTime", json!([10_000])).await;
    fixture.request("evm_mine", json!([])).await;
    assert_eq!(
        fixture.request("evm_revert", json!([id])).await,
        json!(true)
    );
    assert_eq!(
        fixture
            .request("eth_getBlockByNumber", json!(["latest", true]))
            .await,
        head
    );
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([lost.transaction_hash]))
        .await;
    assert_eq!(receipt, Value::Null);
    assert_eq!(
        fixture.request("evm_revert", json!([id])).await,
        json!(false),
        "a snapshot is used up"
    );
    assert!(
        fixture
            .send(Some(fixture.account(1)), hex!(""), 7)
            .await
            .status()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dumped_state_is_loaded_into_another_chain() {
    let first = Fixture::start(Kind::Stylus).await;
    let actor = first.deploy_program(ACTOR).await;
    let store = command(0, &[word(1).as_slice(), word(77).as_slice()]);
    assert!(first.send(Some(actor), store, 0).await.status());
    let dump = first.request("anvil_dumpState", json!([])).await;
    let second = Fixture::start(Kind::Stylus).await;
    assert_eq!(
        second.request("anvil_loadState", json!([dump])).await,
        json!(true)
    );
    // The program, its storage and its activation have come along.
    let load = command(1, &[word(1).as_slice()]);
    assert_eq!(
        second.call(actor, load).await.expect("an answer"),
        word(77).as_slice()
    );
    let proof = json!([actor, ["0x1"], "latest"]);
    let (before, after) = (
        first.request("eth_getProof", proof.clone()).await,
        second.request("eth_getProof", proof).await,
    );
    assert_eq!(before["storageHash"], after["storageHash"]);
    assert_eq!(before["codeHash"], after["codeHash"]);
    let (code, ..) = second.refused("anvil_loadState", json!(["0x1234"])).await;
    assert_eq!(code, -32_602);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_delegates_to_a_program_by_eip_7702() {
    use alloy::{
        consensus::{SignableTransaction, TxEip7702, TxEnvelope},
        eips::{eip2718::Encodable2718, eip7702::Authorization},
        signers::{SignerSync, local::PrivateKeySigner},
    };
    let fixture = Fixture::start(Kind::Stylus).await;
    let actor = fixture.deploy_program(ACTOR).await;
    let signer = |index: usize| {
        PrivateKeySigner::from_bytes(&devchain::dev_accounts()[index].private_key).expect("a key")
    };
    let (sender, authority) = (signer(1), signer(2));
    let authorization = Authorization {
        chain_id: U256::from(412_346),
        address: actor,
        nonce: 0,
    };
    let signature = authority
        .sign_hash_sync(&authorization.signature_hash())
        .expect("signed");
    let transaction = TxEip7702 {
        chain_id: 412_346,
        nonce: 0,
        gas_limit: 2_000_000,
        max_fee_per_gas: 1_000_000_000,
        max_priority_fee_per_gas: 0,
        to: authority.address(),
        authorization_list: vec![authorization.into_signed(signature)],
        input: command(0, &[word(3).as_slice(), word(9).as_slice()]),
        ..TxEip7702::default()
    };
    let signature = sender
        .sign_hash_sync(&transaction.signature_hash())
        .expect("signed");
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    let raw = hex::encode_prefixed(envelope.encoded_2718());
    let hash = fixture
        .request("eth_sendRawTransaction", json!([raw]))
        .await;
    let receipt = fixture
        .request("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(
        (&receipt["status"], &receipt["type"]),
        (&json!("0x1"), &json!("0x4"))
    );
    // The program ran in the account's own context.
    let slot = fixture
        .client
        .get_storage_at(authority.address(), U256::from(3))
        .await
        .expect("a slot");
    assert_eq!(slot, U256::from(9));
}
