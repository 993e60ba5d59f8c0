//! The commands and options in the guides are those of the program.

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser};

use crate::arguments::Arguments;

const GUIDES: [(&str, &str); 4] = [
    ("operating.md", include_str!("../../../docs/operating.md")),
    ("notary.md", include_str!("../../../docs/notary.md")),
    ("devchain.md", include_str!("../../../docs/devchain.md")),
    ("README.md", include_str!("../../../README.md")),
];
const ADDRESS: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/// The command lines in a guide, continued lines put together, without comments and redirections.
fn commands(guide: &str) -> Vec<String> {
    guide
        .replace("\\\n", " ")
        .lines()
        .map(str::trim)
        .filter_map(|line| match line.split_once("=/usr/local/bin/") {
            Some((_unit, command)) => Some(command),
            None => line.starts_with("smartsync ").then_some(line),
        })
        .map(|line| {
            let end = [" #", " > ", " | ", " &"]
                .iter()
                .filter_map(|mark| line.find(mark))
                .min();
            line[..end.unwrap_or(line.len())].to_owned()
        })
        .collect()
}

/// A word with an address for each one that the guide shortens.
fn filled(word: &str) -> String {
    word.split(',')
        .map(|part| {
            let shortened = part.starts_with("0x") && (part.ends_with("...") || part == "0xSOURCE");
            if shortened { ADDRESS } else { part }
        })
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn every_command_in_the_guides_is_one() {
    let mut found = 0;
    for (name, guide) in GUIDES {
        for command in commands(guide) {
            found += 1;
            let words: Vec<String> = command.split_whitespace().map(filled).collect();
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("{name}: {command}: {error}");
            }
        }
    }
    assert!(found > 20, "{found} commands");
}

/// All long options of a command and those below it.
fn options(command: &clap::Command, into: &mut BTreeSet<String>) {
    into.extend(
        command
            .get_arguments()
            .filter_map(|argument| argument.get_long())
            .map(|long| format!("--{long}")),
    );
    for below in command.get_subcommands() {
        options(below, into);
    }
}

#[test]
fn every_option_is_in_the_guides() {
    let mut known = BTreeSet::new();
    options(&Arguments::command(), &mut known);
    let all: String = GUIDES.iter().map(|(_, guide)| *guide).collect();
    let mut named = BTreeSet::new();
    for word in all.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')) {
        if word.len() > 2 && word.starts_with("--") && word != "---" {
            named.insert(word.to_owned());
        }
    }
    let missing: Vec<&String> = known.difference(&named).collect();
    assert!(missing.is_empty(), "in no guide: {missing:?}");
}
