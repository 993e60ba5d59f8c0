/// Room for the RLP of a leaf or an extension: at most a prefix of 2 bytes, a path of 34, and an item of 35 or, for an account, of 112.
pub type Scratch = Buffer<148>;

/// Bytes of a node while it is put together. `N` is the length of the longest one, so nothing is ever cut off; the
/// bound is checked all the same, since this crate must not panic.
pub struct Buffer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Buffer<N> {
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }

    /// Keeps the first `length` bytes.
    pub const fn truncate(&mut self, length: usize) {
        self.length = length;
    }

    pub const fn len(&self) -> usize {
        self.length
    }

    pub fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length = self.length.wrapping_add(1);
        }
    }

    /// A hash as an RLP string.
    pub fn push_hash(&mut self, hash: &[u8; 32]) {
        if let Some([prefix, place @ ..]) = self.chunk::<33>(self.length) {
            *prefix = 0xa0;
            *place = *hash;
            self.length = self.length.wrapping_add(33);
        }
    }

    pub fn extend(&mut self, bytes: &[u8]) {
        let end = self.length.wrapping_add(bytes.len());
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }

    /// The `M` bytes from `at` on.
    pub fn chunk<const M: usize>(&mut self, at: usize) -> Option<&mut [u8; M]> {
        self.bytes.get_mut(at..)?.first_chunk_mut()
    }

    /// What was put in, from `start` on.
    pub fn bytes(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.length).unwrap_or_default()
    }
}
