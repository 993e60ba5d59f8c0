//! The notary's signer as a service: what it signs, what it never signs, and what a relayer makes of its answers.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use alloy::{
    signers::SignerSync,
    transports::http::reqwest::{self, Url},
};
use alloy_primitives::{Address, B256, Bytes};
use relayer::{
    Chain, Finality, MigrateOptions, Notary, RawHeader, RootSource, RootSourceError,
    RootSourceKind, Side, SignatureFault, SignatureSources, SignedHeader, SignerSet, header_digest,
    migrate,
    notary_service::{
        Journal, JournalError, NotaryServiceConfig, Owner, SourceNodes, serve_notary,
    },
    rotate, sign_rotation, sync,
};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::stage::{Stage, connect, key};

/// A service in this process.
struct Running {
    url: Url,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), relayer::Error>>,
}

impl Running {
    async fn end(mut self) {
        drop(self.stop.take());
        self.task.await.expect("no panic").expect("ended well");
    }
}

/// Serves the signer with the key of a dev account, over nodes of which `quorum` must agree.
async fn serve(
    stage: &Stage,
    signer: usize,
    nodes: Vec<Chain>,
    quorum: Option<usize>,
    journal: &Path,
) -> Running {
    let config = NotaryServiceConfig {
        nodes: SourceNodes::new(nodes, quorum, Finality::Latest).expect("a quorum"),
        target: stage.relayer.target().clone(),
        notary: stage.relayer.root_source.address(),
        signer: Box::new(key(signer)),
        journal: journal.to_owned(),
        create_journal: Some(0),
        window: 1_000,
        every: None,
        poll: Duration::from_secs(1),
        listen: "127.0.0.1:0".parse().expect("an address"),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel();
    let task = tokio::spawn(serve_notary(
        config,
        async {
            stopped.await.unwrap_or_default();
        },
        move |address| {
            tell.send(address).expect("the test waits");
            Ok(())
        },
    ));
    let address = told.await.expect("it listens");
    Running {
        url: format!("http://{address}").parse().expect("a URL"),
        stop: Some(stop),
        task,
    }
}

async fn get(url: &str, path: &str) -> (u16, serde_json::Value) {
    let response = reqwest::get(format!("{}/{path}", url.trim_end_matches('/')))
        .await
        .expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn refused(url: &str, block: u64) -> (u16, String) {
    let (status, body) = get(url, &format!("v1/signatures/{block}")).await;
    assert!(body.get("signature").is_none(), "{body}");
    let name = body["error"].as_str().unwrap_or_else(|| panic!("{body}"));
    (status, name.to_owned())
}

async fn signed(url: &str, block: u64) -> SignedHeader {
    let (status, body) = get(url, &format!("v1/signatures/{block}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).expect("a signed header")
}

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

/// A stage whose notary wants 2 of the accounts 3, 4 and 5.
async fn two_of_three() -> Stage {
    let signers = [3, 4, 5].map(|index| key(index).address());
    Stage::start_with(|options| {
        options.signers = signers.to_vec();
        options.threshold = 2;
    })
    .await
}

fn asking(stage: &mut Stage, sources: SignatureSources) {
    stage.relayer.root_source = RootSource::new(
        RootSourceKind::Notary,
        stage.relayer.root_source.address(),
        sources,
    );
}

/// Another chain with the chain id of the source: a node that lies has such headers.
async fn other_source() -> (devchain::DevChain, Chain) {
    let config = devchain::Config::new(devchain::Kind::Evm);
    let chain = devchain::DevChain::spawn(config).await.expect("a chain");
    let connected = connect(Side::Source, &chain).await;
    for _ in 0..20 {
        // One at a time, so that its headers have other times than the source's.
        let _mined: serde_json::Value = connected.request("evm_mine", ()).await.expect("mined");
    }
    (chain, connected)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_of_services_brings_a_mirror_up_past_those_that_lie_stall_and_fail() {
    let mut stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = |name: &str| folder.path().join(name);
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1), (2, 2)]).await;
    let block = stage.source.chain().head().await.expect("a head");
    let honest = stage.source.chain().clone();
    let (_chain, lying) = other_source().await;

    let first = serve(&stage, 3, vec![honest.clone()], None, &journal("a")).await;
    let second = serve(&stage, 4, vec![honest.clone()], None, &journal("b")).await;
    // Its key is a signer's, its node is wrong.
    let misled = serve(&stage, 5, vec![lying], None, &journal("c")).await;
    // Its node is right, its key is nobody's.
    let stranger = serve(&stage, 6, vec![honest], None, &journal("d")).await;
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
        endpoints: bad.iter().cloned().chain([first.url.clone()]).collect(),
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
    let relayer::Error::RootSource(RootSourceError::TooFewSignatures { got, problems, .. }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((got, problems.len()), (1, bad.len()));
    let fault = |url: &Url| {
        &problems
            .iter()
            .find(|problem| problem.origin.to_string() == url.as_str())
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
    sources.endpoints.push(second.url.clone());
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
    let service = serve(
        &stage,
        3,
        vec![stage.source.chain().clone()],
        None,
        &folder.path().join("journal"),
    )
    .await;
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
    let relayer::Error::RootSource(RootSourceError::TooFewSignatures { got, problems, .. }) = error
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
    asking(&mut stage, with_keys(vec![key(3)]));
    let options = MigrateOptions {
        block: Some(block),
        ..MigrateOptions::default()
    };
    migrate(&stage.relayer, table, &options)
        .await
        .expect_err("one signer twice");
    asking(&mut stage, with_keys(vec![key(5)]));
    migrate(&stage.relayer, table, &options)
        .await
        .expect("migrated");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_disagree_get_no_signature_and_a_majority_that_agrees_does() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let block = {
        let table = stage.slot_table().await;
        stage.write(table, &[(1, 1)]).await;
        stage.source.chain().head().await.expect("a head")
    };
    let honest = stage.source.chain().clone();
    let (_chain, lying) = other_source().await;

    let journal = folder.path().join("journal");
    let nodes = vec![honest.clone(), lying.clone()];
    let service = serve(&stage, 0, nodes, None, &journal).await;
    assert_eq!(
        refused(service.url.as_str(), block).await,
        (503, "NodesDisagree".to_owned())
    );
    // Final on the lying one alone.
    assert_eq!(
        refused(service.url.as_str(), block + 10).await,
        (404, "NotFinal".to_owned())
    );
    service.end().await;
    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: honest.chain_id(),
    };
    assert!(
        Journal::open(&journal, owner)
            .expect("a journal")
            .is_empty()
    );

    let nodes = vec![lying, honest.clone(), honest.clone()];
    let service = serve(&stage, 0, nodes, Some(2), &journal).await;
    let answer = signed(service.url.as_str(), block).await;
    let header = RawHeader::fetch(&honest, block).await.expect("a header");
    assert_eq!(answer.block_hash, header.header.hash);
    assert_eq!(answer.header, header.rlp);
    let (status, latest) = get(service.url.as_str(), "v1/latest").await;
    assert_eq!(
        (
            status,
            &latest["finalBlock"],
            &latest["signedBlock"],
            &latest["isSigner"]
        ),
        (200, &block.into(), &block.into(), &true.into())
    );
    // The digest is the contract's own.
    let digest = stage
        .relayer
        .target()
        .view(
            answer.domain.verifying_contract,
            &smartsync_abi::INotary::headerDigestCall {
                blockHash: answer.block_hash,
            },
        )
        .await
        .expect("a digest");
    assert_eq!(
        digest,
        header_digest(
            answer.domain.chain_id,
            answer.domain.verifying_contract,
            alloy_primitives::U256::from(answer.source_chain_id),
            answer.block_hash,
            answer.epoch,
        )
    );
    let (status, body) = get(service.url.as_str(), "v1/signatures/0x7").await;
    assert_eq!((status, &body["error"]), (400, &"NotABlockNumber".into()));
    let (status, body) = get(service.url.as_str(), "v2").await;
    assert_eq!((status, &body["error"]), (404, &"NotFound".into()));
    assert_eq!(get(service.url.as_str(), "healthz").await.0, 200);
    let metrics = reqwest::get(format!("{}metrics", service.url))
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(
        metrics.contains("\nsmartsync_notary_signatures_total 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains(&format!("\nsmartsync_notary_signed_block {block}\n")),
        "{metrics}"
    );
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_back_on_a_signed_block_gets_no_second_signature() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let source = stage.source.chain().clone();
    let table = stage.slot_table().await;
    let snapshot: serde_json::Value = source.request("evm_snapshot", ()).await.expect("kept");
    stage.write(table, &[(1, 1)]).await;
    let block = source.head().await.expect("a head");

    let service = serve(&stage, 0, vec![source.clone()], None, &journal).await;
    let before = signed(service.url.as_str(), block).await;
    // A second one finds the journal locked.
    let second = Journal::open(
        &journal,
        Owner {
            signer: key(0).address(),
            source_chain_id: source.chain_id(),
        },
    );
    assert!(matches!(second, Err(JournalError::InUse(_))));

    let reverted: bool = source
        .request("evm_revert", (snapshot,))
        .await
        .expect("went back");
    assert!(reverted);
    stage.write(table, &[(1, 2)]).await;
    stage.write(table, &[(1, 3)]).await;
    let other = RawHeader::fetch(&source, block).await.expect("a header");
    assert_ne!(other.header.hash, before.block_hash);
    let conflict = (409, "OtherHeaderSigned".to_owned());
    assert_eq!(refused(service.url.as_str(), block).await, conflict);
    // The next block's parent is the one that was not signed.
    assert_eq!(
        refused(service.url.as_str(), block + 1).await,
        (409, "OtherBranchSigned".to_owned())
    );
    service.end().await;
    // Nor after a restart.
    let service = serve(&stage, 0, vec![source], None, &journal).await;
    assert_eq!(refused(service.url.as_str(), block).await, conflict);
    service.end().await;
}

/// The `smartsync` binary as a service in a process of its own, killed at the end.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    /// `before` is shell text run in the process before it becomes the service.
    fn start(stage: &Stage, journal: &Path, before: &str) -> Self {
        let mut child = Command::new("bash")
            .arg("-c")
            .arg(format!("{before} exec \"$@\""))
            .arg("bash")
            .arg(env!("CARGO_BIN_EXE_smartsync"))
            .args([
                "notary",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--create-journal",
            ])
            .arg("--journal")
            .arg(journal)
            .args(["--source-rpc", stage.source.chain().url()])
            .args(["--target-rpc", stage.relayer.target().url()])
            .args(["--notary", &stage.relayer.root_source.address().to_string()])
            .env("SMARTSYNC_SIGNER_KEY", key(0).to_bytes().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("its stdout"))
            .read_line(&mut url)
            .expect("a line");
        assert!(url.starts_with("http://"), "{url:?}");
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }

    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_journal_and_answer_the_signer_still_knows_what_it_was_about_to_sign() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let source = stage.source.chain().clone();
    let table = stage.slot_table().await;
    let snapshot: serde_json::Value = source.request("evm_snapshot", ()).await.expect("kept");
    let first = source.head().await.expect("a head") + 1;
    let rounds = 8;
    for round in 0..rounds {
        stage.write(table, &[(1, round + 1)]).await;
    }
    let mut answered = Vec::new();
    let mut written = 0;
    for block in first..first + rounds {
        let mut process = Process::start(&stage, &journal, "");
        let length = || std::fs::metadata(&journal).expect("the journal").len();
        let before = length();
        let url = format!("{}/v1/signatures/{block}", process.url);
        let request = tokio::spawn(async move { reqwest::get(url).await?.bytes().await });
        // The instant the line is there, nothing else is waited for.
        let watching = tokio::task::spawn_blocking({
            let journal = journal.clone();
            move || {
                while std::fs::metadata(&journal).expect("the journal").len() == before {
                    std::thread::yield_now();
                }
            }
        });
        watching.await.expect("the line came");
        process.kill();
        written += 1;
        if let Ok(Ok(body)) = request.await
            && let Ok(signed) = serde_json::from_slice::<SignedHeader>(&body)
        {
            answered.push(signed);
        }
    }
    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: source.chain_id(),
    };
    let remembered = Journal::open(&journal, owner).expect("it reads");
    assert_eq!(remembered.len(), written);
    for signed in &answered {
        let header = relayer::RawHeader::fetch(&source, signed.block_number)
            .await
            .expect("a header");
        assert_eq!(remembered.check(&header.header), Ok(()));
    }
    drop(remembered);

    // The source goes back; not one of the heights gets another signature, answered or not.
    let _reverted: bool = source
        .request("evm_revert", (snapshot,))
        .await
        .expect("went back");
    for round in 0..rounds {
        stage.write(table, &[(1, 100 + round)]).await;
    }
    let process = Process::start(&stage, &journal, "");
    for block in first..first + rounds {
        assert_eq!(
            refused(&process.url, block).await,
            (409, "OtherHeaderSigned".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signature_leaves_when_the_journal_cannot_grow() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal");
    let table = stage.slot_table().await;
    let first = stage.source.chain().head().await.expect("a head") + 1;
    for round in 0..12 {
        stage.write(table, &[(1, round + 1)]).await;
    }
    // The kernel refuses to let a file of this process grow past 1 KiB: like a full disk, it takes a part of the line.
    let process = Process::start(&stage, &journal, "trap '' XFSZ; ulimit -f 1;");
    let mut given = Vec::new();
    let mut block = first;
    loop {
        let (status, body) = get(&process.url, &format!("v1/signatures/{block}")).await;
        if status != 200 {
            assert_eq!((status, &body["error"]), (503, &"JournalFailed".into()));
            assert!(body.get("signature").is_none());
            break;
        }
        given.push(block);
        block += 1;
    }
    assert!(!given.is_empty() && block < first + 12, "{given:?}");
    // It fails again for the same reason, and blocks that are in the journal are signed still.
    assert_eq!(refused(&process.url, block).await.0, 503);
    signed(&process.url, given[0]).await;
    drop(process);

    let owner = Owner {
        signer: key(0).address(),
        source_chain_id: stage.source.chain().chain_id(),
    };
    let kept = Journal::open(&journal, owner).expect("it reads");
    assert_eq!(
        (kept.len(), kept.highest()),
        (given.len(), given.last().copied())
    );
    drop(kept);
    // With room it goes on.
    let process = Process::start(&stage, &journal, "");
    signed(&process.url, block).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_hands_the_notary_over_and_the_old_signatures_end_with_the_epoch() {
    let mut stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let notary = stage.relayer.root_source.address();
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let source = stage.source.chain().clone();
    let before = source.head().await.expect("a head");
    let service = serve(
        &stage,
        6,
        vec![source.clone()],
        None,
        &folder.path().join("new"),
    )
    .await;

    let set = SignerSet::new(vec![key(6).address()], 1).expect("a set");
    assert!(SignerSet::new(vec![key(6).address()], 2).is_err());
    assert!(SignerSet::new(vec![Address::ZERO], 1).is_err());
    let target = stage.relayer.target().clone();
    let origin = |name: &str| relayer::Origin::File(PathBuf::from(name));
    let mut signed_rotations = Vec::new();
    for index in [3, 4] {
        let signed = sign_rotation(&target, notary, &set, &key(index))
            .await
            .expect("signed");
        signed_rotations.push((origin(&index.to_string()), signed));
    }
    sign_rotation(&target, notary, &set, &key(6))
        .await
        .expect_err("not a signer yet");
    let once = vec![signed_rotations[0].clone(), signed_rotations[0].clone()];
    let error = rotate(&stage.relayer.submitter, notary, &set, once)
        .await
        .expect_err("one signer twice");
    assert!(
        matches!(
            error,
            relayer::Error::RootSource(RootSourceError::TooFewForRotation { got: 1, .. })
        ),
        "{error}"
    );
    rotate(
        &stage.relayer.submitter,
        notary,
        &set,
        signed_rotations.clone(),
    )
    .await
    .expect("rotated");
    rotate(&stage.relayer.submitter, notary, &set, signed_rotations)
        .await
        .expect_err("the epoch is over");

    asking(&mut stage, vec![key(3), key(4)].into());
    let options = MigrateOptions {
        block: Some(before),
        ..MigrateOptions::default()
    };
    migrate(&stage.relayer, table, &options)
        .await
        .expect_err("the old signers sign for nothing");
    asking(
        &mut stage,
        SignatureSources {
            endpoints: vec![service.url.clone()],
            ..SignatureSources::default()
        },
    );
    migrate(&stage.relayer, table, &MigrateOptions::default())
        .await
        .expect("migrated");
    stage.write(table, &[(2, 2)]).await;
    let report = sync(&stage.relayer, table, &Default::default())
        .await
        .expect("synced");
    assert_eq!(report.changes, 1);
    service.end().await;

    // Back to account 3, by the command line: signed into a file, then sent by anyone.
    let command_line = |command: &str, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_smartsync"))
            .args(["notary", command, "--new-threshold", "1"])
            .args(["--new-signer", &key(3).address().to_string()])
            .args(["--notary", &notary.to_string()])
            .args(["--target-rpc", target.url()])
            .args(more)
            .env("SMARTSYNC_PRIVATE_KEY", key(8).to_bytes().to_string())
            .output()
            .expect("run");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), output.stdout, error)
    };
    let file = folder.path().join("rotation.json");
    let file_argument = file.to_str().expect("text");
    let phrase = folder.path().join("phrase");
    std::fs::write(
        &phrase,
        "test test test test test test test test test test test junk\n",
    )
    .expect("written");
    let phrase = phrase.to_str().expect("text");
    let mnemonic = ["--signer-mnemonic-file", phrase, "--signer-mnemonic-index"];
    let (success, _, error) = command_line("sign-rotation", &[&mnemonic[..], &["4"]].concat());
    assert!(
        !success && error.contains("none of the keys given is a signer"),
        "{error}"
    );
    let (success, rotation, error) =
        command_line("sign-rotation", &[&mnemonic[..], &["6"]].concat());
    assert!(success, "{error}");
    std::fs::write(&file, rotation).expect("written");
    let (success, _, error) = command_line("rotate", &[]);
    assert!(!success && error.contains("there are 0"), "{error}");
    let (success, _, error) = command_line("rotate", &["--rotation-file", file_argument]);
    assert!(success, "{error}");
    let signers = target
        .view(notary, &smartsync_abi::INotary::signersCall {})
        .await
        .expect("an answer");
    assert_eq!(signers, [key(3).address()]);
}
