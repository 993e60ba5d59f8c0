//! The operating guide's examples and its table of keys.

use super::*;

const GUIDE: &str = include_str!("../../../../../docs/operating.md");

/// The TOML examples of the operating guide.
fn examples() -> Vec<&'static str> {
    GUIDE
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("an end"))
        .collect()
}

/// Parses an example where all that it names exists.
fn parse_example(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("key.json", KEYSTORE),
        ("password", "password"),
        ("signer", KEY),
        ("words", WORDS),
        ("from-c.json", "[]"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    let variable = |name: &str| {
        let value = match name {
            "SOURCE_WS" => "wss://source.example/secret",
            "TARGET_RPC" => "https://target.example/secret",
            "SIGNER_B" => "https://b.example/secret",
            "DATABASE" => "postgres://user:password@host/database",
            "PAYING_KEY" => KEY,
            _ => return None,
        };
        Some(value.to_owned())
    };
    Config::parse(Path::new("guide.toml"), text, folder.path(), &variable)
}

#[test]
fn the_examples_of_the_operating_guide_are_good() {
    let [short, whole] = examples()[..] else {
        panic!("other examples");
    };
    let config = parse_example(short).expect("a configuration");
    assert_eq!(config.mirrors.len(), 2);
    let config = parse_example(whole).expect("a configuration");
    assert!(config.database.is_some());
    let notary = &config.notary;
    assert_eq!(
        [
            notary.keys.len(),
            notary.endpoints.len(),
            notary.files.len()
        ],
        [1, 2, 1]
    );
    assert_eq!(config.limits.max_fee_per_gas, Some(500_000_000));

    // Each of the other ways of giving the key, in place of the first.
    let chosen = "keystore = \"key.json\"\npassword_file = \"password\"\n";
    assert!(whole.contains(chosen));
    for (way, known) in [
        ("mnemonic", Some("mnemonic")),
        ("aws", cfg!(feature = "aws").then_some("aws")),
        ("ledger", cfg!(feature = "ledger").then_some("ledger")),
        ("private_key", Some("private_key")),
    ] {
        let line = whole
            .lines()
            .find_map(|line| line.strip_prefix(&format!("# {way} = ")))
            .unwrap_or_else(|| panic!("the guide has no {way}"));
        let other = whole.replace(chosen, &format!("{way} = {line}\n"));
        match parse_example(&other) {
            Ok(config) => assert!(known.is_some() && config.key.is_some(), "{way}"),
            Err(error) => assert!(known.is_none(), "{error}"),
        }
    }
}

#[test]
fn the_guide_s_table_and_its_whole_example_have_exactly_the_keys_that_are_read() {
    // What each table takes is told where it has an unknown key.
    let with_unknown = "unknown = 1\n[source]\nunknown = 1\n[target]\nunknown = 1\n[parent]\nunknown = 1\n[key]\nunknown = 1\n[transactions]\n\
        unknown = 1\n[notary]\nunknown = 1\n[coordination]\nunknown = 1\n[push]\nunknown = 1\n[watch]\nunknown = 1\n[programs]\nunknown = 1\n[service]\nunknown = 1\n\
        [policy]\nunknown = 1\n[[mirror]]\nunknown = 1\n[[feed]]\nunknown = 1\n";
    let mut read: Vec<String> = Vec::new();
    for problem in parse(with_unknown).expect_err("unknown keys").problems {
        let (Some(prefix), Some(known)) = (
            problem.key.strip_suffix("unknown"),
            problem.expected.strip_prefix("one of "),
        ) else {
            continue;
        };
        let prefix = prefix.replace("[0]", "");
        read.extend(known.split(", ").map(|key| format!("{prefix}{key}")));
    }
    let sections = [
        "source",
        "target",
        "parent",
        "key",
        "transactions",
        "notary",
        "coordination",
        "push",
        "watch",
        "programs",
        "service",
        "policy",
        "mirror",
        "feed",
    ];
    read.retain(|key| !sections.contains(&key.as_str()));
    read.sort();

    let table = GUIDE
        .split("\n| key | meaning | default |\n")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .expect("the table");
    let mut described: Vec<String> = table
        .lines()
        .skip(1)
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    // The policy's keys are described once.
    described.retain(|key| key != "policy.*");
    let own = ["address", "calls", "from", "name"];
    let common: Vec<String> = described
        .iter()
        .filter_map(|key| key.strip_prefix("mirror."))
        .filter(|key| !own.contains(key))
        .map(|key| format!("policy.{key}"))
        .collect();
    described.extend(common);
    described.sort();
    assert_eq!(described, read);

    let whole = examples()[1];
    let mut shown: Vec<String> = Vec::new();
    let mut section = String::new();
    for line in whole.lines() {
        let line = line.trim_start_matches("# ");
        if line.starts_with('[') {
            let name = line.trim_start_matches('[');
            section = format!("{}.", name.split(']').next().expect("a name"));
        } else if let Some((key, _)) = line.split_once(" = ") {
            shown.push(format!("{section}{key}"));
        }
    }
    shown.sort();
    assert_eq!(shown, read);
}
