use alloy_primitives::{B256, keccak256};

use super::{
    buffer::{Buffer, Scratch},
    leaf::Leaf,
};
use crate::EMPTY_ROOT;

/// What a parent holds of a child: nothing, the child's own RLP if that is under 32 bytes, or its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    bytes: [u8; 32],
    /// 0: no child; 32: a hash; else the length of the RLP.
    length: u8,
}

impl Reference {
    pub const ABSENT: Self = Self {
        bytes: [0; 32],
        length: 0,
    };

    pub const fn hash(hash: [u8; 32]) -> Self {
        Self {
            bytes: hash,
            length: 32,
        }
    }

    /// Reference to a node (Yellow Paper, appendix D).
    pub fn to_node(rlp: &[u8]) -> Self {
        let mut bytes = [0; 32];
        match bytes.get_mut(..rlp.len()) {
            Some(head) if rlp.len() < 32 => {
                head.copy_from_slice(rlp);
                Self {
                    bytes,
                    length: rlp.len() as u8,
                }
            }
            _ => Self::hash(keccak256(rlp).0),
        }
    }

    /// Appends it as an item of the parent's list.
    pub fn append<const N: usize>(&self, out: &mut Buffer<N>) {
        match self.length {
            0 => out.push(0x80),
            32 => out.push_hash(&self.bytes),
            length => {
                if let Some(rlp) = self.bytes.get(..usize::from(length)) {
                    out.extend(rlp);
                }
            }
        }
    }

    /// The hash, if it is one.
    pub const fn as_hash(&self) -> Option<&[u8; 32]> {
        if self.length == 32 {
            Some(&self.bytes)
        } else {
            None
        }
    }

    /// The hash, or the embedded RLP.
    #[cfg(feature = "std")]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// Whether it is a hash.
    #[cfg(feature = "std")]
    pub const fn is_hash(&self) -> bool {
        self.length == 32
    }

    const fn item_length(&self) -> usize {
        match self.length {
            32 => 33,
            0 => 1,
            length => length as usize,
        }
    }
}

/// A folded subtree in one lane. A leaf's path and an extension's are not fixed until it is known how deep they begin: a
/// branch with one child left hands the child up as it is, and it begins higher.
#[derive(Clone, Copy)]
pub enum Subtree<L> {
    /// No key.
    Empty,
    /// One key.
    Leaf {
        /// The whole hashed key.
        key: B256,
        /// Not absent.
        value: L,
    },
    /// A branch.
    Branch {
        /// Any key below it; the nibbles up to `depth` count.
        key: B256,
        /// Nibbles from the root to the branch.
        depth: u8,
        /// The branch, without an extension above it.
        reference: Reference,
    },
}

impl<L: Leaf> Subtree<L> {
    /// A leaf, or nothing when the value is absent.
    pub fn leaf(key: B256, value: L) -> Self {
        if value.is_absent() {
            Self::Empty
        } else {
            Self::Leaf { key, value }
        }
    }

    /// A branch `depth` nibbles below the root, known by its hash.
    pub const fn branch(key: B256, depth: u8, hash: [u8; 32]) -> Self {
        Self::Branch {
            key,
            depth,
            reference: Reference::hash(hash),
        }
    }

    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Reference to it from a place `depth` nibbles below the root. `scratch` is overwritten.
    pub fn reference(&self, at: u8, scratch: &mut Scratch) -> Reference {
        match self {
            Self::Empty => Reference::ABSENT,
            Self::Branch {
                depth, reference, ..
            } if *depth == at => *reference,
            _ => {
                self.encode(at, scratch);
                Reference::to_node(scratch.bytes(0))
            }
        }
    }

    /// Root of a trie that consists of it.
    pub fn root(&self, scratch: &mut Scratch) -> B256 {
        match self {
            Self::Empty => EMPTY_ROOT,
            Self::Branch {
                depth: 0,
                reference,
                ..
            } if reference.length == 32 => B256::new(reference.bytes),
            _ => {
                self.encode(0, scratch);
                keccak256(scratch.bytes(0))
            }
        }
    }

    /// RLP of the leaf or extension that begins at depth `at`, or of an embedded branch.
    fn encode(&self, at: u8, out: &mut Scratch) {
        out.truncate(0);
        match self {
            Self::Empty => out.push(0x80),
            Self::Leaf { key, value } => {
                begin(out, 64u8.wrapping_sub(at), value.item_length());
                append_path(out, key, at, 64, 0x20);
                value.append(out);
            }
            Self::Branch {
                key,
                depth,
                reference,
            } => {
                if *depth == at {
                    reference.append(out);
                    return;
                }
                begin(out, depth.wrapping_sub(at), reference.item_length());
                append_path(out, key, at, *depth, 0);
                reference.append(out);
            }
        }
    }
}

/// The prefix of a list of a path of so many nibbles and one more item.
fn begin(out: &mut Scratch, nibbles: u8, second: usize) {
    let path = usize::from(nibbles >> 1).wrapping_add(1);
    let path_item = if path == 1 { 1 } else { path.wrapping_add(1) };
    let payload = path_item.wrapping_add(second);
    // At most 34 + 112 bytes.
    if payload > 55 {
        out.push(0xf8);
        out.push(payload as u8);
    } else {
        out.push((payload as u8).wrapping_add(0xc0));
    }
}

/// The nibbles `from..to` of a key in hex-prefix encoding, as an RLP string (Yellow Paper, appendix C).
fn append_path(out: &mut Scratch, key: &B256, from: u8, to: u8, flag: u8) {
    let nibbles = to.wrapping_sub(from);
    let path = (nibbles >> 1).wrapping_add(1);
    if path > 1 {
        out.push(path.wrapping_add(0x80));
    }
    let mut at = from;
    if nibbles & 1 != 0 {
        out.push(flag | 0x10 | nibble(key, at));
        at = at.wrapping_add(1);
    } else {
        out.push(flag);
    }
    let first = usize::from(at >> 1);
    let last = usize::from(to >> 1);
    if at & 1 == 0 {
        if let Some(bytes) = key.get(first..last) {
            out.extend(bytes);
        }
    } else {
        while at < to {
            out.push(nibble(key, at) << 4 | nibble(key, at.wrapping_add(1)));
            at = at.wrapping_add(2);
        }
    }
}

/// The nibble `index` of a key; 0 beyond its 64.
pub fn nibble(key: &B256, index: u8) -> u8 {
    let byte = key.0.get(usize::from(index >> 1)).copied().unwrap_or(0);
    if index & 1 == 0 {
        byte >> 4
    } else {
        byte & 0x0f
    }
}

/// The bit of one of 16 children.
pub const fn bit(nibble: u8) -> u16 {
    1u16.wrapping_shl(nibble as u32)
}
