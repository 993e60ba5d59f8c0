use std::time::Duration;

use alloy_primitives::{U256, utils::parse_units};

pub(super) const DURATION: &str = "a time such as \"90s\", \"15m\", \"2h\" or \"1d\"";
pub(super) const POSITIVE_DURATION: &str =
    "a time above zero such as \"90s\", \"15m\", \"2h\" or \"1d\"";
pub(super) const AMOUNT: &str = "an amount such as \"0.01 ether\", \"0.2 gwei\" or \"1000 wei\"";

/// A number and its unit; several one after the other, such as `1h30m`. Milliseconds to days.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after
            .find(|letter: char| !letter.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters)?;
        let number: u64 = number.parse().ok()?;
        let milliseconds = number.checked_mul(match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        })?;
        total = total.checked_add(Duration::from_millis(milliseconds))?;
        rest = after;
    }
    Some(total)
}

/// A decimal number and its unit, in wei.
pub fn amount(text: &str) -> Option<U256> {
    let (number, unit) = text.trim().split_once(' ')?;
    let unit = unit.trim();
    let well_formed = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && number.bytes().any(|byte| byte.is_ascii_digit());
    let decimals = match unit {
        "ether" | "eth" | "ETH" => 18,
        "gwei" => 9,
        "wei" => 0,
        _ => return None,
    };
    let fraction = number
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    if !well_formed || fraction > decimals {
        return None;
    }
    parse_units(number, u8::try_from(decimals).ok()?)
        .ok()
        .map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_may_be_put_together() {
        for (text, milliseconds) in [
            ("90s", 90_000),
            ("250ms", 250),
            ("15m", 900_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("0s", 0),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "90",
            "s",
            "1.5h",
            "-1s",
            "1w",
            "1h 30m",
            "99999999999999999999s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_exact_and_have_units() {
        for (text, wei) in [
            ("0.01 ether", 10_000_000_000_000_000_u64),
            ("1.000000000000000001 ETH", 1_000_000_000_000_000_001),
            ("0.2 gwei", 200_000_000),
            ("1000 wei", 1_000),
            ("0 wei", 0),
        ] {
            assert_eq!(amount(text), Some(U256::from(wei)), "{text}");
        }
        for text in [
            "1",
            "ether",
            ". ether",
            "-1 ether",
            "1e18 wei",
            "1.5 wei",
            "0.0000000001 gwei",
            "1..2 ether",
            "1 euro",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
