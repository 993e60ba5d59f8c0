use std::{
    ffi::OsString,
    fmt,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser as _, error::ErrorKind};

use smartsync_chain::escaped;

use crate::{
    arguments::{Arguments, LogFormat},
    commands, log,
    misplaced::Misplaced,
};

/// Parses, resolves, runs, and says in one line what went wrong.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error, &Misplaced::in_words(&words)),
    };
    let format = log::start(&arguments);
    match (commands::run(arguments).await, format) {
        (Ok(()), _) => ExitCode::SUCCESS,
        (Err(error), LogFormat::Text) => {
            say(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
        (Err(error), LogFormat::Json) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A last line on stderr. Where it cannot be written, the exit code has to do; `eprintln!` would panic.
fn say(line: fmt::Arguments<'_>) {
    let _unheard = writeln!(io::stderr(), "{}", escaped(&line.to_string()));
}

/// Help and version go to stdout; a mistake is one line on stderr.
fn refuse(error: &clap::Error, misplaced: &Misplaced) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_closed) => ExitCode::FAILURE,
        };
    }
    let text = error.to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
        let usage = usage.unwrap_or("smartsync <COMMAND>");
        say(format_args!(
            "error: a command is missing: {usage} (see `smartsync --help`)"
        ));
        return ExitCode::from(2);
    }
    let mistake = text.split("\n\nUsage:").next().unwrap_or(&text);
    let mistake = mistake
        .split("\n\nFor more information")
        .next()
        .unwrap_or(mistake);
    say(format_args!(
        "{} (see `smartsync --help`)",
        misplaced
            .hidden_in(mistake)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    ));
    ExitCode::from(2)
}
