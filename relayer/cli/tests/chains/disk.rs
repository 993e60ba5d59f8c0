//! Disks that are full.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use tokio::process::Command;

use crate::{
    command::smartsync,
    stage::{Stage, key},
    watched::migrated,
};

/// The binary with the nodes and contracts of a stage.
fn on(stage: &Stage, deployment: &Path, arguments: &[&str]) -> Command {
    let mut command = smartsync(arguments);
    command
        .arg("--deployment")
        .arg(deployment)
        .env("SMARTSYNC_SOURCE_RPC", stage.chains[0].url())
        .env("SMARTSYNC_TARGET_RPC", stage.chains[1].url())
        .env("SMARTSYNC_PRIVATE_KEY", key(0).to_bytes().to_string());
    command
}

/// The same, where no file may grow: a write fails, as on a full disk. The signal that comes with it is not one of a full
/// disk, and is ignored.
fn without_space(command: &Command) -> Command {
    let command = command.as_std();
    let mut limited = Command::new("bash");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "bash"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_file_that_cannot_be_written_is_named_and_stays_as_it_was() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deployment.json");
    stage.deployment.store(&path).expect("stored");
    let before = std::fs::read(&path).expect("read");
    // Another signer is another notary, and another registry.
    let signer = key(5).address().to_string();
    let deploy = on(&stage, &path, &["deploy", "--signer", &signer]);
    let output = without_space(&deploy).output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let expected = format!("error: {}: File too large", path.display());
    assert!(said.contains(&expected), "{said}");
    assert_eq!(std::fs::read(&path).expect("read"), before);
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "no draft is left");

    // With space it goes through, and keeps what stands.
    let mut deploy = on(&stage, &path, &["deploy", "--signer", &signer, "--json"]);
    let output = deploy.output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let deployed = report["deployed"].to_string();
    assert!(
        deployed.contains("registry") && !deployed.contains("proxy"),
        "{deployed}"
    );
    assert_ne!(std::fs::read(&path).expect("read"), before);
}

fn full() -> File {
    File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device that is always full")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_whose_log_cannot_be_written_goes_on() {
    let stage = Stage::start().await;
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let proxy = migrated(&stage, table).await.proxy;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deployment.json");
    stage.deployment.store(&path).expect("stored");
    let address = table.to_string();
    let mut child = on(&stage, &path, &["watch", &address, "--every", "1", "-v"])
        .stdout(Stdio::null())
        .stderr(full())
        .spawn()
        .expect("it starts");
    for value in 2..4 {
        stage.write(table, &[(1, value)]).await;
        let equal = tokio::time::timeout(Duration::from_secs(120), stage.equal(table, proxy));
        tokio::select! {
            ended = child.wait() => panic!("{ended:?}"),
            synced = equal => synced.expect("synced"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_written_is_an_error_that_says_so() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deployment.json");
    stage.deployment.store(&path).expect("stored");
    let child = on(&stage, &path, &["status", "--json"])
        .stdout(full())
        .spawn()
        .expect("it starts");
    let output = child.wait_with_output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("error: writing the result: No space left"),
        "{said}"
    );
    // With nowhere to say it, the code says it.
    let status = on(&stage, &path, &["status", "--json"])
        .stdout(full())
        .stderr(full())
        .status()
        .await
        .expect("it runs");
    assert_eq!(status.code(), Some(1));
}
