use std::fmt;

use relayer::{Unmirrorable, mirrorable};
use serde::Serialize;

/// Why nothing about an account can be known on the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unknowable {
    /// The source chain implements it.
    Native,
    /// An EIP-7702 account.
    Delegated,
    /// Code that begins with EF.
    NotEvm,
    /// What is asked has no code.
    NoCode,
}

impl Unknowable {
    /// What code cannot be mirrored or proven; no code is known like any.
    pub(crate) fn of(code: &[u8]) -> Option<Self> {
        match mirrorable(code) {
            Ok(()) | Err(Unmirrorable::NoCode) => None,
            Err(Unmirrorable::Delegated) => Some(Self::Delegated),
            Err(_) => Some(Self::NotEvm),
        }
    }
}

impl fmt::Display for Unknowable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Native => "is implemented by the source chain itself",
            Self::Delegated => "is a wallet with delegated code (EIP-7702)",
            Self::NotEvm => {
                "has code that is no EVM code (a Stylus program, or a format of its own)"
            }
            Self::NoCode => "has no code",
        })
    }
}
