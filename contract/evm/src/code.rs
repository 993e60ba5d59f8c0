use alloc::{vec, vec::Vec};

/// An instruction and the data of a `PUSH32`. Behind the code are as many zeros: so much can be read at its last byte, and what
/// runs off its end stops.
pub const WINDOW: usize = 33;

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
        bytes.resize(end.checked_add(WINDOW)?, 0);
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
        bytes.resize(bytes.len().saturating_add(WINDOW), 0);
        Self {
            bytes,
            map: 0,
            start,
            length: code.len(),
        }
    }

    /// The code itself.
    pub fn bytes(&self) -> &[u8] {
        self.tail(0).get(..self.length).unwrap_or_default()
    }

    /// The code from an offset on, with zeros behind it.
    #[inline(always)]
    pub(crate) fn tail(&self, offset: usize) -> &[u8] {
        let start = self.start.wrapping_add(offset);
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Where in the code one of its tails begins.
    pub(crate) fn offset(&self, tail: &[u8]) -> usize {
        let start = self.bytes.len().wrapping_sub(tail.len());
        start.wrapping_sub(self.start)
    }

    /// The map of its jump destinations (Yellow Paper, section 9.4.3): no bit behind the code's end is set.
    pub(crate) fn map(&self) -> &[u8] {
        self.bytes.get(self.map..self.start).unwrap_or_default()
    }
}
