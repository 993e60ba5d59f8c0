use super::{buffer::Buffer, subtree::Reference};

/// The RLP of a branch while its children are appended. The prefix's room comes first, since its length is known last.
pub struct Payload(Buffer<LONGEST>);

/// Longest prefix of a branch: `f9` and two bytes of length.
const PREFIX: usize = 3;
/// Sixteen hashes, the empty value, and the prefix.
const LONGEST: usize = 16 * 33 + 1 + PREFIX;

impl Payload {
    pub const fn new() -> Self {
        Self(Buffer::new())
    }

    /// Begins a branch.
    pub const fn clear(&mut self) {
        self.0.truncate(PREFIX);
    }

    /// Appends a child that is a hash, without looking at what else it might be.
    pub fn push_hash(&mut self, hash: &[u8; 32]) {
        self.0.push_hash(hash);
    }

    /// Appends a missing child.
    pub fn push_absent(&mut self) {
        self.0.push(0x80);
    }

    /// Appends a child. Returns where its reference is, less the prefix of a hash.
    pub fn push(&mut self, child: &Reference) -> usize {
        let at = self.0.len();
        child.append(&mut self.0);
        at.wrapping_add(1)
    }

    /// Replaces the hash at a place that `push` returned.
    pub fn replace(&mut self, at: usize, hash: &[u8; 32]) {
        if let Some(place) = self.0.chunk(at) {
            *place = *hash;
        }
    }

    /// Ends the branch with its empty value. Returns its reference, and where it begins.
    pub fn finish(&mut self) -> (Reference, usize) {
        self.0.push(0x80);
        let length = self.0.len().wrapping_sub(PREFIX);
        let mut start = 0;
        if let Some(prefix) = self.0.chunk::<PREFIX>(0) {
            let low = length as u8;
            (*prefix, start) = match length {
                0..56 => ([0, 0, low.wrapping_add(0xc0)], 2),
                56..256 => ([0, 0xf8, low], 1),
                _ => ([0xf9, (length >> 8) as u8, low], 0),
            };
        }
        (self.reference(start), start)
    }

    /// Reference to the ended branch that begins at `start`.
    pub fn reference(&self, start: usize) -> Reference {
        Reference::to_node(self.0.bytes(start))
    }
}
