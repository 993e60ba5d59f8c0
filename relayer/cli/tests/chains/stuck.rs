use std::time::Duration;

use alloy_primitives::{Address, B256, U64, U256};
use serde_json::{Value, json};
use smartsync_chain::{Chain, Limits, Receipt, Side, Submitter, Transaction};

use crate::stage::{Stage, key};

fn payment(wei: u64) -> Transaction {
    Transaction {
        call: "payment",
        to: Some(Address::repeat_byte(0x77)),
        value: U256::from(wei),
        data: Default::default(),
    }
}

async fn ask(chain: &Chain, method: &str, params: Value) -> Value {
    chain.request(method, params).await.expect("an answer")
}

/// A submitter of its own account on the stage's target, which mines only when told.
async fn slow_target(stage: &Stage, limits: Limits) -> Submitter {
    let target = Chain::connect(Side::Target, &stage.chains[1].url())
        .await
        .expect("connected");
    ask(&target, "evm_setAutomine", json!([false])).await;
    Submitter::new(target, key(5)).with_limits(limits)
}

fn impatient() -> Limits {
    Limits {
        replace_after: Duration::from_millis(50),
        ..Limits::default()
    }
}

/// The waiting transactions of the account, by hash, once there is one other than `known`.
async fn waiting(chain: &Chain, known: Option<B256>) -> (B256, u128) {
    loop {
        let block = ask(chain, "eth_getBlockByNumber", json!(["pending", true])).await;
        let found = block["transactions"].as_array().and_then(|all| all.last());
        if let Some(found) = found {
            let hash: B256 = serde_json::from_value(found["hash"].clone()).expect("a hash");
            let fee: U256 = serde_json::from_value(found["maxFeePerGas"].clone()).expect("a fee");
            if Some(hash) != known {
                return (hash, fee.to());
            }
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_transaction_is_replaced_at_a_higher_fee_and_takes_effect_once() {
    let stage = Stage::start().await;
    let submitter = slow_target(&stage, impatient()).await;
    let chain = submitter.chain().clone();
    let playing = async {
        let (first, fee) = waiting(&chain, None).await;
        let (second, raised) = waiting(&chain, Some(first)).await;
        assert!(raised > fee + fee / 10, "{fee} to {raised}");
        ask(&chain, "evm_mine", json!([])).await;
        (first, second)
    };
    let (receipt, (first, _)) = tokio::join!(submitter.send(payment(3)), playing);
    let receipt: Receipt = receipt.expect("mined");
    assert_ne!(receipt.tx_hash, first);
    let got = chain
        .balance(Address::repeat_byte(0x77))
        .await
        .expect("a balance");
    assert_eq!(got, U256::from(3));
    let sent: U64 = chain
        .request("eth_getTransactionCount", (key(5).address(), "latest"))
        .await
        .expect("a count");
    assert_eq!(sent, U64::from(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_node_forgot_is_sent_again_as_it_was() {
    let stage = Stage::start().await;
    let submitter = slow_target(&stage, impatient()).await;
    let chain = submitter.chain().clone();
    let playing = async {
        waiting(&chain, None).await;
        ask(&chain, "anvil_dropAllTransactions", json!([])).await;
        waiting(&chain, None).await;
        ask(&chain, "evm_mine", json!([])).await;
    };
    let (receipt, ()) = tokio::join!(submitter.send(payment(4)), playing);
    receipt.expect("mined");
    let got = chain
        .balance(Address::repeat_byte(0x77))
        .await
        .expect("a balance");
    assert_eq!(got, U256::from(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_above_the_ceiling_and_an_empty_account_are_named() {
    let stage = Stage::start().await;
    let target = stage.relayer.target().clone();
    let frugal = Submitter::new(target.clone(), key(5)).with_limits(Limits {
        max_fee_per_gas: Some(1),
        ..Limits::default()
    });
    match frugal.send(payment(1)).await.expect_err("too dear") {
        smartsync_chain::Error::FeeAboveCeiling {
            needed, ceiling, ..
        } => assert!(needed > ceiling && ceiling == 1),
        other => panic!("{other}"),
    }
    let poor = alloy::signers::local::PrivateKeySigner::random();
    let address = poor.address();
    match Submitter::new(target, poor)
        .send_with_gas(payment(1), 21_000)
        .await
        .expect_err("no ether")
    {
        smartsync_chain::Error::InsufficientFunds {
            side,
            address: who,
            balance,
            ..
        } => {
            assert_eq!((side, who, balance), (Side::Target, address, U256::ZERO));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_process_waits_for_what_an_earlier_one_sent() {
    let stage = Stage::start().await;
    let submitter = slow_target(&stage, Limits::default()).await;
    let chain = submitter.chain().clone();
    // The earlier process: its transaction waits when it is stopped.
    tokio::select! {
        sent = submitter.send(payment(5)) => panic!("nothing is mined yet: {sent:?}"),
        _ = waiting(&chain, None) => {}
    }
    let later = Submitter::new(chain.clone(), key(5));
    let mut settling = std::pin::pin!(later.settle());
    assert!(futures::poll!(&mut settling).is_pending());
    ask(&chain, "evm_mine", json!([])).await;
    settling.await.expect("settled");
    ask(&chain, "evm_setAutomine", json!([true])).await;
    later.send(payment(6)).await.expect("mined");
    let got = chain
        .balance(Address::repeat_byte(0x77))
        .await
        .expect("a balance");
    assert_eq!(got, U256::from(11));
}
