//! No secret in any output: marked ones are given in every place that takes one, right and wrong, and all that is written is
//! searched for the marks.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use alloy::transports::http::reqwest;
use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri, header::AUTHORIZATION},
};
use futures::{StreamExt, stream};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::{
    command::smartsync,
    interposed::{Fate, Interposed},
    stage::{Stage, key},
    watched::migrated,
};

/// What every secret of these tests has in it: text, and digits where only those may be; `hush` in base64 begins
/// with `aHVzaC`.
const MARKS: [&str; 4] = ["hush", "5ec4e75ec4e7", "junk", "ahvzac"];
/// A private key.
const KEY: &str = "0x5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4";
/// One digit is missing.
const BROKEN_KEY: &str = "0x5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec";
const WORDS: &str = "test test test test test test test test test test test junk";
/// One is misspelt.
const BROKEN_WORDS: &str = "test test test test test test test test test test hushtest junk";
const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const NOBODY: &str = "http://127.0.0.1:1";

/// One run of the command: its arguments, and a variable of its environment.
#[derive(Clone, Debug)]
struct Run {
    arguments: Vec<String>,
    variable: Option<(String, String)>,
}

impl Run {
    fn of(line: &str) -> Self {
        Self {
            arguments: line.split_whitespace().map(str::to_owned).collect(),
            variable: None,
        }
    }

    fn with(mut self, option: &str, value: &str) -> Self {
        self.arguments.extend([option.to_owned(), value.to_owned()]);
        self
    }

    fn in_environment(mut self, variable: &str, value: &str) -> Self {
        self.variable = Some((variable.to_owned(), value.to_owned()));
        self
    }
}

/// What a run wrote of the marks, as text or as JSON, with everything logged that can be.
async fn told(run: Run) -> Vec<String> {
    let mut told = Vec::new();
    for format in ["text", "json"] {
        let arguments: Vec<&str> = run.arguments.iter().map(String::as_str).collect();
        let mut command = smartsync(&arguments);
        command
            .args(["-vv", "--log-format", format])
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        if let Some((name, value)) = &run.variable {
            command.env(name, value);
        }
        let output = command.output().await.expect("it runs");
        let text = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        if text.contains("panicked") || text.trim().is_empty() {
            told.push(format!("{run:?} says\n{text}"));
        }
        told.extend(marks(&text).map(|line| format!("{run:?} says\n{line}")));
    }
    told
}

/// The lines with a mark.
fn marks(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| {
            let line = line.to_lowercase();
            MARKS.iter().any(|mark| line.contains(mark))
        })
        .map(str::to_owned)
}

async fn none_tells(runs: Vec<Run>) {
    let told: Vec<String> = stream::iter(runs)
        .map(told)
        .buffer_unordered(4)
        .flat_map(stream::iter)
        .collect()
        .await;
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// A node that refuses, and repeats all that it was sent, as text and as JSON. Its address, without a scheme.
async fn talkative() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(|uri: Uri, headers: HeaderMap| async move {
        let access = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        // Only what it was sent.
        let words = match access.is_empty() {
            true => "",
            false => "hush-user, hush-password",
        };
        let said = format!("no access for {uri} with {access} ({words})");
        match uri.path().contains("json") {
            true => (
                StatusCode::OK,
                json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32_000, "message": said } })
                    .to_string(),
            ),
            false => (StatusCode::UNAUTHORIZED, said),
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}

