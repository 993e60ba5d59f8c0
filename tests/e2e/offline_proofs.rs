//! `smartsync proof`: multi-proofs between states in files, against another trie implementation.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use alloy_primitives::{Bytes, U256};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use smartsync_tests::{close_slots, smartsync, storage_root};

type State = BTreeMap<U256, U256>;

fn write(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).expect("a temporary file is writable");
    path
}

fn as_json(state: &State) -> String {
    let object: serde_json::Map<String, Value> = state
        .iter()
        .map(|(slot, value)| (format!("{slot:#x}"), json!(format!("{value:#x}"))))
        .collect();
    Value::Object(object).to_string()
}

fn as_csv(state: &State, header: bool) -> String {
    let mut text = String::from(if header { "slot,value\n" } else { "" });
    for (slot, value) in state {
        text.push_str(&format!("{slot:#x},{value:#x}\n"));
    }
    text
}

async fn build(pre: &Path, post: &Path) -> Value {
    smartsync(
        ["proof", "build", "--json", "--pre"]
            .map(Into::into)
            .into_iter()
            .chain([
                pre.as_os_str().to_owned(),
                "--post".into(),
                post.as_os_str().to_owned(),
            ]),
    )
    .await
    .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roots_of_any_two_states_are_those_of_another_trie_and_the_proof_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let random = &mut StdRng::seed_from_u64(0x0ff1);
    let close = close_slots(1 << 18, 24);
    for round in 0..12 {
        let mut state = |size: usize| -> State {
            (0..size)
                .map(|_| {
                    let slot = match random.random_range(0..3) {
                        0 => close[random.random_range(0..close.len())],
                        1 => U256::from(random.random_range(0..40u8)),
                        _ => U256::from_be_bytes(random.random::<[u8; 32]>()),
                    };
                    (
                        slot,
                        U256::from_be_bytes(random.random::<[u8; 32]>()) >> (8 * (round % 32)),
                    )
                })
                .filter(|(_, value): &(U256, U256)| !value.is_zero())
                .collect()
        };
        // The empty state on either side, and both.
        let (pre, mut post) = match round {
            0 => (State::new(), state(30)),
            1 => (state(30), State::new()),
            2 => (State::new(), State::new()),
            3 => (state(1), state(1)),
            _ => (state(40), state(40)),
        };
        if round % 2 == 0 {
            post.extend(pre.iter().take(20));
        }
        let changes = pre
            .keys()
            .chain(post.keys())
            .filter(|slot| pre.get(slot) != post.get(slot));
        let changes = changes.collect::<std::collections::BTreeSet<_>>().len();
        let pre_file = write(&directory, "pre.json", &as_json(&pre));
        let post_file = write(&directory, "post.csv", &as_csv(&post, round % 3 == 0));
        let built = build(&pre_file, &post_file).await;
        assert_eq!(
            built["preStorageRoot"],
            json!(storage_root(&pre)),
            "round {round}"
        );
        assert_eq!(
            built["postStorageRoot"],
            json!(storage_root(&post)),
            "round {round}"
        );
        assert_eq!(built["changes"], json!(changes), "round {round}");
        let multi_proof: Bytes = serde_json::from_value(built["multiProof"].clone()).unwrap();
        assert_eq!(built["bytes"], json!(multi_proof.len()), "round {round}");

        // As bytes, as text, and as the JSON of the builder.
        let raw = directory.path().join("raw");
        fs::write(&raw, &multi_proof).unwrap();
        let text = write(&directory, "text", &format!("{multi_proof}\n"));
        let whole = write(&directory, "whole.json", &built.to_string());
        for proof in [raw, text, whole] {
            let verified = smartsync([
                "proof".as_ref(),
                "verify".as_ref(),
                "--json".as_ref(),
                "--pre".as_ref(),
                pre_file.as_os_str(),
                "--proof".as_ref(),
                proof.as_os_str(),
            ])
            .await;
            // The empty multi-proof has no roots to fold to.
            if changes > 0 {
                let verified = verified.json();
                assert_eq!(
                    verified["preStorageRoot"], built["preStorageRoot"],
                    "round {round}"
                );
                assert_eq!(
                    verified["postStorageRoot"], built["postStorageRoot"],
                    "round {round}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn out_writes_the_bytes_of_the_proof() {
    let directory = tempfile::tempdir().unwrap();
    let pre = write(&directory, "pre.csv", "1,2\n3,4\n");
    let post = write(&directory, "post.csv", "1,2\n3,5\n");
    let out = directory.path().join("proof.bin");
    let arguments = [
        "proof".into(),
        "build".into(),
        "--json".into(),
        "--pre".into(),
        pre.into_os_string(),
    ];
    let more = [
        "--post".into(),
        post.into_os_string(),
        "--out".into(),
        out.clone().into_os_string(),
    ];
    let built = smartsync(arguments.into_iter().chain(more)).await.json();
    let multi_proof: Bytes = serde_json::from_value(built["multiProof"].clone()).unwrap();
    assert_eq!(fs::read(out).unwrap(), multi_proof);
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_values_are_absent_and_numbers_may_be_decimal() {
    let directory = tempfile::tempdir().unwrap();
    let pre = write(&directory, "pre.csv", "slot,value\n10,0\n0x0b,255\n");
    let post = write(
        &directory,
        "post.json",
        r#"{ "0x0b": "0xff", "0xa": "0x0" }"#,
    );
    let built = build(&pre, &post).await;
    let state = State::from([(U256::from(11), U256::from(255))]);
    assert_eq!(built["preStorageRoot"], json!(storage_root(&state)));
    assert_eq!(
        (&built["changes"], &built["multiProof"]),
        (&json!(0), &json!("0x010000"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn state_files_that_cannot_be_read_give_one_clear_line() {
    let directory = tempfile::tempdir().unwrap();
    let good = write(&directory, "good.csv", "1,2\n");
    let word_too_long = format!("{{\"0x{}\": \"0x1\"}}", "1".repeat(65));
    for (name, text, clue) in [
        ("number.csv", "1,2\nx,3\n", "2"),
        ("columns.csv", "1,2\n3\n", "2"),
        ("twice.csv", "1,2\n5,6\n1,3\n", "3"),
        ("twice.json", r#"{"0x1":"0x2","0x01":"0x3"}"#, "0x1"),
        ("syntax.json", r#"{"0x1":"#, ""),
        ("array.json", r#"["0x1"]"#, ""),
        ("long.json", word_too_long.as_str(), ""),
    ] {
        let bad = write(&directory, name, text);
        let output = smartsync([
            "proof".as_ref(),
            "build".as_ref(),
            "--json".as_ref(),
            "--pre".as_ref(),
            bad.as_os_str(),
            "--post".as_ref(),
            good.as_os_str(),
        ])
        .await;
        assert!(
            output.code.is_some_and(|code| code != 0),
            "{name}: {output:?}"
        );
        assert_eq!(output.stdout, "", "{name}");
        assert_eq!(
            output.stderr.trim_end().lines().count(),
            1,
            "{name}: {}",
            output.stderr
        );
        assert!(
            output.stderr.contains(name) && output.stderr.contains(clue),
            "{name}: {}",
            output.stderr
        );
    }
}
