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

/// The words of a command line; what is in quotes is one.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in command.split('"').enumerate() {
        let quoted = index % 2 == 1;
        for letter in part.chars() {
            match words.last_mut() {
                Some(word) if quoted || !letter.is_whitespace() => word.push(letter),
                _ => words.push(String::new()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
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
            let words: Vec<String> = words(&command).iter().map(|word| filled(word)).collect();
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
