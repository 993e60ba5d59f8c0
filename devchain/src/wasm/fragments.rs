//! Programs that are too large for one account's code (from ArbOS 60): a root that names accounts, each with a piece.

use alloy_primitives::Address;

use super::{activation_error::ActivationError, compression::PREFIX};

/// What a root starts with; the dictionary byte, the length after decompression and the addresses of the pieces follow.
const ROOT_PREFIX: [u8; 3] = [0xef, 0xf0, 0x02];
/// What a piece starts with.
const FRAGMENT_PREFIX: [u8; 3] = [0xef, 0xf0, 0x01];

/// Whether an account's code is the root of a program in pieces.
pub fn is_root(code: &[u8]) -> bool {
    code.starts_with(&ROOT_PREFIX) && code.len() > ROOT_PREFIX.len()
}

/// Whether an account's code is a piece of a program.
pub fn is_fragment(code: &[u8]) -> bool {
    code.starts_with(&FRAGMENT_PREFIX) && code.len() > FRAGMENT_PREFIX.len()
}

/// What a piece brings.
///
/// # Errors
/// [`ActivationError::NotFragment`] if the code is none.
pub fn payload(code: &[u8]) -> Result<&[u8], ActivationError> {
    match code.strip_prefix(&FRAGMENT_PREFIX) {
        Some(payload) if !payload.is_empty() => Ok(payload),
        _ => Err(ActivationError::NotFragment),
    }
}

/// The root of a program in pieces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Root {
    /// The byte that names the dictionary.
    pub dictionary: u8,
    /// Bytes of the program after decompression.
    pub length: u32,
    /// Where its pieces stand, in order; one at least.
    pub fragments: Vec<Address>,
}

impl Root {
    /// Reads a root's code.
    ///
    /// # Errors
    /// [`ActivationError::Root`] if it is malformed, [`ActivationError::NoFragments`] if it names no piece.
    pub fn parse(code: &[u8]) -> Result<Self, ActivationError> {
        let malformed = || ActivationError::Root { got: code.len() };
        let rest = code.strip_prefix(&ROOT_PREFIX).ok_or_else(malformed)?;
        let (dictionary, rest) = rest.split_first().ok_or_else(malformed)?;
        let (length, addresses) = rest.split_first_chunk().ok_or_else(malformed)?;
        let (addresses, tail) = addresses.as_chunks::<20>();
        if !tail.is_empty() {
            return Err(malformed());
        }
        if addresses.is_empty() {
            return Err(ActivationError::NoFragments);
        }
        Ok(Self {
            dictionary: *dictionary,
            length: u32::from_be_bytes(*length),
            fragments: addresses.iter().map(Address::from).collect(),
        })
    }

    /// Checks the limits that an activation has and a call has not.
    ///
    /// # Errors
    /// [`ActivationError::DeclaredTooLarge`], [`ActivationError::TooManyFragments`].
    pub fn check(&self, max_length: u32, max_fragments: u8) -> Result<(), ActivationError> {
        if self.length > max_length {
            return Err(ActivationError::DeclaredTooLarge {
                got: self.length,
                max: max_length,
            });
        }
        if self.fragments.len() > usize::from(max_fragments) {
            return Err(ActivationError::TooManyFragments { max: max_fragments });
        }
        Ok(())
    }

    /// The code that the program would have in one piece, before what the pieces bring.
    pub fn begin(&self) -> Vec<u8> {
        [&PREFIX[..], &[self.dictionary]].concat()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    #[test]
    fn a_root_is_a_prefix_a_dictionary_a_length_and_addresses() {
        let [a, b] = [1, 2].map(Address::repeat_byte);
        let mut code = hex!("eff002 05 00012345").to_vec();
        assert!(matches!(
            Root::parse(&code),
            Err(ActivationError::NoFragments)
        ));
        code.extend_from_slice(a.as_slice());
        code.extend_from_slice(b.as_slice());
        let root = Root::parse(&code).expect("a root");
        let expected = Root {
            dictionary: 5,
            length: 0x12345,
            fragments: vec![a, b],
        };
        assert_eq!(root, expected);
        assert_eq!(root.begin(), hex!("eff000 05"));
        for length in [3, 7, 27, 47] {
            assert!(matches!(
                Root::parse(&code[..length]),
                Err(ActivationError::Root { got }) if got == length
            ));
        }
        assert!(is_root(&code) && !is_fragment(&code));
    }

    #[test]
    fn a_piece_is_a_prefix_and_a_payload() {
        assert_eq!(payload(&hex!("eff00199aa")).expect("a piece"), hex!("99aa"));
        for code in [
            &hex!("eff001")[..],
            &hex!("eff00099"),
            &hex!("eff00299"),
            &[],
        ] {
            assert!(matches!(payload(code), Err(ActivationError::NotFragment)));
            assert!(!is_fragment(code));
        }
    }
}
