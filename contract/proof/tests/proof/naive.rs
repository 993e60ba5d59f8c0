//! A second implementation of the multi-proof format, written from `docs/proof-format.md` alone. It shares nothing with
//! the crate but keccak-256, and does everything the other way round: it reads all changes first, recurses, keeps paths
//! as lists of nibbles and nodes as bytes, and says no more of a refusal than that it is one.

use alloy_primitives::{B256, keccak256};

/// What a proof folds to.
#[derive(Debug, PartialEq, Eq)]
pub struct Roots {
    /// In a transition only.
    pub pre: Option<B256>,
    pub post: B256,
}

/// Folds a proof: as a transition with the old values of the slots, or else as an inclusion. `None` when its bytes are
/// refused, or a slot does not change. A proof of no change is refused, since it has no roots.
pub fn fold(proof: &[u8], old_value: Option<&dyn Fn(&B256) -> B256>) -> Option<Roots> {
    let mut reader = Reader(proof);
    if reader.byte()? != 1 {
        return None;
    }
    let count = reader.number()?;
    let mut changes: Vec<Change> = Vec::new();
    for _ in 0..count {
        let (slot, value) = reader.change()?;
        let mut values = Vec::new();
        if let Some(old_value) = old_value {
            let old = old_value(&slot);
            let first = old.iter().take_while(|byte| **byte == 0).count();
            values.push(old[first..].to_vec());
        }
        values.push(value);
        if values.len() == 2 && values[0] == values[1] {
            return None;
        }
        let path = nibbles(keccak256(slot).as_slice());
        if changes.last().is_some_and(|last| last.path >= path) {
            return None;
        }
        changes.push(Change { path, values });
    }
    let tries = reader.place(0, &changes)?;
    if !reader.0.is_empty() {
        return None;
    }
    let mut roots = tries.iter().map(root);
    let pre = old_value.is_some().then(|| roots.next().unwrap());
    let post = roots.next().unwrap();
    Some(Roots { pre, post })
}

/// A listed slot.
struct Change {
    /// The 64 nibbles of its hash.
    path: Vec<u8>,
    /// In each lane, without leading zeros.
    values: Vec<Vec<u8>>,
}

/// The trie below a place, in one lane.
#[derive(Clone)]
enum Trie {
    Nothing,
    /// The nibbles from the place to the end, and the value.
    Leaf(Vec<u8>, Vec<u8>),
    /// The nibbles from the place to a branch, and the item by which a parent refers to that.
    Branch(Vec<u8>, Vec<u8>),
}

impl Trie {
    /// The same, seen from some nibbles higher.
    fn below(self, nibbles: &[u8]) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Leaf(path, value) => Self::Leaf([nibbles, &path].concat(), value),
            Self::Branch(path, item) => Self::Branch([nibbles, &path].concat(), item),
        }
    }

    fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// The item by which a parent refers to it.
    fn item(&self) -> Vec<u8> {
        match self {
            Self::Nothing => vec![0x80],
            Self::Leaf(path, value) => {
                reference(list(&[hex_prefix(path, 2), string(&string(value))]))
            }
            Self::Branch(path, item) if path.is_empty() => item.clone(),
            Self::Branch(path, item) => reference(list(&[hex_prefix(path, 0), item.clone()])),
        }
    }
}

/// The item by which a parent refers to a node.
fn reference(node: Vec<u8>) -> Vec<u8> {
    if node.len() < 32 {
        node
    } else {
        string(keccak256(node).as_slice())
    }
}

fn root(trie: &Trie) -> B256 {
    let item = trie.item();
    // A node of 32 bytes or more is named by its hash already.
    match item.split_first() {
        Some((0xa0, hash)) => B256::from_slice(hash),
        _ => keccak256(item),
    }
}

fn hex_prefix(path: &[u8], flag: u8) -> Vec<u8> {
    let (first, rest) = path.split_at(path.len() % 2);
    let mut bytes = match first {
        [nibble] => vec![(flag + 1) << 4 | nibble],
        _ => vec![flag << 4],
    };
    bytes.extend(rest.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
    string(&bytes)
}

/// RLP of at most 55 bytes.
fn string(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0..0x80] => bytes.to_vec(),
        _ => [&[0x80 + bytes.len() as u8], bytes].concat(),
    }
}

/// RLP of a list of items that are RLP already.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let items = items.concat();
    let prefix = match items.len() {
        length @ 0..56 => vec![0xc0 + length as u8],
        length @ 56..256 => vec![0xf8, length as u8],
        length => vec![0xf9, (length / 256) as u8, (length % 256) as u8],
    };
    [prefix, items].concat()
}

fn nibbles(bytes: &[u8]) -> Vec<u8> {
    let pair = |byte: &u8| [byte / 16, byte % 16];
    bytes.iter().flat_map(pair).collect()
}

