//! The configuration file of `smartsync watch`: TOML, read and checked as a whole before anything is done, so that every
//! mistake is told at once, with its line and key. It holds no secret, only where secrets are.

mod address;
mod feeds;
mod key;
mod problem;
mod read;
mod reader;
mod reference;
mod settings;
mod units;

use std::path::Path;

pub use problem::{ConfigError, ConfigProblem, LoadError};
pub use settings::{Config, LogFormat, NotarySigners};
pub use units::{amount, duration};

use reader::Document;
use reference::Place;

impl Config {
    /// Reads and checks a configuration file. Paths in it are relative to its folder. Environment variables and files
    /// that it names must exist.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self::parse(path, &text, folder, &|name| {
            std::env::var(name).ok()
        })?)
    }

    fn parse(
        path: &Path,
        text: &str,
        folder: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let document = Document::parse(path, text)?;
        let place = Place { folder, variable };
        let mut root = document.root();
        let config = read::config(&mut root, place);
        document.finish(root, config)
    }
}

#[cfg(test)]
mod tests;
