use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::{
    EMPTY_ROOT_HASH, Nibbles, TrieMask,
    nodes::{BranchNode, ExtensionNode, LeafNode, RlpNode, TrieNode},
};
use rand::{Rng, rngs::StdRng};

/// Subtrees with more keys than this stay unknown: a hash. Smaller ones are drawn to the leaves, since a key that is added or
/// deleted beside them changes their shape.
const DRAWN: u64 = 4;
/// Subtrees with more keys than this are divided evenly, which changes nothing: all sixteen children have keys.
const EVEN: u64 = 1_000;

/// A key with its value before and after, as the trie holds them.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: B256,
    pub values: [Option<Vec<u8>>; 2],
}

/// The part of a random trie around some keys.
#[derive(Debug)]
enum Part {
    Leaf(Item),
    Branch(Vec<Option<Self>>),
    Unknown(B256),
}

/// A part, folded in one lane, as its parent sees it.
enum Folded {
    Leaf { key: B256, value: Vec<u8> },
    Extension { path: Nibbles, child: RlpNode },
    Branch(RlpNode),
}

/// The root and the nodes of a lane.
pub struct Lane {
    pub root: B256,
    pub nodes: Vec<Bytes>,
}

/// Draws the part of a trie around these keys that has so many other keys at random, and folds it with the values before and
/// after.
pub fn draw(random: &mut StdRng, items: Vec<Item>, others: u64) -> [Lane; 2] {
    let part = part(random, &mut Vec::new(), items, others);
    [0, 1].map(|lane| {
        let mut nodes = Vec::new();
        let root = match part
            .as_ref()
            .and_then(|part| fold(part, lane, 0, &mut nodes))
        {
            Some(folded) => {
                reference(folded, 0, &mut nodes);
                nodes.last().map_or(EMPTY_ROOT_HASH, keccak256)
            }
            None => EMPTY_ROOT_HASH,
        };
        Lane { root, nodes }
    })
}

fn nibble(key: &B256, depth: usize) -> u8 {
    let byte = key.0[depth / 2];
    if depth.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0x0f
    }
}

fn part(
    random: &mut StdRng,
    path: &mut Vec<u8>,
    mut items: Vec<Item>,
    mut others: u64,
) -> Option<Part> {
    if items.is_empty() && others > DRAWN {
        return Some(Part::Unknown(B256::from(random.random::<[u8; 32]>())));
    }
    if others <= DRAWN {
        items.extend((0..others).map(|_| other(random, path)));
        others = 0;
    }
    if items.len() <= 1 && others == 0 {
        return items.pop().map(Part::Leaf);
    }
    let depth = path.len();
    let mut groups: Vec<Vec<Item>> = vec![Vec::new(); 16];
    for item in items {
        let child = nibble(&item.key, depth);
        groups[usize::from(child)].push(item);
    }
    let mut counts = [if others > EVEN { others / 16 } else { 0 }; 16];
    for _ in 0..others - counts.iter().sum::<u64>() {
        counts[random.random_range(0..16)] += 1;
    }
    let mut children = Vec::with_capacity(16);
    for (child, (group, count)) in (0..).zip(groups.into_iter().zip(counts)) {
        path.push(child);
        children.push(part(random, path, group, count));
        path.pop();
    }
    Some(Part::Branch(children))
}

/// An untouched key below a path, with a small value.
fn other(random: &mut StdRng, path: &[u8]) -> Item {
    let mut key: [u8; 32] = random.random();
    for (depth, nibble) in path.iter().enumerate() {
        let byte = &mut key[depth / 2];
        *byte = if depth.is_multiple_of(2) {
            *byte & 0x0f | nibble << 4
        } else {
            *byte & 0xf0 | nibble
        };
    }
    let value = alloy_rlp::encode(random.random_range(1..1_000_000u32));
    Item {
        key: B256::from(key),
        values: [Some(value.clone()), Some(value)],
    }
}

fn fold(part: &Part, lane: usize, depth: usize, nodes: &mut Vec<Bytes>) -> Option<Folded> {
    let children = match part {
        Part::Leaf(item) => {
            let value = item.values[lane].clone()?;
            return Some(Folded::Leaf {
                key: item.key,
                value,
            });
        }
        Part::Unknown(hash) => return Some(Folded::Branch(RlpNode::word_rlp(hash))),
        Part::Branch(children) => children,
    };
    let mut present: Vec<(u8, Folded)> = (0..)
        .zip(children)
        .filter_map(|(child, part)| Some((child, fold(part.as_ref()?, lane, depth + 1, nodes)?)))
        .collect();
    if present.len() > 1 {
        let mask = present.iter().fold(0, |mask, (child, _)| mask | 1 << child);
        let stack = present
            .into_iter()
            .map(|(_, folded)| reference(folded, depth + 1, nodes))
            .collect();
        let branch = TrieNode::Branch(BranchNode::new(stack, TrieMask::new(mask)));
        return Some(Folded::Branch(record(branch, nodes)));
    }
    // One child or none: there is no branch here in this lane.
    let (child, folded) = present.pop()?;
    Some(match folded {
        leaf @ Folded::Leaf { .. } => leaf,
        Folded::Extension { path, child: below } => {
            let mut whole = Nibbles::from_nibbles([child]);
            whole.extend(&path);
            Folded::Extension {
                path: whole,
                child: below,
            }
        }
        Folded::Branch(below) => Folded::Extension {
            path: Nibbles::from_nibbles([child]),
            child: below,
        },
    })
}

/// What a branch at the depth above holds of a child.
fn reference(folded: Folded, depth: usize, nodes: &mut Vec<Bytes>) -> RlpNode {
    match folded {
        Folded::Leaf { key, value } => {
            let path = Nibbles::unpack(key).slice(depth..);
            record(TrieNode::Leaf(LeafNode::new(path, value)), nodes)
        }
        Folded::Extension { path, child } => {
            record(TrieNode::Extension(ExtensionNode::new(path, child)), nodes)
        }
        Folded::Branch(reference) => reference,
    }
}

fn record(node: TrieNode, nodes: &mut Vec<Bytes>) -> RlpNode {
    let encoded = Bytes::from(alloy_rlp::encode(node));
    let reference = RlpNode::from_rlp(&encoded);
    nodes.push(encoded);
    reference
}
