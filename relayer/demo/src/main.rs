//! The demo alone: what `smartsync demo` shows, without building what it does not use.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use smartsync_demo::Error;

/// Shows the steps as text, or with `--json` the whole as one JSON object.
#[tokio::main]
async fn main() -> ExitCode {
    let mut json = false;
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--json") => json = true,
            _ => {
                let _unheard = writeln!(
                    io::stderr(),
                    "error: the demo takes no argument but --json (see `smartsync --help`)"
                );
                return ExitCode::from(2);
            }
        }
    }
    match show(json).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where this cannot be written either, the exit code has to do.
            let _unheard = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn show(json: bool) -> Result<(), Error> {
    let report = smartsync_demo::run(|step| match json {
        true => Ok(()),
        false => print(&step.text()),
    })
    .await?;
    let text = match json {
        true => serde_json::to_string(&report).map_err(io::Error::from)?,
        false => report.text(),
    };
    Ok(print(&text)?)
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
