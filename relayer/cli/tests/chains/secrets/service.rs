//! Services: their pages, metrics and logs, while all is well and when it is not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use alloy::transports::http::reqwest;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::{KEY, WORDS, marks};
use crate::{
    command::smartsync,
    interposed::{Fate, Interposed},
    stage::Stage,
    watched::migrated,
};

/// A source node that works at first, and then repeats its address in everything.
async fn indiscreet(stage: &Stage, fails: Arc<AtomicBool>) -> Interposed {
    Interposed::deciding(stage.chains[0].url(), move |_method, _params| {
        match fails.load(Ordering::Relaxed) {
            true => Fate::Answer(json!({ "error": {
                "code": -32_000,
                "message": "hush-user:hush-password is over its limit at /hush-path?key=hush-query\u{1b}[2J",
            }})),
            false => Fate::Forward,
        }
    })
    .await
}

/// Fails if one of these pages has a mark in it.
async fn look_at(base: &str, pages: &[&str]) {
    for page in pages {
        let body = reqwest::get(format!("{base}{page}"))
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        assert!(!body.is_empty());
        assert_eq!(marks(&body).collect::<Vec<_>>(), [""; 0], "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_page_nor_metrics_nor_log_of_a_service_show_a_secret() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    stage
        .deployment
        .store(&path("deployment.json"))
        .expect("written");
    let fails = Arc::new(AtomicBool::new(false));
    let node = indiscreet(&stage, fails.clone()).await;
    let address = node
        .url
        .replace("http://", "http://hush-user:hush-password@");
    std::fs::write(
        path("source"),
        format!("{address}/hush-path?key=hush-query"),
    )
    .expect("written");
    std::fs::write(
        path("notary"),
        "http://hush-user:hush-password@127.0.0.1:1/hush-path",
    )
    .expect("written");
    std::fs::write(path("words"), WORDS).expect("written");
    let text = format!(
        "finality = \"latest\"\n[source]\nrpc = {{ file = \"source\" }}\n[target]\nrpc = \"{}\"\n\
         [key]\nmnemonic = {{ file = \"words\" }}\nmnemonic_index = 1\n[notary]\nkeys = [{{ env = \"STRANGER\" }}]\nendpoints = {{ file = \"notary\" }}\n\
         [watch]\npoll = \"50ms\"\nretry_first = \"50ms\"\n[[mirror]]\naddress = \"{table}\"\n",
        stage.chains[1].url(),
    );
    std::fs::write(path("watch.toml"), text).expect("written");
    let config = path("watch.toml");
    let mut child = smartsync(&["watch", "--config", config.to_str().expect("text"), "-vv"])
        .env("SMARTSYNC_LISTEN", "127.0.0.1:0")
        .env("STRANGER", KEY)
        .env("RUST_LOG", "trace")
        .spawn()
        .expect("it starts");
    let mut log = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let mut said = Vec::new();
    let mut wait_for = async |clue: &str| loop {
        let line = log.next_line().await.expect("read").expect("a line");
        said.push(line.clone());
        if line.contains(clue) {
            return line;
        }
    };
    let line = wait_for("web page and metrics at").await;
    let url = line.rsplit(' ').next().expect("a URL").to_owned();
    stage.write(table, &[(1, 2)]).await;
    // No signature from the stranger's key and the service that is not there.
    wait_for("signature skipped").await;
    wait_for("wants 1 signatures").await;
    fails.store(true, Ordering::Relaxed);
    wait_for("is over its limit").await;
    let pages = ["", "api/status", "metrics", "healthz", "readyz"];
    look_at(&url, &pages).await;
    child.kill().await.expect("it ends");
    let mut rest = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut rest).await.expect("text");
    }
    said.push(rest);
    let said = said.join("\n");
    assert_eq!(marks(&said).collect::<Vec<_>>(), [""; 0]);
    assert!(!said.contains('\u{1b}'), "a node draws on the terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_answers_nor_metrics_nor_log_of_a_notary_s_service_show_a_secret() {
    let stage = Stage::start().await;
    let block = stage.source.chain().head().await.expect("a head");
    let fails = Arc::new(AtomicBool::new(false));
    let node = indiscreet(&stage, fails.clone()).await;
    let address = node
        .url
        .replace("http://", "http://hush-user:hush-password@");
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = smartsync(&["notary", "serve", "-vv", "--listen", "127.0.0.1:0"])
        .args(["--finality", "latest", "--create-journal", "--journal"])
        .arg(folder.path().join("journal"))
        .args(["--notary", &stage.relayer.root_source.address().to_string()])
        .args(["--target-rpc", &stage.chains[1].url()])
        .env(
            "SMARTSYNC_SOURCE_RPC",
            format!("{address}/hush-path?key=hush-query"),
        )
        .env("SMARTSYNC_SIGNER_MNEMONIC", WORDS)
        .env("RUST_LOG", "trace")
        .spawn()
        .expect("it starts");
    let mut results = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let url = results.next_line().await.expect("read").expect("a URL");
    let pages = [
        "/v1/latest".to_owned(),
        format!("/v1/signatures/{block}"),
        "/v1/signatures/x".to_owned(),
        "/metrics".to_owned(),
        "/healthz".to_owned(),
    ];
    let pages = pages.each_ref().map(String::as_str);
    look_at(&url, &pages).await;
    fails.store(true, Ordering::Relaxed);
    look_at(&url, &pages).await;
    child.kill().await.expect("it ends");
    let mut log = String::new();
    let mut stderr = child.stderr.take().expect("stderr");
    stderr.read_to_string(&mut log).await.expect("text");
    assert!(log.contains("is over its limit"), "{log}");
    assert_eq!(marks(&log).collect::<Vec<_>>(), [""; 0]);
}
