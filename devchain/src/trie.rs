//! A persistent Merkle-Patricia trie: immutable nodes, shared between versions, each with its RLP reference cached.
//!
//! A clone costs nothing and keeps its version readable for ever; a change copies the nodes along one path. So the state of
//! every block stays at hand, and a block's root costs in proportion to what changed in it.

use std::sync::{Arc, OnceLock};

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::{
    EMPTY_ROOT_HASH, Nibbles, TrieMask,
    nodes::{BranchNodeRef, ExtensionNodeRef, LeafNodeRef, RlpNode},
};

/// Nibbles of a key.
const DEPTH: usize = 64;

/// What a leaf holds.
pub trait Value: Clone {
    /// The bytes that the trie commits to.
    fn encode(&self) -> Vec<u8>;
}

/// A version of a trie over 32-byte (hashed) keys.
#[derive(Debug)]
pub struct Trie<V> {
    root: Option<Arc<Node<V>>>,
}

#[derive(Debug)]
struct Node<V> {
    kind: Kind<V>,
    /// How a parent refers to this node: its hash, or itself where it is shorter than 32 bytes.
    reference: OnceLock<RlpNode>,
}

#[derive(Clone, Debug)]
enum Kind<V> {
    /// The whole key: where its path begins follows from the depth it stands at.
    Leaf { key: B256, value: V },
    /// `child` is always a branch.
    Extension { path: Nibbles, child: Arc<Node<V>> },
    /// At least two children.
    Branch {
        children: [Option<Arc<Node<V>>>; 16],
    },
}

impl<V> Clone for Trie<V> {
    fn clone(&self) -> Self {
        Self {
            root: self.root.clone(),
        }
    }
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self { root: None }
    }
}

/// A copy is made to be changed, so it starts without the cached reference.
impl<V: Clone> Clone for Node<V> {
    fn clone(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            reference: OnceLock::new(),
        }
    }
}

impl<V> From<Kind<V>> for Arc<Node<V>> {
    fn from(kind: Kind<V>) -> Self {
        Arc::new(Node {
            kind,
            reference: OnceLock::new(),
        })
    }
}

fn nibble(key: &B256, index: usize) -> usize {
    let byte = key[index / 2];
    usize::from(if index.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0x0f
    })
}

fn shared_nibbles(left: &B256, right: &B256, from: usize) -> usize {
    (from..DEPTH)
        .take_while(|&index| nibble(left, index) == nibble(right, index))
        .count()
}

/// `node` below `path`.
fn extend<V>(path: Nibbles, node: Arc<Node<V>>) -> Arc<Node<V>> {
    if path.is_empty() {
        node
    } else {
        Kind::Extension { path, child: node }.into()
    }
}

fn empty_children<V>() -> [Option<Arc<Node<V>>>; 16] {
    std::array::from_fn(|_| None)
}

impl<V: Value> Trie<V> {
    /// The value at `key`.
    pub fn get(&self, key: &B256) -> Option<&V> {
        let mut node = self.root.as_deref()?;
        let mut depth = 0;
        loop {
            match &node.kind {
                Kind::Leaf { key: found, value } => return (found == key).then_some(value),
                Kind::Extension { path, child } => {
                    if !follows(path, key, depth) {
                        return None;
                    }
                    depth += path.len();
                    node = child;
                }
                Kind::Branch { children } => {
                    node = children[nibble(key, depth)].as_deref()?;
                    depth += 1;
                }
            }
        }
    }

    /// Puts `value` at `key`.
    pub fn insert(&mut self, key: B256, value: V) {
        self.root = Some(match self.root.take() {
            None => Kind::Leaf { key, value }.into(),
            Some(root) => insert(root, 0, key, value),
        });
    }

    /// Takes away what is at `key`, if anything.
    pub fn remove(&mut self, key: &B256) {
        // Looking first keeps the path shared when there is nothing to remove.
        if self.get(key).is_some()
            && let Some(root) = self.root.take()
        {
            self.root = remove(root, 0, key);
        }
    }

    /// The root hash.
    pub fn root(&self) -> B256 {
        match &self.root {
            None => EMPTY_ROOT_HASH,
            Some(root) => {
                let reference = reference(root, 0);
                reference
                    .as_hash()
                    .unwrap_or_else(|| keccak256(reference.as_slice()))
            }
        }
    }