/// Addresses with secrets in them: of a node that refuses, of one that is not there, and what is no address.
fn addresses(node: &str) -> Vec<String> {
    vec![
        format!("http://hush-user:hush-password@{node}/hush-path?key=hush-query"),
        format!("http://hush-user:hush-password@{node}/json/hush-path?hush-query"),
        format!("ws://hush-user:hush-password@{node}/hush-path?key=hush-query"),
        "https://hush-user:hush-password@node.invalid/hush-path".to_owned(),
        "htps://hush-user:hush-password@node.example/hush-path".to_owned(),
        "hush-user:hush-password@node.example/hush-path".to_owned(),
        "https://hush-user:hush-password@:hush/".to_owned(),
        format!("http://{node}/hush-path,hush.example/hush-path"),
        "hush".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_of_a_node_a_notary_or_a_database_is_shown() {
    let node = talkative().await;
    let mut runs = Vec::new();
    for address in addresses(&node) {
        for (option, variable, line) in [
            (
                "--source-rpc",
                "SMARTSYNC_SOURCE_RPC",
                format!("diff {CONTRACT} --target-rpc {NOBODY} --deployment Cargo.toml"),
            ),
            ("--source-rpc", "SMARTSYNC_SOURCE_RPC", "doctor".to_owned()),
            (
                "--target-rpc",
                "SMARTSYNC_TARGET_RPC",
                format!(
                    "deploy --source-chain-id 1 --private-key {}",
                    key(0).to_bytes()
                ),
            ),
            (
                "--target-rpc",
                "SMARTSYNC_TARGET_RPC",
                format!(
                    "notary sign-rotation --new-signer {CONTRACT} --new-threshold 1 --notary {CONTRACT} --signer-key {}",
                    key(0).to_bytes()
                ),
            ),
            (
                "--notary-endpoint",
                "SMARTSYNC_NOTARY_ENDPOINT",
                format!(
                    "sync {CONTRACT} --source-rpc {NOBODY} --target-rpc ftp:// --private-key 0x12"
                ),
            ),
        ] {
            runs.push(Run::of(&line).with(option, &address));
            runs.push(Run::of(&line).in_environment(variable, &address));
        }
    }
    // Help shows the environment, where that is not secret.
    for help in [
        "sync --help",
        "sync -h",
        "watch --help",
        "notary serve --help",
        "man",
    ] {
        for variable in [
            "SMARTSYNC_SOURCE_RPC",
            "SMARTSYNC_TARGET_RPC",
            "SMARTSYNC_NOTARY_ENDPOINT",
            "SMARTSYNC_COORDINATE",
            "SMARTSYNC_PRIVATE_KEY",
            "SMARTSYNC_MNEMONIC",
            "SMARTSYNC_NOTARY_KEY",
            "SMARTSYNC_SIGNER_KEY",
            "SMARTSYNC_SIGNER_MNEMONIC",
        ] {
            runs.push(Run::of(help).in_environment(variable, "hush"));
        }
    }
    none_tells(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_phrase_or_password_is_shown_wherever_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let words = file("words", &format!("{BROKEN_WORDS}\n"));
    let right_words = file("right-words", WORDS);
    let password = file("password", "hush-password\n");
    let keystore = file(
        "keystore",
        r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"5ec4e75ec4e75ec4e7","kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"p":1,"r":8,"salt":"5ec4e75ec4e7"},
        "mac":"5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4"},"version":3}"#,
    );
    let paying = format!("deploy --source-chain-id 1 --target-rpc {NOBODY} --deployment none");
    let signing = format!(
        "notary sign-rotation --new-signer {CONTRACT} --new-threshold 1 --notary {CONTRACT} --target-rpc ftp://x"
    );
    let mut runs = Vec::new();
    for (line, prefix, variable) in [
        (paying.replace(NOBODY, "ftp://x"), "--", "SMARTSYNC_"),
        (signing, "--signer-", "SMARTSYNC_SIGNER_"),
    ] {
        let key = match prefix {
            "--" => (
                "--private-key".to_owned(),
                "SMARTSYNC_PRIVATE_KEY".to_owned(),
            ),
            _ => ("--signer-key".to_owned(), "SMARTSYNC_SIGNER_KEY".to_owned()),
        };
        let option = |name: &str| {
            let variable = format!("{variable}{}", name.to_uppercase().replace('-', "_"));
            (format!("{prefix}{name}"), variable)
        };
        for ((option, variable), value) in [
            (key.clone(), KEY),
            (key.clone(), BROKEN_KEY),
            (key, "hush"),
            (option("mnemonic"), WORDS),
            (option("mnemonic"), BROKEN_WORDS),
            (option("mnemonic"), "hush"),
            (option("mnemonic-file"), &right_words),
            (option("mnemonic-file"), &words),
            (option("mnemonic-file"), &keystore),
            // The secret itself, where its file should be given.
            (option("mnemonic-file"), WORDS),
            (option("mnemonic-file"), "hush/hush"),
        ] {
            runs.push(Run::of(&line).with(&option, value));
            runs.push(Run::of(&line).in_environment(&variable, value));
        }
        let keystore_option = format!("{prefix}keystore");
        let password_option = format!("{prefix}password-file");
        for (keystore, password) in [
            (keystore.as_str(), password.as_str()),
            (&keystore, "hush-password"),
            (&password, &keystore),
            (KEY, &password),
            (&words, &password),
        ] {
            runs.push(
                Run::of(&line)
                    .with(&keystore_option, keystore)
                    .with(&password_option, password),
            );
        }
    }
    for key in [KEY, BROKEN_KEY, "hush,hush"] {
        let line = format!(
            "sync {CONTRACT} --source-rpc {NOBODY} --target-rpc {NOBODY} --private-key {} --deployment none",
            crate::stage::key(0).to_bytes()
        );
        runs.push(Run::of(&line).with("--notary-key", key));
        runs.push(Run::of(&line).in_environment("SMARTSYNC_NOTARY_KEY", key));
    }
    for address in [
        "postgres://hush:hush@127.0.0.1:1/hush",
        "postgres://hush:hush@127.0.0.1:hush/hush",
        "host=127.0.0.1 password=hush hush",
        "postgres://hush:hush@127.0.0.1/hush?hush=hush",
        "hush",
    ] {
        let line = format!(
            "sync {CONTRACT} --source-rpc {NOBODY} --target-rpc {NOBODY} --private-key {} --deployment none",
            crate::stage::key(0).to_bytes()
        );
        runs.push(Run::of(&line).with("--coordinate", address));
        runs.push(Run::of(&line).in_environment("SMARTSYNC_COORDINATE", address));
    }
    // Command lines that are wrong.
    for line in [
        format!("sync --mnemonic {BROKEN_WORDS}"),
        format!("sync {KEY}"),
        format!("sync {CONTRACT} {KEY}"),
        format!("sync {CONTRACT} --privat-key={KEY}"),
        format!("sync {CONTRACT} --private-key {KEY} hush"),
        format!("--private-key {KEY} sync"),
        format!("sync {CONTRACT} --private-key {KEY} --private-key {KEY}"),
        "sync https://hush:hush@127.0.0.1/hush".to_owned(),
        format!("sync {CONTRACT} --source-rpc http://a hush"),
    ] {
        runs.push(Run::of(&line));
    }
    none_tells(runs).await;
}

/// Checks a configuration with marks in it.
fn configured(folder: &Path, index: usize, text: &str) -> Run {
    let path = folder.join(format!("{index}.toml"));
    std::fs::write(&path, text).expect("written");
    Run::of("config check").with("--json", path.to_str().expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_configuration_file_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("key", KEY),
        ("broken-key", BROKEN_KEY),
        ("words", WORDS),
        ("broken-words", BROKEN_WORDS),
        ("url", "https://hush:hush@node.example/hush?hush=hush"),
        ("broken-url", "htps://hush:hush@node.example/hush"),
        ("database", "postgres://hush:hush@127.0.0.1:hush/hush"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    let base = |extra: &str| format!("{extra}\n[[mirror]]\naddress = \"{CONTRACT}\"\n",);
    let nodes = "[source]\nrpc = \"http://127.0.0.1:1\"\n[target]\nrpc = \"http://127.0.0.1:1\"\n";
    let with = |section: String| base(&format!("{nodes}{section}"));
    let mut texts = Vec::new();
    for key in [
        format!("private_key = \"{KEY}\""),
        "private_key = { file = \"key\" }".to_owned(),
        "private_key = { file = \"broken-key\" }".to_owned(),
        format!("private_key = {{ env = \"{KEY}\" }}"),
        format!("private_key = {{ file = \"{KEY}\" }}"),
        format!("private_key = {{ {KEY} = \"{KEY}\" "),
        format!("private_key = [\"{KEY}\"]"),
        format!("mnemonic = \"{WORDS}\""),
        "mnemonic = { file = \"words\" }".to_owned(),
        "mnemonic = { file = \"broken-words\" }".to_owned(),
        format!("mnemonic = {{ env = \"{WORDS}\" }}"),
        format!("mnemonic = \"{WORDS}"),
        "keystore = \"hush\"\npassword_file = \"hush\"".to_owned(),
        "keystore = \"words\"\npassword_file = \"words\"".to_owned(),
        format!("privat_key = \"{KEY}\""),
    ] {
        texts.push(with(format!("[key]\n{key}\n")));
    }
    for (section, key) in [
        ("source", "rpc"),
        ("target", "rpc"),
        ("notary", "endpoints"),
        ("notary", "keys"),
        ("coordination", "database"),
    ] {
        for value in [
            "\"https://hush:hush@node.example/hush\"",
            "{ file = \"url\" }",
            "{ file = \"broken-url\" }",
            "{ file = \"database\" }",
            "{ env = \"hush\" }",
            "[\"hush\", { file = \"hush\" }]",
            "\"hush",
        ] {
            let text = with(format!("[{section}]\n{key} = {value}\n"));
            // A table stands once only.
            texts.push(match section {
                "source" | "target" => text.replacen(
                    &format!("[{section}]\nrpc = \"http://127.0.0.1:1\"\n"),
                    "",
                    1,
                ),
                _ => text,
            });
        }
    }
    // Where a table should be.
    for key in [
        "key",
        "source",
        "target",
        "notary",
        "coordination",
        "mirror",
        "push",
    ] {
        texts.push(base(&format!("{key} = \"hush\"")));
    }
    let runs = texts
        .iter()
        .enumerate()
        .map(|(index, text)| configured(folder.path(), index, text))
        .collect();
    none_tells(runs).await;
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
    // A node that works at first, and then repeats its address in everything.
    let fails = Arc::new(AtomicBool::new(false));
    let failing = fails.clone();
    let node = Interposed::deciding(stage.chains[0].url(), move |_method, _params| {
        match failing.load(Ordering::Relaxed) {
            true => Fate::Answer(json!({ "error": {
                "code": -32_000,
                "message": "hush-user:hush-password is over its limit at /hush-path?key=hush-query\u{1b}[2J",
            }})),
            false => Fate::Forward,
        }
    })
    .await;
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
    let mut base = None;
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
    base.replace(url);
    let base = base.expect("a URL");
    for page in ["", "api/status", "metrics", "healthz", "readyz"] {
        let body = reqwest::get(format!("{base}{page}"))
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        assert!(!body.is_empty());
        assert_eq!(marks(&body).collect::<Vec<_>>(), [""; 0], "{page}");
    }
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
