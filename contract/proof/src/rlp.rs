//! Canonical RLP (Yellow Paper, appendix B), read item by item.

/// One RLP item inside the bytes it was read from.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// Whether it is a list.
    pub is_list: bool,
    /// Content: the string's bytes, or the list's items.
    pub payload: &'a [u8],
    /// The item as encoded, prefix included.
    pub encoded: &'a [u8],
}

impl<'a> Item<'a> {
    /// The content of a string; `None` for a list.
    pub fn string(self) -> Option<&'a [u8]> {
        if self.is_list {
            None
        } else {
            Some(self.payload)
        }
    }

    /// The items of a list; `None` for a string.
    pub fn list(self) -> Option<&'a [u8]> {
        if self.is_list {
            Some(self.payload)
        } else {
            None
        }
    }
}

/// Takes the first item off `bytes`. `None` when it is cut short or another encoding of it is shorter.
pub fn take_item<'a>(bytes: &mut &'a [u8]) -> Option<Item<'a>> {
    let all = *bytes;
    let (&prefix, rest) = all.split_first()?;
    let is_list = prefix >= 0xc0;
    let (payload, rest) = match prefix {
        0..0x80 => (all.get(..1)?, rest),
        0x80..0xb8 => rest.split_at_checked(usize::from(prefix.wrapping_sub(0x80)))?,
        0xc0..0xf8 => rest.split_at_checked(usize::from(prefix.wrapping_sub(0xc0)))?,
        0xb8..0xc0 => take_long(rest, prefix.wrapping_sub(0xb7))?,
        0xf8.. => take_long(rest, prefix.wrapping_sub(0xf7))?,
    };
    if prefix == 0x81 && *payload.first()? < 0x80 {
        return None;
    }
    *bytes = rest;
    Some(Item {
        is_list,
        payload,
        encoded: all.get(..all.len().wrapping_sub(rest.len()))?,
    })
}

/// The only item in `bytes`. `None` also when bytes are left.
pub fn only_item(mut bytes: &[u8]) -> Option<Item<'_>> {
    let item = take_item(&mut bytes)?;
    if bytes.is_empty() { Some(item) } else { None }
}

/// Payload whose length is a big-endian integer of `width` bytes. No input is longer than three bytes can tell.
fn take_long(bytes: &[u8], width: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(usize::from(width))?;
    if width > 3 || length.first() == Some(&0) {
        return None;
    }
    let length = length.iter().fold(0usize, |length, byte| {
        length.wrapping_shl(8) | usize::from(*byte)
    });
    if length < 56 {
        return None;
    }
    rest.split_at_checked(length)
}

/// A big-endian integer without leading zeros, in a word. `None` when it has some or is wider than `width` bytes.
pub fn integer(bytes: &[u8], width: usize) -> Option<[u8; 32]> {
    if bytes.len() > width || bytes.first() == Some(&0) {
        return None;
    }
    let mut word = [0; 32];
    word.last_chunk_mut::<32>()?
        .get_mut(32usize.checked_sub(bytes.len())?..)?
        .copy_from_slice(bytes);
    Some(word)
}

/// A big-endian integer of at most 8 bytes without leading zeros.
pub fn integer_u64(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 8 || bytes.first() == Some(&0) {
        return None;
    }
    Some(bytes.iter().fold(0, |value: u64, byte| {
        value.wrapping_shl(8) | u64::from(*byte)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_single_byte_below_0x80_is_its_own_item() {
        let item = only_item(&[0x7f]).unwrap();
        assert!(!item.is_list);
        assert_eq!(item.payload, [0x7f]);
    }

    #[test]
    fn a_single_byte_below_0x80_with_a_prefix_is_refused() {
        assert!(only_item(&[0x81, 0x7f]).is_none());
        assert_eq!(only_item(&[0x81, 0x80]).unwrap().payload, [0x80]);
    }

    #[test]
    fn a_long_form_for_a_short_payload_is_refused() {
        for prefix in [0xb8, 0xf8] {
            let mut bytes = Vec::from([prefix, 55]);
            bytes.extend([1; 55]);
            assert!(only_item(&bytes).is_none());
            let mut bytes = Vec::from([prefix, 56]);
            bytes.extend([1; 56]);
            assert_eq!(only_item(&bytes).unwrap().payload.len(), 56);
        }
    }

    #[test]
    fn a_length_with_a_leading_zero_is_refused() {
        let mut bytes = Vec::from([0xb9, 0, 56]);
        bytes.extend([1; 56]);
        assert!(only_item(&bytes).is_none());
    }

    #[test]
    fn a_length_of_three_bytes_is_read_and_one_of_four_is_refused() {
        let mut bytes = Vec::from([0xba, 1, 0, 0]);
        bytes.resize(4 + 0x01_0000, 1);
        assert_eq!(only_item(&bytes).unwrap().payload.len(), 0x01_0000);
        let mut bytes = Vec::from([0xbb, 1, 0, 0, 0]);
        bytes.resize(5 + 0x0100_0000, 1);
        assert!(only_item(&bytes).is_none());
    }

    #[test]
    fn every_truncation_and_extension_of_an_item_is_refused() {
        let mut bytes = Vec::from([0xb8, 60]);
        bytes.extend([1; 60]);
        for length in 0..bytes.len() {
            assert!(only_item(&bytes[..length]).is_none());
        }
        bytes.push(0);
        assert!(only_item(&bytes).is_none());
    }

    #[test]
    fn integers_with_leading_zeros_or_too_wide_are_refused() {
        assert_eq!(integer_u64(&[]), Some(0));
        assert_eq!(integer_u64(&[1, 0]), Some(256));
        assert_eq!(integer_u64(&[0]), None);
        assert_eq!(integer_u64(&[0xff; 8]), Some(u64::MAX));
        assert_eq!(integer_u64(&[1; 9]), None);
        assert_eq!(integer(&[0xff; 32], 32), Some([0xff; 32]));
        assert_eq!(integer(&[1; 33], 32), None);
        assert_eq!(integer(&[0, 1], 32), None);
        assert_eq!(integer(&[2], 32).unwrap()[31], 2);
    }
}
