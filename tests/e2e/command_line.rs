//! Bad input to any command: one clear line, an exit code that is not 0, and nothing half done.

use smartsync_tests::{Chain, PRIVATE_KEYS, SelfReader, Stage, smartsync};

/// One line on stderr that says `clue`, nothing on stdout, an exit code that is not 0.
async fn refused(arguments: &[&str], clue: &str) {
    let output = smartsync(arguments).await;
    assert!(
        output.code.is_some_and(|code| code != 0),
        "{arguments:?}: {output:?}"
    );
    assert_eq!(output.stdout, "", "{arguments:?}");
    let lines: Vec<&str> = output.stderr.trim_end().lines().collect();
    assert_eq!(lines.len(), 1, "{arguments:?}: {}", output.stderr);
    assert!(
        lines[0].to_lowercase().contains(&clue.to_lowercase()),
        "{arguments:?}: {} lacks {clue:?}",
        lines[0]
    );
    assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
}

/// An address at which nobody listens: its port was free a moment ago.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!(
        "http://{}",
        listener
            .local_addr()
            .expect("a bound listener has an address")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_with_bad_arguments_say_so_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.json");
    let missing = missing.to_str().unwrap();
    let nobody = nobody();
    let source = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    refused(&["frobnicate"], "frobnicate").await;
    refused(&["migrate", "0x1234"], "0x1234").await;
    refused(&["sync", source, "--block", "many"], "many").await;
    refused(&["devchain", "--kind", "solana"], "solana").await;
    refused(&["devchain", "--kind", "evm", "--port", "70000"], "70000").await;
    refused(
        &["proof", "build", "--pre", missing, "--post", missing],
        "missing.json",
    )
    .await;
    refused(
        &["proof", "verify", "--pre", missing, "--proof", missing],
        "missing.json",
    )
    .await;
    refused(
        &[
            "status",
            "--deployment",
            missing,
            "--source-rpc",
            &nobody,
            "--target-rpc",
            &nobody,
        ],
        "missing.json",
    )
    .await;
    refused(
        &[
            "migrate",
            source,
            "--source-rpc",
            "not a url",
            "--target-rpc",
            &nobody,
            "--private-key",
            PRIVATE_KEYS[0],
        ],
        "url",
    )
    .await;
    refused(
        &[
            "deploy",
            "--source-rpc",
            &nobody,
            "--target-rpc",
            &nobody,
            "--private-key",
            "0x12",
            "--deployment",
            missing,
        ],
        "key",
    )
    .await;
    refused(
        &[
            "deploy",
            "--source-rpc",
            &nobody,
            "--target-rpc",
            &nobody,
            "--private-key",
            PRIVATE_KEYS[0],
            "--deployment",
            missing,
        ],
        &nobody["http://".len()..],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mirrored_is_refused_before_anything_is_sent() {
    let stage = Stage::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let deployment = directory.path().join("deployment.json");
    let deployment = deployment.to_str().unwrap();
    let (source, target) = (stage.source.url().to_owned(), stage.target.url().to_owned());
    let connection = [
        "--source-rpc",
        &source,
        "--target-rpc",
        &target,
        "--private-key",
        PRIVATE_KEYS[0],
        "--deployment",
        deployment,
    ];
    let with = |arguments: &[&'static str]| [arguments, &connection].concat();
    let deployed = smartsync(with(&["deploy", "--json"])).await.json();
    assert!(deployed.is_object());
    let before = stage.target.block_number().await.unwrap();

    let eoa = Chain::account(1).to_string();
    let absent = "0x00000000000000000000000000000000000abcde";
    let plain = stage
        .on_source(&SelfReader::BYTECODE, [])
        .await
        .unwrap()
        .to_string();
    let refuse = async |arguments: &[&str], clue: &str| {
        refused(&[arguments, &connection].concat(), clue).await
    };
    refuse(&["migrate", &eoa], "code").await;
    refuse(&["migrate", absent], "code").await;
    refuse(&["migrate", &plain, "--block", "99999999"], "99999999").await;
    refuse(&["sync", &plain], "mirror").await;
    refuse(&["diff", &plain], "mirror").await;
    assert_eq!(
        stage.target.block_number().await.unwrap(),
        before,
        "nothing was sent"
    );
}
