//! Keys, phrases and passwords.

use super::{BROKEN_KEY, BROKEN_WORDS, CONTRACT, KEY, NOBODY, Run, WORDS, none_tells};

#[tokio::test(flavor = "multi_thread")]
async fn no_key_phrase_or_password_is_shown_wherever_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let words = file("words", &format!("{BROKEN_WORDS}\n"));
    let right_words = file("right-words", WORDS);
    let password = file("password", "hush-password\n");
    let keystore = file(
        "keystore",
        r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"5ec4e75ec4e75ec4e7","kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"p":1,"r":8,"salt":"5ec4e75ec4e7"},
        "mac":"5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4"},"version":3}"#,
    );
    let paying = format!("deploy --source-chain-id 1 --target-rpc {NOBODY} --deployment none");
    let signing = format!(
        "notary sign-rotation --new-signer {CONTRACT} --new-threshold 1 --notary {CONTRACT} --target-rpc ftp://x"
    );
    let mut runs = Vec::new();
    for (line, prefix, variable) in [
        (paying.replace(NOBODY, "ftp://x"), "--", "SMARTSYNC_"),
        (signing, "--signer-", "SMARTSYNC_SIGNER_"),
    ] {
        let key = match prefix {
            "--" => (
                "--private-key".to_owned(),
                "SMARTSYNC_PRIVATE_KEY".to_owned(),
            ),
            _ => ("--signer-key".to_owned(), "SMARTSYNC_SIGNER_KEY".to_owned()),
        };
        let option = |name: &str| {
            let variable = format!("{variable}{}", name.to_uppercase().replace('-', "_"));
            (format!("{prefix}{name}"), variable)
        };
        for ((option, variable), value) in [
            (key.clone(), KEY),
            (key.clone(), BROKEN_KEY),
            (key, "hush"),
            (option("mnemonic"), WORDS),
            (option("mnemonic"), BROKEN_WORDS),
            (option("mnemonic"), "hush"),
            (option("mnemonic-file"), &right_words),
            (option("mnemonic-file"), &words),
            (option("mnemonic-file"), &keystore),
            // The secret itself, where its file should be given.
            (option("mnemonic-file"), WORDS),
            (option("mnemonic-file"), "hush/hush"),
        ] {
            runs.push(Run::of(&line).with(&option, value));
            runs.push(Run::of(&line).in_environment(&variable, value));
        }
        let keystore_option = format!("{prefix}keystore");
        let password_option = format!("{prefix}password-file");
        for (keystore, password) in [
            (keystore.as_str(), password.as_str()),
            (&keystore, "hush-password"),
            (&password, &keystore),
            (KEY, &password),
            (&words, &password),
        ] {
            runs.push(
                Run::of(&line)
                    .with(&keystore_option, keystore)
                    .with(&password_option, password),
            );
        }
    }
    for key in [KEY, BROKEN_KEY, "hush,hush"] {
        let line = format!(
            "sync {CONTRACT} --source-rpc {NOBODY} --target-rpc {NOBODY} --private-key {} --deployment none",
            crate::stage::key(0).to_bytes()
        );
        runs.push(Run::of(&line).with("--notary-key", key));
        runs.push(Run::of(&line).in_environment("SMARTSYNC_NOTARY_KEY", key));
    }
    for address in [
        "postgres://hush:hush@127.0.0.1:1/hush",
        "postgres://hush:hush@127.0.0.1:hush/hush",
        "host=127.0.0.1 password=hush hush",
        "postgres://hush:hush@127.0.0.1/hush?hush=hush",
        "hush",
    ] {
        let line = format!(
            "sync {CONTRACT} --source-rpc {NOBODY} --target-rpc {NOBODY} --private-key {} --deployment none",
            crate::stage::key(0).to_bytes()
        );
        runs.push(Run::of(&line).with("--coordinate", address));
        runs.push(Run::of(&line).in_environment("SMARTSYNC_COORDINATE", address));
    }
    // Command lines that are wrong.
    for line in [
        format!("sync --mnemonic {BROKEN_WORDS}"),
        format!("sync {KEY}"),
        format!("sync {CONTRACT} {KEY}"),
        format!("sync {CONTRACT} --privat-key={KEY}"),
        format!("sync {CONTRACT} --private-key {KEY} hush"),
        format!("--private-key {KEY} sync"),
        format!("sync {CONTRACT} --private-key {KEY} --private-key {KEY}"),
        "sync https://hush:hush@127.0.0.1/hush".to_owned(),
        format!("sync {CONTRACT} --source-rpc http://a hush"),
    ] {
        runs.push(Run::of(&line));
    }
    none_tells(runs).await;
}
