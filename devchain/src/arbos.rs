//! Which ArbOS an Arbitrum chain runs.

/// A version of ArbOS that the dev chain knows. Arbitrum One and Nova run 61 since August 2026; 60 differs from it only in what
/// prices by kind of resource give back, which there are none of here.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum ArbOs {
    /// ArbOS 51.
    V51,
    /// ArbOS 60: recently used programs count as cached, and a program may stand in several pieces.
    V60,
    /// ArbOS 61.
    #[default]
    V61,
}

impl ArbOs {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V51, Self::V60, Self::V61];

    /// Its number, as headers carry it.
    pub fn number(self) -> u64 {
        match self {
            Self::V51 => 51,
            Self::V60 => 60,
            Self::V61 => 61,
        }
    }
}

impl std::fmt::Display for ArbOs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.number().fmt(f)
    }
}

/// A version that the dev chain does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown ArbOS version {got}: 51, 60 and 61 are known")]
pub struct UnknownArbOs {
    /// What was asked for.
    got: String,
}

impl std::str::FromStr for ArbOs {
    type Err = UnknownArbOs;

    fn from_str(text: &str) -> Result<Self, UnknownArbOs> {
        Self::ALL
            .into_iter()
            .find(|version| version.to_string() == text)
            .ok_or_else(|| UnknownArbOs {
                got: text.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_its_number() {
        for version in ArbOs::ALL {
            assert_eq!(version.to_string().parse::<ArbOs>().ok(), Some(version));
        }
        let error = "52".parse::<ArbOs>().expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "unknown ArbOS version 52: 51, 60 and 61 are known"
        );
    }
}
