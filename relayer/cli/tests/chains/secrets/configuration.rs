//! The configuration file of `watch`, and the files that it names.

use std::path::Path;

use super::{BROKEN_KEY, BROKEN_WORDS, CONTRACT, KEY, Run, WORDS, none_tells};

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