/// What is left of a proof.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2)
            .map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Bytes without a leading zero byte.
    fn minimal(&mut self, length: u8) -> Option<Vec<u8>> {
        let bytes = self.take(length.into())?;
        (bytes.first() != Some(&0)).then(|| bytes.to_vec())
    }

    fn change(&mut self) -> Option<(B256, Vec<u8>)> {
        let head = self.byte()?;
        let value_length = head & 0x3f;
        if head & 0x40 != 0 || value_length > 32 {
            return None;
        }
        let slot_length = match head & 0x80 {
            0 => self.byte().filter(|length| *length < 32)?,
            _ => 32,
        };
        let slot = self.minimal(slot_length)?;
        Some((B256::left_padding_from(&slot), self.minimal(value_length)?))
    }

    /// The place `depth` nibbles below the root that these changes go to, in each lane.
    fn place(&mut self, depth: usize, changes: &[Change]) -> Option<Vec<Trie>> {
        let (first, more) = changes.split_first()?;
        let skip = match self.byte()? {
            0xff if more.is_empty() => return Some(leaves(first, depth)),
            skip @ 0..64 => usize::from(skip),
            _ => return None,
        };
        let branch = depth + skip;
        let skipped = first.path.get(depth..branch)?;
        if branch > 63
            || more
                .iter()
                .any(|change| change.path[depth..branch] != *skipped)
        {
            return None;
        }
        let tries = self.branch(branch, changes)?;
        Some(tries.into_iter().map(|trie| trie.below(skipped)).collect())
    }

    fn branch(&mut self, depth: usize, changes: &[Change]) -> Option<Vec<Trie>> {
        let mask = self.number()?;
        let untouched: Vec<u8> = (0..16).filter(|nibble| mask >> nibble & 1 == 1).collect();
        let groups: Vec<_> = changes
            .chunk_by(|a, b| a.path[depth] == b.path[depth])
            .collect();
        if untouched.len() + groups.len() < 2 {
            return None;
        }
        // In each lane, the children by nibble.
        let lanes = changes[0].values.len();
        let mut children = vec![vec![Trie::Nothing; 16]; lanes];
        for group in groups {
            let nibble = group[0].path[depth];
            if untouched.contains(&nibble) {
                return None;
            }
            for (lane, trie) in self.place(depth + 1, group)?.into_iter().enumerate() {
                children[lane][usize::from(nibble)] = trie;
            }
        }
        let collapses = children.iter().any(|lane| !lane.iter().any(Trie::is_there));
        if let ([nibble], true) = (untouched.as_slice(), collapses) {
            let revealed = self.reveal(depth)?;
            for lane in &mut children {
                lane[usize::from(*nibble)] = revealed.clone();
            }
        } else {
            let inline = if depth >= 8 && mask != 0 {
                self.number()?
            } else {
                0
            };
            if inline & !mask != 0 {
                return None;
            }
            for nibble in untouched {
                let item = if inline >> nibble & 1 == 1 {
                    let first = self
                        .0
                        .first()
                        .filter(|byte| (0xc0..=0xde).contains(*byte))?;
                    self.take(usize::from(first - 0xc0) + 1)?.to_vec()
                } else {
                    string(self.take(32)?)
                };
                for lane in &mut children {
                    // Whatever it is, only its item is known, which is how a branch right there looks.
                    lane[usize::from(nibble)] = Trie::Branch(Vec::new(), item.clone());
                }
            }
        }
        Some(children.into_iter().map(join).collect())
    }

    /// The only untouched child of a branch, as seen from below its nibble.
    fn reveal(&mut self, depth: usize) -> Option<Trie> {
        let left = 63 - depth;
        match self.byte()? {
            0xff => {
                let path = self.path(left)?;
                let length = self.byte().filter(|length| (1..=32).contains(length))?;
                Some(Trie::Leaf(path, self.minimal(length)?))
            }
            0x40 if left > 0 => Some(Trie::Branch(Vec::new(), string(self.take(32)?))),
            length if length > 0 && usize::from(length) < left => {
                let path = self.path(length.into())?;
                Some(Trie::Branch(path, string(self.take(32)?)))
            }
            _ => None,
        }
    }

    fn path(&mut self, length: usize) -> Option<Vec<u8>> {
        let mut path = nibbles(self.take(length.div_ceil(2))?);
        if length % 2 == 1 && path.pop() != Some(0) {
            return None;
        }
        Some(path)
    }
}

/// The leaf of one change, in each lane.
fn leaves(change: &Change, depth: usize) -> Vec<Trie> {
    let leaf = |value: &Vec<u8>| match value.as_slice() {
        [] => Trie::Nothing,
        _ => Trie::Leaf(change.path[depth..].to_vec(), value.clone()),
    };
    change.values.iter().map(leaf).collect()
}

/// A branch of one lane, or what is left of it.
fn join(children: Vec<Trie>) -> Trie {
    let mut there = (0u8..).zip(&children).filter(|(_, child)| child.is_there());
    match (there.next(), there.next()) {
        (None, _) => Trie::Nothing,
        (Some((nibble, only)), None) => only.clone().below(&[nibble]),
        _ => {
            let mut items: Vec<_> = children.iter().map(Trie::item).collect();
            items.push(string(&[]));
            Trie::Branch(Vec::new(), reference(list(&items)))
        }
    }
}
