use std::{io::Write, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{arguments::Arguments, error::Error};

fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(())
}

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "smartsync", &mut script);
    print(&script)
}

/// Prints the manual page of `smartsync`, or writes those of all commands to a folder.
pub fn man(out: Option<&Path>) -> Result<(), Error> {
    match out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&page)
        }
        Some(folder) => {
            let file_error = |source| Error::File {
                path: folder.to_owned(),
                source,
            };
            std::fs::create_dir_all(folder).map_err(file_error)?;
            clap_mangen::generate_to(Arguments::command(), folder).map_err(file_error)
        }
    }
}
