//! What a configuration file says of keys, money, notaries and the shared database is what `watch` does.

use std::path::Path;

use alloy_primitives::Address;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    command::{output, smartsync},
    stage::{Stage, key},
    watched::migrated,
};

/// Words of which the dev chains' accounts are made.
const WORDS: &str = "test test test test test test test test test test test junk\n";

/// A folder with a configuration for one mirror, with these sections more.
fn configured(stage: &Stage, table: Address, sections: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    stage
        .deployment
        .store(&path("deployment.json"))
        .expect("written");
    std::fs::write(path("words"), WORDS).expect("written");
    std::fs::write(path("stranger"), key(7).to_bytes().to_string()).expect("written");
    let text = format!(
        "finality = \"latest\"\n[source]\nrpc = \"{}\"\n[target]\nrpc = \"{}\"\n[watch]\npoll = \"50ms\"\n\
         [[mirror]]\naddress = \"{table}\"\n{sections}\n",
        stage.chains[0].url(),
        stage.chains[1].url(),
    );
    std::fs::write(path("watch.toml"), text).expect("written");
    folder
}

fn arguments(folder: &Path) -> [String; 3] {
    let config = folder.join("watch.toml");
    ["watch", "--config", config.to_str().expect("text")].map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_key_pays_and_its_low_balance_and_a_database_that_is_gone_are_told() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    let folder = configured(
        &stage,
        table,
        "[key]\nmnemonic = { file = \"words\" }\nmnemonic_index = 2\n\
         [transactions]\nlow_balance = \"1000000 ether\"\n\
         [coordination]\ndatabase = \"postgres://nobody@127.0.0.1:1/nothing\"",
    );
    let words = arguments(folder.path());
    let (code, stdout, stderr) = output(&words.each_ref().map(String::as_str)).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    let account = key(2).address().to_string();
    let warned = |line: &str| line.contains("runs out of ether") && line.contains(&account);
    assert!(stderr.lines().any(warned), "{stderr}");
    let last = stderr.lines().last().expect("a line");
    assert!(last.starts_with("error: the database: "), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_notary_services_are_asked() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    migrated(&stage, table).await;
    stage.write(table, &[(1, 2)]).await;
    let folder = configured(
        &stage,
        table,
        "[key]\nmnemonic = { file = \"words\" }\n\
         [notary]\nkeys = [{ file = \"stranger\" }]\nendpoints = [\"http://127.0.0.1:1/notary\"]",
    );
    let words = arguments(folder.path());
    let mut child = smartsync(&words.each_ref().map(String::as_str))
        .spawn()
        .expect("it starts");
    let mut log = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let mut skipped = false;
    let failed = loop {
        let line = log.next_line().await.expect("read").expect("a line");
        assert!(!line.contains("/notary"), "the path may be secret: {line}");
        skipped |= line.contains("skipped: ") && line.contains("http://127.0.0.1:1:");
        if line.contains("wants 1 signatures") {
            break line;
        }
    };
    assert!(skipped, "{failed}");
    child.kill().await.expect("it ends");
}
