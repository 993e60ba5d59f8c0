//! `docs/threats.md`.

use std::{fs, path::Path};

/// Names of tests in the document: `module::name` in backticks.
fn named(document: &str) -> Vec<(&str, &str)> {
    document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .collect()
}

#[test]
fn every_test_that_the_threats_name_exists() {
    let document = include_str!("../../docs/threats.md");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
    for (module, name) in named(document) {
        let path = modules.join(format!("{module}.rs"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{module}: {error}"));
        let line = format!("fn {name}() {{");
        let at = text
            .find(&line)
            .unwrap_or_else(|| panic!("{module} has no test {name}"));
        // The attribute that makes it a test is in the line before.
        let before = text[..at].trim_end_matches("async ").trim_end();
        let attribute = before.lines().next_back().unwrap_or_default();
        assert!(
            attribute.starts_with("#[tokio::test") || attribute == "#[test]",
            "{module}::{name} is no test: {attribute}"
        );
    }
}

#[test]
fn every_attack_is_answered_by_a_test_or_by_a_residual_risk() {
    let document = include_str!("../../docs/threats.md");
    let rows = document.lines().filter(|line| {
        line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| attack")
    });
    let mut risks = 0;
    for row in rows {
        // In bold, with the word nothing, where nothing stops it.
        if row.starts_with("| **") {
            assert!(row.contains("| nothing: "), "{row}");
            risks += 1;
        } else {
            assert!(!named(row).is_empty(), "no test in: {row}");
        }
    }
    assert_eq!(risks, 11);
}

/// `scripts/mutants.sh rules` runs each of these tests with its rule taken out of the program.
#[test]
fn every_rule_that_a_mutant_takes_out_belongs_to_a_row() {
    let document = include_str!("../../docs/threats.md");
    let tests = named(document);
    let rules = include_str!("../../scripts/mutants/rules.tsv");
    let rules = rules.lines().filter(|line| !line.starts_with('#'));
    let rules: Vec<&str> = rules.collect();
    for rule in &rules {
        let test = rule
            .split_once('\t')
            .and_then(|(test, _)| test.split_once("::"));
        let test = test.unwrap_or_else(|| panic!("no test: {rule}"));
        assert!(tests.contains(&test), "in no row: {rule}");
    }
    assert!(rules.len() >= 20);
}
