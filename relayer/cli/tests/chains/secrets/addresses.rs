//! Addresses of nodes, notary services and databases.

use alloy::transports::http::reqwest::StatusCode;
use axum::{
    Router,
    http::{HeaderMap, Uri, header::AUTHORIZATION},
};
use serde_json::json;

use super::{CONTRACT, NOBODY, Run, none_tells};
use crate::stage::key;

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