    /// The nodes along `key`, root first, without those inlined in their parents (EIP-1186).
    pub fn proof(&self, key: &B256) -> Vec<Bytes> {
        let mut nodes = Vec::new();
        let mut next = self.root.as_ref();
        let mut depth = 0;
        while let Some(node) = next {
            if depth == 0 || reference(node, depth).is_hash() {
                nodes.push(Bytes::from(encode(node, depth)));
            }
            match &node.kind {
                Kind::Leaf { .. } => break,
                Kind::Extension { path, child } => {
                    if !follows(path, key, depth) {
                        break;
                    }
                    depth += path.len();
                    next = Some(child);
                }
                Kind::Branch { children } => {
                    next = children[nibble(key, depth)].as_ref();
                    depth += 1;
                }
            }
        }
        nodes
    }

    /// What stands in nodes that two versions do not share: all leaves that differ, from either version, and perhaps a few
    /// neighbours that do not.
    pub fn differing<'a>(&'a self, other: &'a Self) -> Vec<&'a V> {
        let mut found = Vec::new();
        differing(self.root.as_ref(), other.root.as_ref(), &mut found);
        found
    }

    /// Up to `limit` leaves in the order of their keys, from the first not below `start`.
    pub fn range(&self, start: &B256, limit: usize) -> Vec<(B256, &V)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            collect(root, 0, start, true, limit, &mut found);
        }
        found
    }
}

fn follows(path: &Nibbles, key: &B256, depth: usize) -> bool {
    (0..path.len())
        .all(|index| path.get(index).map(usize::from) == Some(nibble(key, depth + index)))
}

fn slice(key: &B256, from: usize, to: usize) -> Nibbles {
    Nibbles::unpack(key).slice(from..to)
}

fn insert<V: Value>(mut node: Arc<Node<V>>, depth: usize, key: B256, value: V) -> Arc<Node<V>> {
    let shared = match &node.kind {
        Kind::Leaf { key: found, .. } if *found == key => DEPTH - depth,
        Kind::Leaf { key: found, .. } => shared_nibbles(found, &key, depth),
        Kind::Extension { path, .. } => path.common_prefix_length(&slice(&key, depth, DEPTH)),
        Kind::Branch { .. } => 0,
    };
    match &node.kind {
        Kind::Leaf {
            key: found,
            value: old,
        } if *found != key => {
            let fork = depth + shared;
            let mut children = empty_children();
            children[nibble(found, fork)] = Some(
                Kind::Leaf {
                    key: *found,
                    value: old.clone(),
                }
                .into(),
            );
            children[nibble(&key, fork)] = Some(Kind::Leaf { key, value }.into());
            return extend(slice(&key, depth, fork), Kind::Branch { children }.into());
        }
        Kind::Extension { path, child } if shared < path.len() => {
            let mut children = empty_children();
            children[usize::from(path.get_unchecked(shared))] =
                Some(extend(path.slice(shared + 1..), child.clone()));
            children[nibble(&key, depth + shared)] = Some(Kind::Leaf { key, value }.into());
            return extend(path.slice(..shared), Kind::Branch { children }.into());
        }
        _ => {}
    }
    // The node keeps its shape: change it in place when nobody shares it, else in a copy.
    let changed = Arc::make_mut(&mut node);
    changed.reference.take();
    match &mut changed.kind {
        Kind::Leaf { value: old, .. } => *old = value,
        Kind::Extension { path, child } => {
            let below = depth + path.len();
            let taken = std::mem::replace(
                child,
                Kind::Branch {
                    children: empty_children(),
                }
                .into(),
            );
            *child = insert(taken, below, key, value);
        }
        Kind::Branch { children } => {
            let child = &mut children[nibble(&key, depth)];
            *child = Some(match child.take() {
                None => Kind::Leaf { key, value }.into(),
                Some(child) => insert(child, depth + 1, key, value),
            });
        }
    }
    node
}

