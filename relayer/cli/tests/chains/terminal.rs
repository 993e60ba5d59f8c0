//! Progress is drawn where somebody looks, and nowhere else.

use alloy_primitives::Address;

use crate::{
    command::{output, program},
    stage::{Stage, key},
};

/// Slots of a contract that is written in several parts.
const SLOTS: u64 = 1_600;

async fn large_table(stage: &Stage) -> Address {
    let table = stage.slot_table().await;
    let pairs: Vec<(u64, u64)> = (0..SLOTS).map(|slot| (slot, slot + 1)).collect();
    for pairs in pairs.chunks(400) {
        stage.write(table, pairs).await;
    }
    table
}

/// Output of a command on a terminal of its own, by util-linux's `script`: stdout and stderr together.
async fn on_terminal(arguments: &[&str]) -> String {
    let mut words = vec![env!("CARGO_BIN_EXE_smartsync")];
    words.extend(arguments);
    let script = [
        "--quiet",
        "--return",
        "--command",
        &words.join(" "),
        "/dev/null",
    ];
    let output = program("script", &script)
        .env("TERM", "xterm")
        .output()
        .await
        .expect("script runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_migration_and_a_proof_show_their_progress_on_a_terminal_only() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let deployment = folder.path().join("deployment.json");
    stage.deployment.store(&deployment).expect("written");
    let private_key = key(0).to_bytes().to_string();
    let [source, target] = [stage.chains[0].url(), stage.chains[1].url()];
    let connection = [
        "--source-rpc",
        &source,
        "--target-rpc",
        &target,
        "--private-key",
        &private_key,
        "--deployment",
        deployment.to_str().expect("text"),
    ];
    let migrate = async |table: Address, terminal: bool, json: bool| {
        let table = table.to_string();
        let mut arguments = vec!["migrate", &table];
        arguments.extend(connection);
        if json {
            arguments.push("--json");
        }
        match terminal {
            true => on_terminal(&arguments).await,
            false => {
                let (code, stdout, stderr) = output(&arguments).await;
                assert_eq!((code, stderr.as_str()), (Some(0), ""), "nothing is drawn");
                stdout
            }
        }
    };
    // How many of its frames are drawn depends on the time it takes.
    let shown = migrate(large_table(&stage).await, true, false).await;
    assert!(
        shown.contains("writing parts [") && shown.contains(" of 1,600"),
        "{shown}"
    );
    assert!(shown.contains("is mirrored"), "{shown}");
    let piped = migrate(large_table(&stage).await, false, false).await;
    assert!(piped.contains("is mirrored"), "{piped}");
    assert!(!piped.contains("writing parts"), "{piped}");
    // One JSON object is for a program, even on a terminal.
    let json = migrate(large_table(&stage).await, true, true).await;
    assert!(
        json.trim().starts_with('{') && json.trim().ends_with('}'),
        "{json}"
    );

    // A proof between two states in files.
    let [before, after] = ["before.csv", "after.csv"].map(|name| folder.path().join(name));
    let state = |add: u64| {
        (0..20_000_u64)
            .map(|slot| format!("{slot},{}\n", slot + add))
            .collect::<String>()
    };
    std::fs::write(&before, state(1)).expect("written");
    std::fs::write(&after, state(1).replace("\n77,78\n", "\n77,5\n")).expect("written");
    let build = [
        "proof",
        "build",
        "--pre",
        before.to_str().expect("text"),
        "--post",
        after.to_str().expect("text"),
    ];
    let shown = on_terminal(&build).await;
    assert!(shown.contains("building the multi-proof ["), "{shown}");
    assert!(shown.contains("multi-proof of 1 changes"), "{shown}");
    let (code, stdout, stderr) = output(&build).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("multi-proof of 1 changes"), "{stdout}");
}
