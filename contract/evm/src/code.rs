use alloc::{vec, vec::Vec};

/// Zeros behind the code, so that a `PUSH32` at its last byte finds its data, and what runs off the end stops.
const PADDING: usize = 33;

/// Code as it runs: the original bytes, and the map of its jump destinations.
#[derive(Clone, Debug)]
pub struct Code {
    /// Whatever it came with, the map, the code, zeros.
    bytes: Vec<u8>,
    map: usize,
    start: usize,
    length: usize,
}

impl Code {
    /// Code of this length that comes behind its map, as the sweep of `smartsync-trap` made it, which begins at `map`. `None`
    /// unless the bytes end with the code. A capacity of 33 bytes more than that saves a copy.
    pub fn from_parts(mut bytes: Vec<u8>, map: usize, length: usize) -> Option<Self> {
        let start = map.checked_add(smartsync_trap::bitmap_length(length))?;
        let end = start.checked_add(length)?;
        if bytes.len() != end {
            return None;
        }
        bytes.resize(end.checked_add(PADDING)?, 0);
        Some(Self {
            bytes,
            map,
            start,
            length,
        })
    }

    /// Code, swept here.
    pub fn new(code: &[u8]) -> Self {
        let start = smartsync_trap::bitmap_length(code.len());
        let mut jumps = vec![0; start];
        smartsync_trap::trap(&mut code.to_vec(), &mut jumps);
        let mut bytes = jumps;
        bytes.extend_from_slice(code);
        bytes.resize(bytes.len().saturating_add(PADDING), 0);
        Self {
            bytes,
            map: 0,
            start,
            length: code.len(),
        }
    }

    /// The code itself.
    pub fn bytes(&self) -> &[u8] {
        self.padded().get(..self.length).unwrap_or_default()
    }

    /// The code with zeros behind it.
    pub(crate) fn padded(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Whether a jump may lead there (Yellow Paper, section 9.4.3).
    pub(crate) fn is_jump_destination(&self, offset: usize) -> bool {
        let map = self.bytes.get(self.map..self.start).unwrap_or_default();
        offset < self.length && smartsync_trap::is_jump_destination(map, offset)
    }
}
