//! The ways of giving the key that pays.

use super::*;

#[test]
fn every_way_of_giving_the_paying_key_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("key.json"), KEYSTORE).expect("written");
    std::fs::write(path("password"), "password\n").expect("written");
    std::fs::write(path("words"), format!("{WORDS}\n")).expect("written");
    let parse = |section: &str| {
        Config::parse(
            Path::new("watch.toml"),
            &format!("{LEAST}[key]\n{section}\n"),
            folder.path(),
            &|_name| None,
        )
        .map(|config| config.key)
    };
    assert_eq!(
        parse("keystore = \"key.json\"\npassword_file = \"password\""),
        Ok(Some(KeySource::Keystore {
            path: path("key.json"),
            password: path("password"),
        }))
    );
    assert_eq!(
        parse("mnemonic = { file = \"words\" }\nmnemonic_index = 3"),
        Ok(Some(KeySource::Mnemonic {
            option: "key.mnemonic",
            words: WORDS.into(),
            index: 3,
        }))
    );
    // A file that is there and is no keystore.
    let refused = parse("keystore = \"password\"\npassword_file = \"password\"");
    let said = refused.expect_err("no keystore").to_string();
    assert!(
        said.contains("key.keystore: got ") && said.contains("not a keystore: no JSON (line 1)"),
        "{said}"
    );
    for (section, key) in [
        (
            "aws = \"alias/relayer\"",
            KeySource::Aws {
                key_id: "alias/relayer".to_owned(),
            },
        ),
        ("ledger = 1", KeySource::Ledger { index: 1 }),
    ] {
        match (key.missing_feature(), parse(section)) {
            (None, parsed) => assert_eq!(parsed, Ok(Some(key))),
            (Some(feature), Err(error)) => {
                let said = error.to_string();
                assert!(said.contains(&format!("the feature `{feature}`")), "{said}");
            }
            (Some(feature), Ok(_)) => panic!("{section} without {feature}"),
        }
    }
}
