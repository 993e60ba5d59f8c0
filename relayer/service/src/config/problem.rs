use std::{fmt, path::PathBuf};

/// What is wrong with a configuration file: everything at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// In the order of its lines.
    pub problems: Vec<ConfigProblem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Line, from 1.
    pub line: usize,
    /// The key, such as `mirror[1].interval`; empty for the file as a whole.
    pub key: String,
    /// What is there; secrets are not shown.
    pub got: String,
    /// What should be there.
    pub expected: String,
}

impl fmt::Display for ConfigError {
    /// A line for each problem.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{}:{}: ", self.path.display(), problem.line)?;
            if !problem.key.is_empty() {
                write!(formatter, "{}: ", problem.key)?;
            }
            write!(
                formatter,
                "got {}, expected {}",
                problem.got, problem.expected
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is wrong; a line for each mistake.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
}
