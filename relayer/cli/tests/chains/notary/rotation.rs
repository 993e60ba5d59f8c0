//! Another set of signers.

use std::{path::PathBuf, process::Command};

use alloy_primitives::Address;
use relayer::{MigrateOptions, migrate, sync};
use smartsync_roots::{RootSourceError, SignatureSources, SignerSet, rotate, sign_rotation};

use super::{asking, honest, service::serve, two_of_three};
use crate::stage::{address, key};

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_hands_the_notary_over_and_the_old_signatures_end_with_the_epoch() {
    let mut stage = two_of_three().await;
    let folder = tempfile::tempdir().expect("a folder");
    let notary = stage.relayer.root_source.address();
    let table = stage.slot_table().await;
    stage.write(table, &[(1, 1)]).await;
    let source = stage.source.chain().clone();
    let before = source.head().await.expect("a head");
    let service = serve(&stage, 6, honest(&stage, 1), &folder.path().join("new")).await;

    let set = SignerSet::new(vec![key(6).address()], 1).expect("a set");
    assert!(SignerSet::new(vec![key(6).address()], 2).is_err());
    assert!(SignerSet::new(vec![Address::ZERO], 1).is_err());
    let target = stage.relayer.target().clone();
    let origin = |name: &str| smartsync_roots::Origin::File(PathBuf::from(name));
    let mut signed_rotations = Vec::new();
    for index in [3, 4] {
        let signed = sign_rotation(&target, notary, &set, &key(index).into())
            .await
            .expect("signed");
        signed_rotations.push((origin(&index.to_string()), signed));
    }
    sign_rotation(&target, notary, &set, &key(6).into())
        .await
        .expect_err("not a signer yet");
    let once = vec![signed_rotations[0].clone(), signed_rotations[0].clone()];
    let error = rotate(&stage.relayer.submitter, notary, &set, once)
        .await
        .expect_err("one signer twice");
    assert!(
        matches!(
            error,
            smartsync_roots::Error::RootSource(RootSourceError::TooFewForRotation { got: 1, .. })
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
            endpoints: vec![address(service.url.as_str())],
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
            .args(["--target-rpc", &target.name()])
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
