use alloy_primitives::Address;

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// Something else.
    #[error("not an address: 0x and 40 digits in hexadecimal")]
    NotAnAddress,
    /// A digit is wrong, or a letter's case.
    #[error(
        "not an address: its checksum (EIP-55) is wrong, so a digit may be; in lower case it would not be checked"
    )]
    Checksum,
}

/// An address. With letters of both cases it must have the right checksum (EIP-55).
pub fn address(text: &str) -> Result<Address, AddressProblem> {
    let address: Address = text
        .parse()
        .ok()
        .filter(|_| text.starts_with("0x"))
        .ok_or(AddressProblem::NotAnAddress)?;
    let digits = text.trim_start_matches("0x");
    let is_mixed = digits.bytes().any(|digit| digit.is_ascii_lowercase())
        && digits.bytes().any(|digit| digit.is_ascii_uppercase());
    match is_mixed && address.to_checksum(None) != text {
        true => Err(AddressProblem::Checksum),
        false => Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From EIP-55.
    const CHECKED: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

    #[test]
    fn a_wrong_checksum_is_refused_and_none_at_all_is_not() {
        let expected: Address = CHECKED.parse().expect("an address");
        let digits = CHECKED.trim_start_matches("0x");
        for text in [
            CHECKED.to_owned(),
            CHECKED.to_lowercase(),
            format!("0x{}", digits.to_uppercase()),
        ] {
            assert_eq!(address(&text), Ok(expected), "{text}");
        }
        // One letter of another case, and one digit another.
        for text in [
            CHECKED.replacen("aA", "aa", 1),
            CHECKED.replacen("0x5", "0x6", 1),
        ] {
            assert_eq!(address(&text), Err(AddressProblem::Checksum), "{text}");
        }
        for text in ["", "0x1234", digits, "name.eth"] {
            assert_eq!(address(text), Err(AddressProblem::NotAnAddress), "{text}");
        }
    }
}
