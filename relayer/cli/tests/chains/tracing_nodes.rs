//! What reads touch, found with the node's `prestateTracer` and without it, and with one that lies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};
use smartsync_chain::{Chain, RawHeader, Side};
use smartsync_execution::{TouchedAccounts, touched};

use crate::{
    interposed::{Fate, Interposed, refusal},
    stage::Stage,
    vault::Vault,
};

const TRACE: &str = "debug_traceCall";

type Requests = Arc<Mutex<BTreeMap<String, u64>>>;

/// What the vault's reads touch, as seen through a node that answers a trace so; and its requests.
async fn through(
    stage: &Stage,
    vault: &Vault,
    trace: impl Fn() -> Fate + Send + Sync + 'static,
) -> (TouchedAccounts, BTreeMap<String, u64>) {
    let requests = Requests::default();
    let counted = requests.clone();
    let node = Interposed::deciding(stage.chains[0].url(), move |method, _params| {
        *counted
            .lock()
            .expect("never poisoned")
            .entry(method.to_owned())
            .or_default() += 1;
        match method == TRACE {
            true => trace(),
            false => Fate::Forward,
        }
    })
    .await;
    let source = Chain::connect(Side::Source, &node.url)
        .await
        .expect("connected");
    let header = RawHeader::fetch(&source, source.head().await.expect("a head"))
        .await
        .expect("a header");
    requests.lock().expect("never poisoned").clear();
    let found = touched(&source, &header, &vault.reads())
        .await
        .expect("found");
    let again = touched(&source, &header, &vault.reads())
        .await
        .expect("found");
    assert_eq!(found, again);
    let requests = requests.lock().expect("never poisoned").clone();
    (found, requests)
}

fn sum(requests: &BTreeMap<String, u64>) -> u64 {
    requests.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_touch_the_same_with_and_without_a_tracer_and_with_one_that_lies_or_leaves_out() {
    let stage = Stage::start().await;
    let vault = Vault::deploy(&stage).await;
    let (plain, without) = through(&stage, &vault, || refusal(-32_601, "Method not found")).await;
    let members = [vault.vault, vault.token, vault.oracle];
    assert!(
        members.iter().all(|member| !plain[member].slots.is_empty()),
        "{plain:?}"
    );
    // What is not offered is not asked for again.
    assert_eq!(without[TRACE], 1, "{without:?}");

    let (traced, with) = through(&stage, &vault, || Fate::Forward).await;
    assert_eq!(traced, plain);
    // Twice: an answer of each of two reads; the sender by three requests, and a trace of each read; else three of each of five accounts, and four
    // slots.
    assert_eq!(sum(&with), 2 * (2 + 3 + 2), "{with:?}");
    assert_eq!(sum(&without), 1 + 2 * (2 + 3 * 5 + 4), "{without:?}");

    // The implementation is another, an account has no code, all is left out, or it is something else.
    let shown: Value = stage
        .source
        .chain()
        .request(
            TRACE,
            json!([
                { "to": vault.vault, "data": vault.reads()[1].data },
                "latest",
                { "tracer": "prestateTracer" },
            ]),
        )
        .await
        .expect("a trace");
    let key = |address: Address| format!("{address:?}");
    let slot = plain[&vault.token].slots.iter().next().expect("a slot");
    let at = B256::from(*slot).to_string();
    let mut pointed = shown.clone();
    assert!(
        pointed[key(vault.token)]["storage"][&at].is_string(),
        "{shown}"
    );
    pointed[key(vault.token)]["storage"][&at] = json!(B256::from(U256::from(0x1234)));
    let mut emptied = shown.clone();
    emptied[key(vault.token)] = json!({ "balance": "0x0" });
    for lie in [
        pointed,
        emptied,
        json!({}),
        json!([]),
        json!("0x"),
        Value::Null,
    ] {
        let answer = json!({ "result": lie });
        let (found, _) = through(&stage, &vault, move || Fate::Answer(answer.clone())).await;
        assert_eq!(found, plain, "{lie}");
    }
}
