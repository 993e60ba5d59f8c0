use std::fmt;

/// Which of the chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The chain of the mirrored contract.
    Source,
    /// The chain of the mirror.
    Target,
    /// The chain that the source chain's rollup contracts are on.
    Parent,
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Parent => "parent",
        })
    }
}
