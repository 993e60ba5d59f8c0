use std::fmt;

/// Which of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The chain of the mirrored contract.
    Source,
    /// The chain of the mirror.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}
