//! The `smartsync` command: the command line is parsed, resolved once, and run.

mod arguments;
mod cli;
mod commands;
mod connection;
mod coordinate;
mod devchain;
mod error;
mod estimate;
mod facts;
mod feed;
mod group;
#[cfg(test)]
mod guide;
mod key;
mod log;
mod manual;
mod misplaced;
mod notary;
mod plan;
mod progress;
mod questions;
mod report;
mod session;
mod settings;
mod status;
mod watch;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(std::env::args_os()).await
}
