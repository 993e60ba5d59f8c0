//! What is wrong is told with its line and key, and no secret in it.

use super::*;

#[test]
fn every_mistake_is_told_at_once_with_line_and_key() {
    let wrong = r#"finality = "sometimes"
colour = "red"
[source]
rpc = ["ftp://source.example"]
quorums = 2
[watch]
poll = "0s"
spending_limit = 5
[service]
listen = "localhost"
[[mirror]]
name = "a"
address = "5FbDB2315678afecb367f032d93F642f64180aa3"
interval = "soon"
[[mirror]]
name = "b"
min_changes = 0
"#;
    let got = problems(wrong);
    let places: Vec<(usize, &str)> = got
        .iter()
        .map(|(line, key, _)| (*line, key.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (1, "finality"),
            (1, "target"),
            (2, "colour"),
            (4, "source.rpc"),
            (5, "source.quorums"),
            (7, "watch.poll"),
            (8, "watch.spending_limit"),
            (10, "service.listen"),
            (13, "mirror[0].address"),
            (14, "mirror[0].interval"),
            (15, "mirror[1].address"),
            (17, "mirror[1].min_changes"),
        ]
    );
    let said = parse(wrong).expect_err("wrong").to_string();
    assert!(
        said.contains(
            "watch.toml:14: mirror[0].interval: got \"soon\", expected a time such as \"90s\""
        ),
        "{said}"
    );
    assert!(
        said.contains("watch.toml:2: colour: got an unknown key, expected one of coordination, ")
    );
}

#[test]
fn secrets_are_refused_in_the_file_and_never_shown() {
    for (line, problem) in [
        (
            format!("private_key = \"{KEY}\""),
            "text, which may be the secret itself",
        ),
        (
            "private_key = { env = \"UNSET\" }".to_owned(),
            "the environment variable UNSET, which is not set",
        ),
        (
            "private_key = { env = \"NO_KEY\" }".to_owned(),
            "a reference to something that is no private key",
        ),
        ("keystore = \"key.json\"".to_owned(), "nothing"),
        (
            "private_key = { env = \"PAYING_KEY\" }\nkeystore = \"key.json\"".to_owned(),
            "private_key and keystore",
        ),
        (
            format!("mnemonic = \"{WORDS}\""),
            "text, which may be the secret itself",
        ),
        (
            "mnemonic = { env = \"PAYING_KEY\" }".to_owned(),
            "a reference to something that is no mnemonic",
        ),
        (
            "mnemonic = { env = \"WORDS\" }\nmnemonic_index = -1".to_owned(),
            "key.mnemonic_index: got -1",
        ),
        (
            "ledger = \"first\"".to_owned(),
            "key.ledger: got \"first\", expected a whole number",
        ),
        ("mnemonic_index = 1".to_owned(), "none of them"),
        (String::new(), "none of them"),
    ] {
        let text = format!("{LEAST}[key]\n{line}\n");
        let said = parse(&text).expect_err("no such key").to_string();
        assert!(said.contains(problem), "{said}");
        for secret in [KEY, "0x1234", "junk"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    let password = LEAST.replace(
        "http://127.0.0.1:8545",
        "https://user:hidden@source.example",
    );
    let said = parse(&password).expect_err("a password").to_string();
    assert!(
        said.contains("a URL with a password") && !said.contains("hidden"),
        "{said}"
    );
}

#[test]
fn two_mirrors_with_one_address_or_name_are_refused() {
    let named = format!(
        "{LEAST}name = \"a\"\n[[mirror]]\nname = \"a\"\naddress = \"0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512\"\n"
    );
    assert_eq!(problems(&named)[0].1, "mirror[1].name");
    let twice =
        format!("{LEAST}[[mirror]]\naddress = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n");
    let keys: Vec<String> = problems(&twice)
        .into_iter()
        .map(|(_, key, _)| key)
        .collect();
    assert_eq!(keys, ["mirror[1].address"]);
}

#[test]
fn a_quorum_of_more_nodes_than_there_are_is_refused() {
    let more = LEAST.replacen("[target]", "[target]\nquorum = 2", 1);
    let got = problems(&more);
    let [(_, key, value)] = got.as_slice() else {
        panic!("{got:?}");
    };
    assert_eq!((key.as_str(), value.as_str()), ("target.quorum", "2"));
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let got = problems("deployment = \"a\"\n[source\n");
    assert_eq!((got.len(), got[0].0), (1, 2));
    let keys: Vec<String> = problems("").into_iter().map(|(_, key, _)| key).collect();
    assert_eq!(keys, ["mirror", "source", "target"]);
}

/// The problem of a configuration with one more section, as `key: got`.
fn problem_with(section: &str) -> String {
    let got = problems(&format!("{LEAST}{section}\n"));
    let [(_, key, got)] = got.as_slice() else {
        panic!("{section}: {got:?}");
    };
    format!("{key}: {got}")
}

#[test]
fn what_is_wrong_with_notaries_database_and_transactions_is_told_with_its_key() {
    for (section, problem) in [
        (
            "[notary]\nendpoints = \"ws://a.example\"",
            "notary.endpoints: the scheme ws",
        ),
        (
            "[notary]\nendpoints = [\"https://a.example,b.example\"]",
            "notary.endpoints: two URLs in one text",
        ),
        (
            "[notary]\nendpoints = [\"https://u:hidden@a.example\"]",
            "notary.endpoints: a URL with a password in it",
        ),
        (
            "[notary]\nsignature_files = [\"/nowhere/from-a.json\"]",
            "notary.signature_files: /nowhere/from-a.json (No such file or directory (os error 2))",
        ),
        ("[notary]\nquorum = 2", "notary.quorum: an unknown key"),
        (
            "[coordination]\ndatabase = \"postgres://u:hidden@h/d\"",
            "coordination.database: an address with a password in it",
        ),
        (
            "[coordination]\ndatabase = \"mysql\"",
            "coordination.database: not the address of a database",
        ),
        ("[coordination]", "coordination.database: nothing"),
        (
            "[transactions]\nmax_fee_per_gas = 5",
            "transactions.max_fee_per_gas: 5",
        ),
        (
            "[transactions]\nreplace_after = \"0s\"",
            "transactions.replace_after: \"0s\"",
        ),
        (
            "[transactions]\nlow_balance = \"1\"",
            "transactions.low_balance: \"1\"",
        ),
    ] {
        assert_eq!(problem_with(section), problem);
    }
}
