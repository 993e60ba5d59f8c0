//! What a relayer makes of services' answers and of files.

use std::time::Duration;

use alloy::{signers::SignerSync, transports::http::reqwest::Url};
use alloy_primitives::{B256, Bytes};
use relayer::{MigrateOptions, migrate};
use smartsync_chain::RawHeader;
use smartsync_roots::{Notary, RootSourceError, SignatureFault, SignatureSources};

use super::{
    asking, honest, other_source,
    service::{serve, signed},
    two_of_three,
};
use crate::stage::{address, key};

/// An HTTP server that answers every request with the same bytes, or never.
async fn answering(body: Option<Vec<u8>>) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().fallback(move || {
        let body = body.clone();
        async move {
            match body {
                Some(body) => body,
                None => std::future::pending().await,
            }
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}").parse().expect("a URL")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_of_services_brings_a_mirror_up_past_those_that_lie_stall_and_fail() {
    let mut stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = |name: &str| folder.path().join(name);
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    let lying = other_source().await;

    let first = serve(&stage, 3, honest(&stage, 1), &journal("a")).await;
    let second = serve(&stage, 4, honest(&stage, 1), &journal("b")).await;
    // Its key is a signer's, its node is wrong.
    let misled = serve(
        &stage,
        5,
        lying.url().as_str().try_into().expect("a node"),
        &journal("c"),
    )
    .await;
    // Its node is right, its key is nobody's.
    let stranger = serve(&stage, 6, honest(&stage, 1), &journal("d")).await;
    // Says that it is a signer, with a signature of another message.
    let mut forged = signed(first.url.as_str(), block).await;
    forged.signer = key(4).address();
    forged.signature = Bytes::from(
        key(4)
            .sign_hash_sync(&B256::repeat_byte(1))
            .expect("signed")
            .as_bytes(),
    );
    let forger = answering(Some(serde_json::to_vec(&forged).expect("JSON"))).await;
    let babbler = answering(Some(b"<html>".to_vec())).await;
    let flood = answering(Some(vec![b' '; 1 << 20])).await;
    let staller = answering(None).await;
    let nobody: Url = "http://127.0.0.1:1".parse().expect("a URL");

    let bad = [
        misled.url.clone(),
        stranger.url.clone(),
        forger,
        babbler,
        flood,
        staller,
        nobody,
    ];
    let mut sources = SignatureSources {
        endpoints: bad
            .iter()
            .chain([&first.url])
            .map(|url| address(url.as_str()))
            .collect(),
        timeout: Some(Duration::from_secs(3)),
        ..SignatureSources::default()
    };
    let header = RawHeader::fetch(stage.source.chain(), block)
        .await
        .expect("a header");
    let notary = Notary {
        address: stage.relayer.root_source.address(),
        sources: sources.clone(),
    };
    let error = notary
        .submission(stage.source.chain(), stage.relayer.target(), &header)
        .await
        .expect_err("one good signature is too few");
    let smartsync_roots::Error::RootSource(RootSourceError::TooFewSignatures {
        got, problems, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((got, problems.len()), (1, bad.len()));
    let fault = |url: &Url| {
        &problems
            .iter()
            .find(|problem| problem.origin.to_string() == address(url.as_str()).name())
            .unwrap_or_else(|| panic!("{url} is not named"))
            .fault
    };
    let [
        misled_url,
        stranger_url,
        forger,
        babbler,
        flood,
        staller,
        nobody,
    ] = &bad;
    assert!(
        matches!(fault(misled_url), SignatureFault::OtherHeader { expected, .. } if *expected == header.header.hash)
    );
    assert!(
        matches!(fault(stranger_url), SignatureFault::NotASigner { recovered } if *recovered == key(6).address())
    );
    assert!(matches!(fault(forger), SignatureFault::NotASigner { .. }));
    assert!(matches!(fault(babbler), SignatureFault::Malformed(_)));
    assert!(matches!(fault(flood), SignatureFault::TooLong { .. }));
    assert!(matches!(
        fault(staller),
        SignatureFault::Slow { seconds: 3 }
    ));
    assert!(matches!(fault(nobody), SignatureFault::Unreachable(_)));

    // With the second honest one there are enough, and what stalls is not waited for.
    sources.endpoints.push(address(second.url.as_str()));
    sources.timeout = Some(Duration::from_secs(600));
    asking(&mut stage, sources);
    let options = MigrateOptions {
        block: Some(block),
        ..MigrateOptions::default()
    };
    let migrated = migrate(&stage.relayer, table, &options)
        .await
        .expect("migrated");
    let [on_source, on_target] = stage.roots(table, migrated.proxy).await;
    assert_eq!(on_source, on_target);
    for running in [first, second, misled, stranger] {
        running.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_in_files_are_used_and_bad_files_named() {
    let mut stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    let service = serve(&stage, 3, honest(&stage, 1), &folder.path().join("journal")).await;
    let [good, other, broken] = ["good", "other", "broken"].map(|name| folder.path().join(name));
    // An array, with a signature of another block beside it.
    let answers = [
        signed(service.url.as_str(), block).await,
        signed(service.url.as_str(), block - 1).await,
    ];
    std::fs::write(&good, serde_json::to_vec(&answers).expect("JSON")).expect("written");
    let mut epoch = answers[0].clone();
    epoch.epoch += 1;
    std::fs::write(&other, serde_json::to_vec(&epoch).expect("JSON")).expect("written");
    std::fs::write(&broken, "{}").expect("written");
    service.end().await;

    let files = vec![
        other.clone(),
        broken.clone(),
        folder.path().join("none"),
        good,
    ];
    let with_keys = |keys| SignatureSources {
        keys,
        files: files.clone(),
        ..SignatureSources::default()
    };
    let header = RawHeader::fetch(stage.source.chain(), block)
        .await
        .expect("a header");
    let notary = Notary {
        address: stage.relayer.root_source.address(),
        sources: with_keys(Vec::new()),
    };
    let error = notary
        .submission(stage.source.chain(), stage.relayer.target(), &header)
        .await
        .expect_err("one signature is too few");
    let smartsync_roots::Error::RootSource(RootSourceError::TooFewSignatures {
        got, problems, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((got, problems.len()), (1, 3));
    assert!(matches!(
        problems[0].fault,
        SignatureFault::OtherMessage { field: "epoch", .. }
    ));
    assert!(matches!(problems[1].fault, SignatureFault::Malformed(_)));
    assert!(matches!(problems[2].fault, SignatureFault::File(_)));

    // The same signer's key adds nothing; another one's does.
    asking(&mut stage, with_keys(vec![key(3).into()]));
    let options = MigrateOptions {
        block: Some(block),
        ..MigrateOptions::default()
    };
    migrate(&stage.relayer, table, &options)
        .await
        .expect_err("one signer twice");
    asking(&mut stage, with_keys(vec![key(5).into()]));
    migrate(&stage.relayer, table, &options)
        .await
        .expect("migrated");
}
