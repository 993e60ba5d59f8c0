//! JavaScript clients (viem, ethers and Hardhat's network helpers, from npm, unmodified) on the dev chain. What they do and expect is in the scripts.

use std::path::PathBuf;

use devchain::{Config, DevChain, Kind};
use tokio::process::Command;

/// Runs a script with the client of its name; what it says has worked.
async fn run(client: &str, kind: Kind) -> Vec<String> {
    let chain = DevChain::spawn(Config::new(kind)).await.unwrap();
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .arg(tests.join(format!("npm/{client}.mjs")))
        .args([chain.url(), chain.ws_url()])
        .arg(tests.join("fixtures/artifacts"))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{kind:?}, after {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    chain.stop().await;
    said.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn viem_works_on_a_stylus_chain() {
    let worked = run("viem", Kind::Stylus).await;
    assert_eq!(worked.len(), 13, "{worked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ethers_works_on_a_stylus_chain() {
    let worked = run("ethers", Kind::Stylus).await;
    assert_eq!(worked.len(), 9, "{worked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ethers_works_on_a_plain_chain() {
    let worked = run("ethers", Kind::Evm).await;
    assert_eq!(worked.len(), 9, "{worked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hardhat_s_network_helpers_work_on_both_kinds_of_chain() {
    for kind in [Kind::Evm, Kind::Stylus] {
        let worked = run("hardhat", kind).await;
        assert_eq!(worked.len(), 8, "{worked:#?}");
    }
}
