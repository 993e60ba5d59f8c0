//! What a mirror costs a day, without asking anybody.

use std::time::Duration;

use clap::{Args, ValueEnum};
use smartsync_estimate::{ContractKind, Estimate, Prices, Workload, estimate};
use smartsync_service::{amount, duration};

use crate::error::{Error, SettingError};

/// Units of one gwei, in wei.
const GWEI: f64 = 1e9;

/// A contract and how it changes, and what gas, data and ether cost.
#[derive(Args, Debug)]
pub struct EstimateArguments {
    /// A kind of contract, whose numbers count where others are not given.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Writes that change a slot, per hour (default: 60).
    #[arg(long, value_name = "N")]
    changes_per_hour: Option<f64>,
    /// Slots of the contract that are not zero (default: 1000).
    #[arg(long, value_name = "N")]
    slots: Option<u64>,
    /// Slots that the changes hit (default: all).
    #[arg(long, value_name = "N")]
    hot_slots: Option<u64>,
    /// Share of the changes that fill a slot that was zero, 0 to 1 (default: 0).
    #[arg(long, value_name = "SHARE")]
    added_share: Option<f64>,
    /// Time from one sync to the next, such as 90s, 5m or 1h (default: 5m).
    #[arg(long, value_name = "TIME", value_parser = time)]
    interval: Option<Duration>,
    /// Signers of the notary whose signatures each header brings.
    #[arg(long, value_name = "M", default_value_t = 1)]
    signers: u64,
    /// Price of target gas, such as "0.02 gwei".
    #[arg(long, value_name = "AMOUNT", default_value = "0.02 gwei", value_parser = gwei)]
    gas_price: f64,
    /// Price of a unit of data, of which a compressed byte has 16: getL1BaseFeeEstimate of ArbGasInfo.
    #[arg(long, value_name = "AMOUNT", default_value = "0.1 gwei", value_parser = gwei)]
    data_price: f64,
    /// Price of one ether, in any currency.
    #[arg(long, value_name = "PRICE")]
    ether_price: Option<f64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// An exchange pair: three slots that each trade changes, a trade a minute; synced every minute.
    PricePair,
    /// 100,000 names, 300 changes a day; every hour.
    NameRegistry,
    /// A feed of rates that writes two slots every ten minutes; every five minutes.
    RateOracle,
    /// 100,000 holders, 200 transfers an hour; every five minutes.
    Token,
}

impl EstimateArguments {
    /// The estimate.
    pub fn estimate(&self) -> Result<Estimate, Error> {
        let kind = self.kind.map(|kind| match kind {
            Kind::PricePair => ContractKind::PricePair,
            Kind::NameRegistry => ContractKind::NameRegistry,
            Kind::RateOracle => ContractKind::RateOracle,
            Kind::Token => ContractKind::Token,
        });
        let usual = kind.map(ContractKind::workload).unwrap_or_default();
        let workload = Workload {
            changes_per_hour: self.changes_per_hour.unwrap_or(usual.changes_per_hour),
            slots: self.slots.unwrap_or(usual.slots),
            hot_slots: self.hot_slots.or(usual.hot_slots),
            added_share: self.added_share.unwrap_or(usual.added_share),
            interval: self.interval.map_or(usual.interval, |time| time.as_secs()),
            signers: self.signers,
            ..usual
        };
        let prices = Prices {
            gas_price: self.gas_price,
            data_price: self.data_price,
            ether_price: self.ether_price,
        };
        estimate(&workload, &prices)
            .map_err(|problem| Error::Setting(SettingError::Estimate(problem)))
    }
}

fn time(text: &str) -> Result<Duration, &'static str> {
    duration(text).ok_or("not a time such as 90s, 5m or 1h")
}

fn gwei(text: &str) -> Result<f64, &'static str> {
    // 0.02gwei, as it is written without quotes.
    let spaced = match text.find(|letter: char| letter.is_ascii_alphabetic()) {
        Some(at) => format!("{} {}", text[..at].trim_end(), &text[at..]),
        None => text.to_owned(),
    };
    let wei = amount(&spaced).ok_or("not an amount such as \"0.02 gwei\" or \"1000 wei\"")?;
    Ok(f64::from(wei) / GWEI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_amounts_with_a_unit_with_or_without_a_blank() {
        assert_eq!(gwei("0.02 gwei"), Ok(0.02));
        assert_eq!(gwei("0.02gwei"), Ok(0.02));
        assert_eq!(gwei("1000 wei"), Ok(1e-6));
        assert!(gwei("0.02").is_err());
        assert!(gwei("gwei").is_err());
    }
}
