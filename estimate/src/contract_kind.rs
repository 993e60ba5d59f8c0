use serde::{Deserialize, Serialize};

use crate::Workload;

/// Contracts that people ask for, with assumptions about how they change. Each can be changed further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContractKind {
    /// A pair of an exchange: three slots that every trade changes, a trade a minute; brought up to date every minute.
    PricePair,
    /// Names and their owners, 300 changes a day, half of them new names of 100,000; every hour.
    NameRegistry,
    /// A feed of rates that writes its latest round: two slots of a few, every ten minutes; every five minutes.
    RateOracle,
    /// A token of 100,000 holders, 200 transfers an hour that change two balances each, one in ten a new holder's; every
    /// five minutes.
    Token,
}

impl ContractKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::PricePair,
        Self::NameRegistry,
        Self::RateOracle,
        Self::Token,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PricePair => "a price pair",
            Self::NameRegistry => "a name registry",
            Self::RateOracle => "a rate oracle",
            Self::Token => "a token of 100,000 holders",
        }
    }

    /// How it changes.
    pub fn workload(self) -> Workload {
        let (changes_per_hour, slots, hot_slots, added_share, interval) = match self {
            Self::PricePair => (180.0, 1_000, Some(3), 0.0, 60),
            Self::NameRegistry => (12.5, 100_000, None, 0.5, 3_600),
            Self::RateOracle => (12.0, 20, Some(2), 0.0, 300),
            Self::Token => (400.0, 100_000, None, 0.05, 300),
        };
        Workload {
            changes_per_hour,
            slots,
            hot_slots,
            added_share,
            interval,
            ..Workload::default()
        }
    }
}