/// Removes a key that is known to be there.
fn remove<V: Value>(mut node: Arc<Node<V>>, depth: usize, key: &B256) -> Option<Arc<Node<V>>> {
    if matches!(node.kind, Kind::Leaf { .. }) {
        return None;
    }
    let changed = Arc::make_mut(&mut node);
    changed.reference.take();
    match &mut changed.kind {
        Kind::Leaf { .. } => None,
        Kind::Extension { path, child } => {
            let path = *path;
            let taken = std::mem::replace(
                child,
                Kind::Branch {
                    children: empty_children(),
                }
                .into(),
            );
            // A branch has two children or more, so something is left of it.
            remove(taken, depth + path.len(), key).map(|child| lift(path, child))
        }
        Kind::Branch { children } => {
            let place = &mut children[nibble(key, depth)];
            *place = place.take().and_then(|child| remove(child, depth + 1, key));
            let mut left = children
                .iter()
                .enumerate()
                .filter(|(_, child)| child.is_some());
            let (first, second) = (left.next().map(|(index, _)| index), left.next());
            match (first, second) {
                (Some(_), Some(_)) => Some(node),
                (Some(index), None) => {
                    let only = children[index].take()?;
                    Some(lift(Nibbles::from_nibbles([index as u8]), only))
                }
                (None, _) => None,
            }
        }
    }
}

/// The node that stands where `path` led to `node`.
fn lift<V: Value>(path: Nibbles, node: Arc<Node<V>>) -> Arc<Node<V>> {
    match &node.kind {
        // A fresh leaf, because it now stands higher and its encoding is another.
        Kind::Leaf { key, value } => Kind::Leaf {
            key: *key,
            value: value.clone(),
        }
        .into(),
        Kind::Extension { path: rest, child } => extend(path.join(rest), child.clone()),
        Kind::Branch { .. } => extend(path, node),
    }
}

fn reference<V: Value>(node: &Node<V>, depth: usize) -> &RlpNode {
    node.reference
        .get_or_init(|| RlpNode::from_rlp(&encode(node, depth)))
}

fn encode<V: Value>(node: &Node<V>, depth: usize) -> Vec<u8> {
    let mut out = Vec::new();
    match &node.kind {
        Kind::Leaf { key, value } => {
            LeafNodeRef::new(&slice(key, depth, DEPTH), &value.encode()).rlp(&mut out);
        }
        Kind::Extension { path, child } => {
            ExtensionNodeRef::new(path, reference(child, depth + path.len()).as_slice())
                .rlp(&mut out);
        }
        Kind::Branch { children } => {
            let mut mask = TrieMask::default();
            let mut stack = Vec::with_capacity(16);
            for (index, child) in children.iter().enumerate() {
                if let Some(child) = child {
                    mask.set_bit(index as u8);
                    stack.push(reference(child, depth + 1).clone());
                }
            }
            BranchNodeRef::new(&stack, mask).rlp(&mut out);
        }
    }
    out
}

/// `bounded` says that everything so far equals `start`'s beginning.
fn collect<'a, V>(
    node: &'a Node<V>,
    depth: usize,
    start: &B256,
    bounded: bool,
    limit: usize,
    found: &mut Vec<(B256, &'a V)>,
) {
    if found.len() >= limit {
        return;
    }
    match &node.kind {
        Kind::Leaf { key, value } => {
            if !bounded || key >= start {
                found.push((*key, value));
            }
        }
        Kind::Extension { path, child } => {
            let order = path.cmp(&slice(start, depth, depth + path.len()));
            if !bounded || order.is_ge() {
                collect(
                    child,
                    depth + path.len(),
                    start,
                    bounded && order.is_eq(),
                    limit,
                    found,
                );
            }
        }
        Kind::Branch { children } => {
            let first = if bounded { nibble(start, depth) } else { 0 };
            for (index, child) in children.iter().enumerate().skip(first) {
                if let Some(child) = child {
                    collect(
                        child,
                        depth + 1,
                        start,
                        bounded && index == first,
                        limit,
                        found,
                    );
                }
            }
        }
    }
}

fn differing<'a, V>(
    left: Option<&'a Arc<Node<V>>>,
    right: Option<&'a Arc<Node<V>>>,
    found: &mut Vec<&'a V>,
) {
    if let (Some(left), Some(right)) = (left, right) {
        if Arc::ptr_eq(left, right) {
            return;
        }
        match (&left.kind, &right.kind) {
            (Kind::Branch { children: left }, Kind::Branch { children: right }) => {
                for (left, right) in left.iter().zip(right) {
                    differing(left.as_ref(), right.as_ref(), found);
                }
                return;
            }
            (
                Kind::Extension { path, child: left },
                Kind::Extension {
                    path: same,
                    child: right,
                },
            ) if path == same => return differing(Some(left), Some(right), found),
            _ => {}
        }
    }
    for node in [left, right].into_iter().flatten() {
        let mut leaves = Vec::new();
        collect(node, 0, &B256::ZERO, false, usize::MAX, &mut leaves);
        found.extend(leaves.into_iter().map(|(_, value)| value));
    }
}
