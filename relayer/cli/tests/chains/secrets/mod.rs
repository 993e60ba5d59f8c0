//! No secret in any output: marked ones are given in every place that takes one, right and wrong, and all that is written is
//! searched for the marks.

mod addresses;
mod configuration;
mod keys;
mod service;

use futures::{StreamExt, stream};

use crate::command::smartsync;

/// What every secret of these tests has in it: text, and digits where only those may be; `hush` in base64 begins
/// with `aHVzaC`.
const MARKS: [&str; 4] = ["hush", "5ec4e75ec4e7", "junk", "ahvzac"];
/// A private key.
const KEY: &str = "0x5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4";
/// One digit is missing.
const BROKEN_KEY: &str = "0x5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec";
const WORDS: &str = "test test test test test test test test test test test junk";
/// One is misspelt.
const BROKEN_WORDS: &str = "test test test test test test test test test test hushtest junk";
const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const NOBODY: &str = "http://127.0.0.1:1";

/// One run of the command: its arguments, and a variable of its environment.
#[derive(Clone, Debug)]
struct Run {
    arguments: Vec<String>,
    variable: Option<(String, String)>,
}

impl Run {
    fn of(line: &str) -> Self {
        Self {
            arguments: line.split_whitespace().map(str::to_owned).collect(),
            variable: None,
        }
    }

    fn with(mut self, option: &str, value: &str) -> Self {
        self.arguments.extend([option.to_owned(), value.to_owned()]);
        self
    }

    fn in_environment(mut self, variable: &str, value: &str) -> Self {
        self.variable = Some((variable.to_owned(), value.to_owned()));
        self
    }
}

/// What a run wrote of the marks, as text or as JSON, with everything logged that can be.
async fn told(run: Run) -> Vec<String> {
    let mut told = Vec::new();
    for format in ["text", "json"] {
        let arguments: Vec<&str> = run.arguments.iter().map(String::as_str).collect();
        let mut command = smartsync(&arguments);
        command
            .args(["-vv", "--log-format", format])
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        if let Some((name, value)) = &run.variable {
            command.env(name, value);
        }
        let output = command.output().await.expect("it runs");
        let text = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        if text.contains("panicked") || text.trim().is_empty() {
            told.push(format!("{run:?} says\n{text}"));
        }
        told.extend(marks(&text).map(|line| format!("{run:?} says\n{line}")));
    }
    told
}

/// The lines with a mark.
fn marks(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| {
            let line = line.to_lowercase();
            MARKS.iter().any(|mark| line.contains(mark))
        })
        .map(str::to_owned)
}

async fn none_tells(runs: Vec<Run>) {
    let told: Vec<String> = stream::iter(runs)
        .map(told)
        .buffer_unordered(4)
        .flat_map(stream::iter)
        .collect()
        .await;
    assert!(told.is_empty(), "{}", told.join("\n"));
}
