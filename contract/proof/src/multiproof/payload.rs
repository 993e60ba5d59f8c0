use alloc::vec::Vec;

use super::subtree::Reference;

/// The RLP of a branch while its children are appended. The prefix's room comes first, since its length is known last.
pub struct Payload(Vec<u8>);

/// Longest prefix of a branch: `f9` and two bytes of length.
const PREFIX: usize = 3;
/// Sixteen hashes, the empty value, and the prefix.
const LONGEST: usize = 16 * 33 + 1 + PREFIX;

impl Default for Payload {
    fn default() -> Self {
        Self::new()
    }
}

impl Payload {
    pub fn new() -> Self {
        Self(Vec::with_capacity(LONGEST))
    }

    pub fn clear(&mut self) {
        self.0.clear();
        self.0.extend_from_slice(&[0; PREFIX]);
    }

    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Ends the branch with its empty value.
    pub fn finish(&mut self) -> Reference {
        self.0.push(0x80);
        let length = self.0.len().wrapping_sub(PREFIX);
        let skipped = match length {
            0..56 => {
                self.prefix(2, 0xc0u8.wrapping_add(length as u8));
                2
            }
            56..256 => {
                self.prefix(1, 0xf8);
                self.prefix(2, length as u8);
                1
            }
            _ => {
                self.prefix(0, 0xf9);
                self.prefix(1, (length >> 8) as u8);
                self.prefix(2, length as u8);
                0
            }
        };
        Reference::to_node(self.0.split_at_checked(skipped).map_or(&[], |(_, rlp)| rlp))
    }

    fn prefix(&mut self, at: usize, byte: u8) {
        if let Some(place) = self.0.get_mut(at) {
            *place = byte;
        }
    }
}
