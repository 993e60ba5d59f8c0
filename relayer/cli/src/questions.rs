//! What is to be read.

use std::path::PathBuf;

use alloy_primitives::Address;
use clap::Args;
use smartsync_groups::Question;

use crate::error::Error;

/// The reads that mirrors are for.
#[derive(Args, Debug, Default)]
pub struct Questions {
    /// A view to be read, with its arguments: "balanceOf(address)(uint256) 0x12..", or calldata. May be repeated.
    #[arg(long = "call", value_name = "CALL")]
    calls: Vec<String>,
    /// A file with one such call a line.
    #[arg(long = "calls", value_name = "FILE")]
    file: Option<PathBuf>,
    /// The contract's ABI (JSON), of which all views without arguments are read.
    #[arg(long, value_name = "FILE")]
    abi: Option<PathBuf>,
    /// Who asks (default: the zero address).
    #[arg(long, value_name = "ADDRESS", value_parser = smartsync_chain::address, default_value_t = Address::ZERO)]
    from: Address,
}

impl Questions {
    /// All of them, about a contract.
    pub fn about(&self, to: Address) -> Result<Vec<Question>, Error> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|source| Error::File {
                path: path.clone(),
                source,
            })
        };
        let mut lines = self.calls.clone();
        if let Some(path) = &self.file {
            lines.extend(read(path)?.lines().map(str::to_owned));
        }
        let mut questions = Vec::new();
        for line in &lines {
            questions.extend(Question::of_line(to, self.from, line).map_err(wrong)?);
        }
        if let Some(path) = &self.abi {
            questions.extend(Question::all_of_abi(to, self.from, &read(path)?).map_err(wrong)?);
        }
        Ok(questions)
    }
}

/// A question that cannot be asked.
pub fn wrong(error: smartsync_groups::QuestionError) -> Error {
    Error::Groups(error.into())
}
